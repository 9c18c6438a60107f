import { readFile } from "node:fs/promises";

import { expect } from "@playwright/test";

import { colorSchemes, findings } from "./accessibility.ts";
import { openView, test } from "./app-fixture.ts";

test("a run is recorded, looked into, profiled by kernel and exported", async ({
  app: { page, problems },
}) => {
  await openView(page, "Trace");
  await page.getByRole("spinbutton", { name: "Output tokens" }).fill("12");
  await page.getByRole("button", { name: "Record" }).click();
  await expect(page.getByText("12 tokens", { exact: true })).toBeVisible();
  const chart = page.getByRole("figure", { name: "Steps over time" });

  await test.step("a token leads to its step, and the table has every step", async () => {
    await page
      .getByRole("group", { name: /^Tokens of req-/ })
      .getByRole("button")
      .nth(5)
      .click();
    await expect(page.getByRole("columnheader", { name: /^step \d+$/ })).toBeVisible();
    await expect(chart).toContainText(/(\d+) steps/);
    await chart.getByRole("button", { name: "Steps over time as a table" }).click();
    // The prompt's step and one for each further token.
    await expect(chart.getByRole("row")).toHaveCount(13);
    await chart.getByRole("button", { name: "Steps over time as a table" }).click();
  });

  await test.step("latencies as a histogram", async () => {
    const histogram = page.getByRole("figure", { name: "Histogram of inter-token latency" });
    await expect(histogram).toContainText("n = 11");
    await histogram.getByRole("button", { name: /as a table/ }).click();
    await expect(histogram.getByRole("columnheader", { name: "gaps" })).toBeVisible();
    await histogram.getByRole("button", { name: /as a table/ }).click();
  });

  await test.step("an area gives its sums, keys zoom", async () => {
    const lanes = chart.getByRole("group", { name: /W and S zoom/ });
    await page.getByRole("button", { name: "Show all" }).click();
    const all = await chart.getByText(/steps · .* shown/).textContent();
    await lanes.press("w");
    await expect(chart.getByText(/steps · .* shown/)).not.toHaveText(all ?? "");
    await lanes.press("0");
    await expect(chart.getByText(/steps · .* shown/)).toHaveText(all ?? "");
    await lanes.scrollIntoViewIfNeeded();
    const box = (await lanes.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await expect(page.getByRole("heading", { name: "Sums of the selection" })).toBeVisible();
    await lanes.press("Escape");
    await expect(page.getByRole("heading", { name: "Sums of all steps" })).toBeVisible();
  });

  await test.step("kernels, where the adapter can time them", async () => {
    const button = page.getByRole("button", { name: "Profile kernels" });
    if (await button.isDisabled()) {
      await expect(page.getByText(/no timestamp queries/)).toBeVisible();
      return;
    }
    await button.click();
    await expect(page.getByText("perturbed")).toBeVisible();
    await expect(
      page
        .getByRole("table", { name: "Kernels by time" })
        .getByRole("cell", { name: /matmul/ })
        .first(),
    ).toBeVisible();
  });

  await test.step("as a Chrome trace", async () => {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export Chrome trace" }).click();
    const file = await (await download).path();
    const { traceEvents } = JSON.parse(await readFile(file, "utf8")) as { traceEvents: { name: string }[] };
    const names = new Set(traceEvents.map(({ name }) => name));
    for (const name of ["schedule", "encode", "readback", "prefill", "decode", "sequences"]) {
      expect(names).toContain(name);
    }
  });

  await test.step("accessible in both themes", async () => {
    for (const colorScheme of colorSchemes) {
      expect(await findings(page, colorScheme, { level: "all" })).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: null });
  });
  expect(problems).toEqual([]);
});
