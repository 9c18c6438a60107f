import { expect } from "@playwright/test";

import { openView, test } from "./app-fixture.ts";

const runTimeoutMs = 240_000;

test("one click compares two plans on the embedded model, offline", async ({ app: { page, problems } }) => {
  test.setTimeout(2 * runTimeoutMs);
  await openView(page, "Compare");
  // The model is loaded; from here on nothing may come from anywhere but this machine.
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).hostname !== "127.0.0.1") foreign.push(request.url());
  });
  await page.context().setOffline(true);
  try {
    await page.getByRole("button", { name: "Run the comparison" }).click();
    await expect(page.getByRole("progressbar", { name: "Runs done" })).toBeVisible();
    await expect(page.getByText(/recorded run/)).toBeHidden();
    await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: runTimeoutMs });
  } finally {
    await page.context().setOffline(false);
  }
  expect(foreign).toEqual([]);
  expect(problems).toEqual([]);
});

test("the run's figures, strips, calls and causes are all there", async ({ app: { page } }) => {
  await expect(page.getByText(/Model scope-2m-q4f16_1, .*swiftshader/i)).toBeVisible();
  for (const figure of ["Calls per row", "Prompt tokens", "Cached tokens", "Output tokens"]) {
    await expect(page.getByRole("button", { name: figure }).first()).toBeVisible();
  }
  // A strip a call, each with prompt and coloured output tokens.
  const strips = page.getByRole("group", { name: /call \d: tokens/ });
  await expect(strips).toHaveCount(4);
  for (const strip of await strips.all()) {
    expect(await strip.locator("[data-index]").count()).toBeGreaterThan(20);
    expect(await strip.locator('[style*="--heat"]').count()).toBeGreaterThan(3);
  }
  await expect(page.getByRole("figure", { name: "Naive chain: calls over time" })).toBeVisible();
  await expect(page.getByRole("figure", { name: "Structured: calls over time" })).toBeVisible();
  await expect(page.getByRole("figure", { name: "Relative change of each metric" })).toBeVisible();
});

test("contributions and residual add up to the measured difference", async ({ app: { page } }) => {
  const causes = page.getByRole("figure", { name: "Causes of the difference in end-to-end time" });
  await causes.getByRole("button", { name: /as a table/ }).click();
  const rows = await causes.getByRole("row").allInnerTexts();
  const value = (label: RegExp): number => {
    const row = rows.find((text) => label.test(text)) ?? "";
    const [, sign = "", amount = "NaN", unit] = /([−+±]?)([\d.,]+) (ms|s|µs)/.exec(row) ?? [];
    const scale = unit === "s" ? 1000 : unit === "µs" ? 0.001 : 1;
    return (sign === "−" ? -1 : 1) * Number(amount.replaceAll(",", "")) * scale;
  };
  const parts = [
    /^Number of calls/,
    /^Prompt tokens sent/,
    /^Prompt tokens saved/,
    /^Output tokens/,
    /^Calls at the same time/,
  ];
  const explained = parts.reduce((sum, part) => sum + value(part), 0);
  const difference = value(/^Structured/) - value(/^Naive chain/);
  const residual = value(/^residual/);
  // Each figure shows three digits; ten milliseconds is what rounding may take of these sums.
  expect(Math.abs(explained + residual - difference)).toBeLessThan(Math.max(10, Math.abs(difference) * 0.02));
  await causes.getByRole("button", { name: /as a table/ }).click();
});

test("a call opens with its prompt and its answer, Escape closes it", async ({ app: { page } }) => {
  const opener = page.getByRole("button", { name: /Call 2 · recommendations/ });
  await opener.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("recommend items that the user does not own");
  await expect(dialog.getByRole("heading", { name: "answer" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
});
