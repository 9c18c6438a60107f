/** The contract on this device: our engine whole, WebLLM as far as it gets without its hosts. */
import { readFileSync } from "node:fs";

import { expect } from "@playwright/test";

import type { ContractRun } from "../protocol/index.ts";
import { engineStatus, modelTimeoutMs, openView, test } from "./app-fixture.ts";

test("the loaded model keeps the contract, and is loaded again after it", async ({ app: { page } }) => {
  test.setTimeout(3 * modelTimeoutMs);
  await openView(page, "Diagnostics");
  await page.getByRole("button", { name: "Run the contract" }).click();
  await expect(page.getByRole("progressbar", { name: "Checks" })).toBeVisible();
  const table = page.getByRole("region", { name: "Results of the contract" });
  await expect(page.getByText(/of \d+ checks passed/)).toBeVisible({ timeout: 2 * modelTimeoutMs });
  await expect(table.getByText("fail", { exact: true })).toHaveCount(0);
  await expect(table.getByRole("row")).toHaveCount(18);

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export JSON" }).click();
  const report = JSON.parse(readFileSync(await (await downloading).path(), "utf8")) as ContractRun;
  expect(report).toMatchObject({ kind: "contract", backend: "paged", numFailed: 0 });
  expect(report.model?.id).toBe("scope-2m-q4f16_1");
  await expect(engineStatus(page)).toContainText("paged", { timeout: modelTimeoutMs });
});

test("WebLLM without its hosts fails the load in plain words, and the rest is skipped", async ({
  app: { page },
}) => {
  test.setTimeout(2 * modelTimeoutMs);
  await page.route("https://huggingface.co/**", (route) => route.abort("internetdisconnected"));
  await openView(page, "Diagnostics");
  await page.getByRole("combobox", { name: "Engine and model" }).selectOption("web-llm-id");
  await page.getByRole("button", { name: "Run the contract" }).click();
  const table = page.getByRole("region", { name: "Results of the contract" });
  await expect(table.getByText(/could not fetch the model's configuration/)).toBeVisible();
  await expect(page.getByText("1 of 17 checks passed, 1 failed, 15 skipped")).toBeVisible();
  await page.unrouteAll();
  await expect(engineStatus(page)).toContainText("paged", { timeout: modelTimeoutMs });
});

test("it is cancelled at once, and what is no address is refused", async ({ app: { page } }) => {
  test.setTimeout(2 * modelTimeoutMs);
  await openView(page, "Diagnostics");
  await page.getByRole("combobox", { name: "Engine and model" }).selectOption("embedded");
  await page.getByRole("button", { name: "Run the contract" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("button", { name: "Run the contract" })).toBeEnabled();
  await expect(engineStatus(page)).toContainText("paged", { timeout: modelTimeoutMs });

  await page.getByRole("combobox", { name: "Engine and model" }).selectOption("web-llm-url");
  await page.getByRole("button", { name: "Run the contract" }).click();
  await expect(page.getByRole("alert")).toContainText("url must be an address");
});
