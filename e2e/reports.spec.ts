import { readFile } from "node:fs/promises";

import { expect, type Page } from "@playwright/test";

import { openView, test } from "./app-fixture.ts";

/** What a button of the opened report saves. */
async function saved(page: Page, button: string): Promise<{ name: string; text: string }> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button }).click();
  const file = await download;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

test("a report goes to another profile, compares with a baseline, and its trace has the run's lanes", async ({
  app: { page, problems },
  browser,
  baseURL,
}) => {
  test.setTimeout(600_000);
  await openView(page, "Compare");
  await page.getByRole("button", { name: /^Run (the comparison|again)$/ }).click();
  await expect(page.getByRole("progressbar", { name: "Runs done" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: 480_000 });

  await openView(page, "Reports");
  await page
    .getByRole("button", { name: /^Open User analysis/ })
    .first()
    .click();
  const json = await saved(page, "Export JSON");
  const trace = await saved(page, "Export Chrome trace");
  expect(problems).toEqual([]);

  const report = JSON.parse(json.text) as { samples: { calls: unknown[] }[] };
  const { traceEvents } = JSON.parse(trace.text) as {
    traceEvents: { name: string; ph: string; ts?: number; args?: { name?: string; request?: string } }[];
  };
  const lanes = traceEvents
    .filter(({ ph, name }) => ph === "M" && name.endsWith("_name"))
    .map(({ args }) => args?.name);
  expect(lanes).toEqual(expect.arrayContaining(["Engine", "CPU", "GPU", "Queue", "Requests"]));
  const numCalls = report.samples.reduce((sum, { calls }) => sum + calls.length, 0);
  for (const phase of ["prefill", "decode"]) {
    expect(traceEvents.filter(({ name }) => name === phase)).toHaveLength(numCalls);
  }
  expect(traceEvents.some(({ name }) => name.startsWith("step "))).toBe(true);

  const other = await browser.newContext({ serviceWorkers: "block", baseURL: baseURL! });
  const profile = await other.newPage();
  await profile.goto("/#/reports");
  await expect(profile.getByText("No report yet")).toBeVisible();
  const files = profile.getByLabel("Report files");
  await files.setInputFiles({
    name: json.name,
    mimeType: "application/json",
    buffer: Buffer.from(json.text),
  });
  await expect(profile.getByText(/User analysis: .* \(imported\)/)).toBeVisible();
  await profile.getByRole("button", { name: /^Baseline: User analysis/ }).click();
  await files.setInputFiles("public/traces/compare-user-analysis.json");
  const differences = profile.getByRole("region", { name: "Differences from the baseline" });
  await expect(differences.getByRole("row")).not.toHaveCount(0);
  await expect(differences.getByText(/End to end/).first()).toBeVisible();

  // A file that is no report is refused in words, and those that are kept stay.
  await files.setInputFiles({
    name: "broken.json",
    mimeType: "application/json",
    buffer: Buffer.from(json.text.slice(0, 500)),
  });
  await expect(profile.getByText("The reports that are kept were not touched.")).toBeVisible();
  await profile.reload();
  await expect(profile.getByRole("button", { name: /^Open User analysis/ })).toHaveCount(2);
  await other.close();
});
