import { expect, type Page } from "@playwright/test";

import { openView, test } from "./app-fixture.ts";

const runTimeoutMs = 240_000;

/** The view with the scheduler as it was loaded and eight requests. */
async function open(page: Page): Promise<void> {
  test.setTimeout(3 * runTimeoutMs);
  await openView(page, "Batch");
  await page.getByRole("button", { name: "Reset", exact: true }).click();
  await set(page, "Requests", "8");
}

/** A run long enough to be seen begins with a Cancel button and ends without one. */
async function finished(page: Page): Promise<void> {
  await expect(page.getByRole("progressbar")).toBeVisible();
  await over(page);
}

const over = (page: Page): Promise<void> =>
  expect(page.getByRole("button", { name: "Cancel" })).toHaveCount(0, { timeout: runTimeoutMs });

async function set(page: Page, label: string, value: string): Promise<void> {
  const field = page.getByRole("textbox", { name: label, exact: true });
  await field.fill(value);
  await field.press("Enter");
}

test("eight requests in a burst share steps, and their blocks add up", async ({ app: { page } }) => {
  await open(page);
  await page.getByRole("button", { name: "Send 8 requests" }).click();
  await finished(page);
  await expect(page.getByRole("figure", { name: "Requests over time, continuous batching" })).toBeVisible();
  await expect(page.getByText(/most [2-8]; [1-9]\d* of \d+ steps shared/)).toBeVisible();
  await expect(page.getByText(/✓ held after each of [1-9]\d* steps/)).toBeVisible();

  const lanes = page.getByRole("group", { name: /Requests over time/ });
  await lanes.focus();
  await lanes.press("ArrowRight");
  await expect(page.getByText(/1 user \(req-\d+\) · in the queue/)).toBeVisible();
  await page.getByRole("button", { name: /Requests over time.* as a table/ }).click();
  const table = page.getByRole("table", { name: /Requests over time/ });
  await expect(table.getByRole("cell", { name: "8 email" }).first()).toBeVisible();
  await expect(table.getByRole("cell", { name: "decode" }).first()).toBeVisible();
});

test("the same arrivals run in static batches beside continuous ones", async ({ app: { page } }) => {
  await open(page);
  await set(page, "Sequences at once", "4");
  await set(page, "Max tokens", "24");
  await page.getByRole("button", { name: "Send 8 requests" }).click();
  await finished(page);
  await page.getByRole("button", { name: "Continuous against static" }).click();
  await finished(page);
  for (const mode of ["continuous", "static"]) {
    await expect(page.getByRole("figure", { name: `Requests over time, ${mode} batching` })).toBeVisible();
  }
  const table = page.getByRole("table", { name: "Figures by batching mode" });
  await expect(table.getByRole("row", { name: /output tok\/s/ })).toContainText(/\d/);
  await expect(table.getByRole("row", { name: /wall time/ })).toContainText(/\d/);
  // The mode that was set before is in effect again.
  await expect(page.getByRole("combobox", { name: "Batching", exact: true })).toHaveValue("continuous");
});

test("a pool too small preempts and says why; a policy that cannot be is refused", async ({
  app: { page },
}) => {
  await open(page);
  try {
    await set(page, "Sequences at once", "0");
    await expect(page.getByRole("alert")).toContainText(
      "maxNumSeqs is 0, it must be a whole number of at least 1",
    );
    await set(page, "KV pool, blocks", "20");
    await page.getByRole("combobox", { name: "Output lengths" }).selectOption("same");
    await set(page, "Max tokens", "64");
    await page.getByRole("button", { name: "Send 8 requests" }).click();
    await finished(page);
    const events = page.getByRole("table", { name: "Preemptions and evictions" });
    const row = events.getByRole("row", { name: /^preemption/ }).first();
    await expect(row).toContainText(/blocks? wanted by req-\d+, \d+ free, \d+ evictable/);
    await expect(page.getByText(/n = 8 requests/).first()).toBeVisible();
    await expect(page.getByText(/✓ held after each of [1-9]\d* steps/)).toBeVisible();
  } finally {
    await page.getByRole("button", { name: "Reset", exact: true }).click();
  }
});

test("Poisson and fixed-rate arrivals are sent over time", async ({ app: { page } }) => {
  await open(page);
  await set(page, "Requests", "4");
  await set(page, "Max tokens", "8");
  for (const [kind, line] of [
    ["poisson", "4 requests, Poisson, 20 a second, seed 20"],
    ["fixed", "4 requests, 20 a second, seed 20"],
  ] as const) {
    await page.getByRole("combobox", { name: "Arrivals" }).selectOption(kind);
    await set(page, "Rate, a second", "20");
    await page.getByRole("button", { name: "Send 4 requests" }).click();
    await expect(page.getByText(line).first()).toBeVisible();
    await over(page);
    await expect(page.getByText("n = 4 requests", { exact: false }).first()).toBeVisible();
    const frame = page.getByRole("figure", { name: "Requests over time, continuous batching" });
    await frame.getByRole("button", { name: /as a table/ }).click();
    const queued = frame.getByRole("row", { name: /queue/ });
    await expect(queued).toHaveCount(4);
    // The first is there at once; the others came later, whenever they were served.
    await expect(queued.first()).toContainText("0 ms");
    await expect(queued.nth(3).getByRole("cell").nth(2)).not.toHaveText("0 ms");
  }
  await page.getByRole("combobox", { name: "Arrivals" }).selectOption("burst");
});

test("the sweep measures 1 to 32 at once", async ({ app: { page } }) => {
  await open(page);
  await set(page, "Max tokens", "2");
  await page.getByRole("button", { name: "Run the sweep" }).click();
  await finished(page);
  const chart = page.getByRole("figure", { name: "Output rate by concurrency" });
  await chart.getByRole("button", { name: /as a table/ }).click();
  const table = chart.getByRole("table", { name: "Output rate by concurrency" });
  for (const [row, concurrency] of ["1", "2", "4", "8", "16", "32"].entries()) {
    const cells = table
      .getByRole("row")
      .nth(row + 1)
      .getByRole("cell");
    await expect(cells.nth(0)).toHaveText(concurrency);
    await expect(cells.nth(2)).toHaveText(/^[\d.,]+$/);
  }
  await expect(page.getByText(/32 at once give .* times the output of 1, not 32 times/)).toBeVisible();
});

test("a request that can never fit is refused with its reason, and the others run", async ({
  app: { page },
}) => {
  await open(page);
  try {
    await page.getByRole("combobox", { name: "Prompts from" }).selectOption("prompt");
    await set(page, "Requests", "2");
    await set(page, "Max tokens", "8");
    await page.getByRole("textbox", { name: /^Prompt/ }).fill("word ".repeat(1500));
    await page.getByRole("button", { name: "Send 2 requests" }).click();
    await expect(page.getByRole("alert")).toContainText(/2 of 2 requests failed: .*context window/);
    await page.getByRole("textbox", { name: /^Prompt/ }).fill("Analyze user {{n}}.");
    await page.getByRole("button", { name: "Send 2 requests" }).click();
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expect(page.getByText("n = 2 requests").first()).toBeVisible();
    await over(page);
  } finally {
    await page.getByRole("combobox", { name: "Prompts from" }).selectOption("mixed");
  }
});
