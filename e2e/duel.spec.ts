import { expect, type Page } from "@playwright/test";

import { engineStatus, openView, test } from "./app-fixture.ts";

const runTimeoutMs = 400_000;

async function openDuel(page: Page): Promise<void> {
  await openView(page, "Compare");
  await page.getByRole("link", { name: "Two engines" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/ or .*\?/);
}

const choose = (page: Page, label: string, value: string) =>
  page.getByRole("combobox", { name: label, exact: true }).selectOption(value);

/** Starts a duel and waits for its end. */
async function duel(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Run (the duel|again)$/ }).click();
  await expect(page.getByRole("progressbar", { name: "Rows answered" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel" })).toBeHidden({ timeout: runTimeoutMs });
}

test("our GPU engine meets the CPU reference: same weights, same tokens, an interval for each figure", async ({
  app: { page, problems },
}) => {
  test.setTimeout(2 * runTimeoutMs);
  await openDuel(page);
  await expect(page.getByText("No duel yet")).toBeVisible();
  await choose(page, "Rows", "5");
  await duel(page);
  await expect(page.getByText("same weights", { exact: true })).toBeVisible();
  await expect(page.getByText(/5 of 5 rows answered alike, by token ids/)).toBeVisible();
  await expect(page.getByText(/loads: A B A/)).toBeVisible();
  const figures = page.getByRole("table", { name: "Figures of both engines" });
  for (const name of [/^TTFT/, /^ITL/, /^End to end/, /^Output rate/]) {
    // Both values, the difference, an interval, the ratio, five rows.
    await expect(figures.getByRole("row", { name })).toContainText(/\d.*\d.*\d.* to .*\d.*5$/);
  }
  const sides = page.getByRole("table", { name: "The two engines" });
  await expect(sides.getByRole("row", { name: /^A Inferscope GPU/ })).toContainText(/swiftshader/i);
  await expect(sides.getByRole("row", { name: /^B Inferscope CPU \(reference\)/ })).toContainText(
    "on the processor",
  );
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Inferscope GPU or");
  await expect(engineStatus(page)).toContainText("paged");
  expect(problems).toEqual([]);
});

test("the duel is among the reports, with the figures of both engines", async ({ app: { page } }) => {
  await openView(page, "Reports");
  await page
    .getByRole("button", { name: /^Open Two engines on User analysis/ })
    .first()
    .click();
  const figures = page.getByRole("table", { name: "Figures by engine" });
  await expect(figures.getByRole("columnheader", { name: "TTFT, median" })).toBeVisible();
  await expect(figures.getByRole("row", { name: /Inferscope GPU .* ms/ })).toBeVisible();
  await expect(figures.getByRole("row", { name: /Inferscope CPU \(reference\) .* ms/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Copy share link" })).toBeHidden();
});

test("WebLLM without the model ends in its error, beside what the other engine measured", async ({
  app: { page },
}) => {
  test.setTimeout(2 * runTimeoutMs);
  await openDuel(page);
  await choose(page, "Engine B", "web-llm");
  await choose(page, "Rows", "1");
  await choose(page, "Passes", "1");
  await expect(page.getByRole("note").filter({ hasText: "is none of them" })).toBeVisible();
  await duel(page);
  await expect(page.getByRole("alert").filter({ hasText: /WebLLM: WebLLM lists no model/ })).toBeVisible();
  const sides = page.getByRole("table", { name: "The two engines" });
  await expect(sides.getByRole("row", { name: /^A Inferscope GPU/ })).toContainText(/1$/);
  await expect(sides.getByRole("row", { name: /^B WebLLM/ })).toContainText("did not load");
  // The first engine is back, so that the page goes on.
  await expect(engineStatus(page)).toContainText("paged");
});

test("a cancelled duel stops in the middle and says so; different weights are a warning", async ({
  app: { page },
}) => {
  test.setTimeout(2 * runTimeoutMs);
  await openDuel(page);
  await choose(page, "Engine B", "paged-cpu");
  await page.getByRole("textbox", { name: "Model of B, if another" }).fill("scope-2m-q0f16");
  await choose(page, "Rows", "1");
  await duel(page);
  await expect(page.getByRole("alert").filter({ hasText: "The weights differ" })).toBeVisible();

  await page.getByRole("textbox", { name: "Model of B, if another" }).fill("");
  await choose(page, "Rows", "20");
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page.getByText(/^[1-9]\d* of [48]0 rows$/)).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  // It never takes the place of a whole result.
  await expect(page.getByText("The last run was cancelled; the result below is the whole one")).toBeVisible();
  await page.getByRole("link", { name: "Two plans" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("calls");
});
