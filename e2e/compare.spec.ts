import { expect } from "@playwright/test";

import { openView, test } from "./app-fixture.ts";

const runTimeoutMs = 240_000;

test("one click compares two plans on the embedded model, offline", async ({ app: { page, problems } }) => {
  test.setTimeout(2 * runTimeoutMs);
  await openView(page, "Compare");
  // The experiment's code comes a little after the model.
  await page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => /\/zod-[^/]*\.js$/.test(name)),
  );
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
  for (const figure of ["End to end", "Prompt tokens", "Cost per 1k rows", "Accuracy"]) {
    await expect(page.getByRole("button", { name: figure }).first()).toBeVisible();
  }
  // A strip a call, each with prompt and coloured output tokens.
  const strips = page.getByRole("group", { name: /call \d: tokens/ });
  const calls = page.getByRole("tablist", { name: "Calls" }).getByRole("tab");
  await expect(calls).toHaveCount(3);
  for (const call of await calls.all()) {
    await call.click();
    await expect(strips).toHaveCount(2);
    for (const strip of await strips.all()) {
      expect(await strip.locator("[data-index]").count()).toBeGreaterThan(20);
      expect(await strip.locator('[style*="--heat"]').count()).toBeGreaterThan(3);
    }
  }
  await expect(page.getByRole("figure", { name: "Relative change of each metric" })).toBeVisible();
  const detail = page.getByRole("tablist", { name: "What stands behind it" });
  await detail.getByRole("tab", { name: "Each call over time" }).click();
  await expect(page.getByRole("figure", { name: "Naive chain: calls over time" })).toBeVisible();
  await expect(page.getByRole("figure", { name: "Structured: calls over time" })).toBeVisible();
  await detail.getByRole("tab", { name: "Every figure" }).click();
  for (const figure of ["Calls per row", "Cached tokens", "Output tokens", "Parsed"]) {
    await expect(page.getByRole("columnheader", { name: figure })).toBeVisible();
  }
  await detail.getByRole("tab", { name: "Are the answers right?" }).click();
  await expect(page.getByRole("heading", { name: "Is the answer right?" })).toBeVisible();
  await detail.getByRole("tab", { name: "Where the time goes" }).click();
});

test("the race is watched from the start to the end, both on one clock", async ({ app: { page } }) => {
  const race = page.getByRole("figure", { name: "Race of Naive chain and Structured" });
  const strips = page.getByRole("group", { name: /call \d: tokens/ });
  const output = () => strips.locator('[style*="--heat"]').count();
  await page.getByRole("tab", { name: /^3 / }).click();
  const all = await output();
  await page.getByRole("button", { name: "Watch the race" }).click();
  // Fewer tokens than at the end: both fill.
  await expect.poll(output).toBeLessThan(all);
  await expect(race.getByText("first")).toBeVisible();
  await expect(page.getByRole("button", { name: "Watch the race" })).toBeVisible();
  await expect.poll(output).toBe(all);
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
  await page.getByRole("tab", { name: "2 recommendations" }).click();
  const opener = page.getByRole("button", { name: "Open call 2 as text" });
  await opener.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("recommend items that the user does not own");
  await expect(dialog.getByRole("heading", { name: "answer" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
});
