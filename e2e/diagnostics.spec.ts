import { expect } from "@playwright/test";

import { openView, test } from "./app-fixture.ts";

test("the page tells what it runs on: adapter, limits, memory, storage, kernels", async ({
  app: { page, problems },
}) => {
  await openView(page, "Diagnostics");
  await expect(page.getByText("software: right results, times not comparable")).toBeVisible();
  const limits = page.getByRole("table", { name: "Limits of the adapter" });
  await expect(
    limits.getByRole("row", { name: /^maxStorageBuffersPerShaderStage 8 \d+ \d+$/ }),
  ).toBeVisible();
  await expect(page.getByText("cross-origin isolated", { exact: false }).first()).toBeVisible();
  await expect(page.getByText("KV pool")).toBeVisible();
  const kernels = page.getByRole("table", { name: "Kernel variants on this adapter" });
  await expect(kernels.getByRole("row", { name: /^matmul .* chosen/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Last errors" })).toBeVisible();
  expect(problems).toEqual([]);
});

test("the goldens run on this device and come out equal", async ({ app: { page } }) => {
  test.setTimeout(400_000);
  await openView(page, "Diagnostics");
  await page.getByRole("button", { name: "Run the goldens" }).click();
  await expect(page.getByRole("progressbar", { name: "Goldens answered" })).toBeVisible();
  await expect(page.getByText(/all \d+ tokens of 40 prompts are PyTorch's/)).toBeVisible({
    timeout: 300_000,
  });
  await expect(page.getByText(/largest difference of a top-5 logit \d(\.\d)?e-[3-9]/)).toBeVisible();
  await page.getByRole("button", { name: "Run the goldens" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText(/\(cancelled before the end\)/)).toBeVisible();
});

test("the bandwidth is measured, and the report is copied, or shown where the browser refuses", async ({
  app: { page },
}) => {
  test.setTimeout(200_000);
  await openView(page, "Diagnostics");
  await page.getByRole("button", { name: "Measure", exact: true }).click();
  await expect(page.getByText(/GB\/s: \d+ MiB in/)).toBeVisible({ timeout: 120_000 });

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy JSON" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Record<
    string,
    unknown
  >;
  expect(copied).toMatchObject({
    app: "inferscope",
    model: { id: "scope-2m-q4f16_1" },
    goldens: { numWrong: 0 },
  });
  expect(JSON.stringify(copied)).not.toContain("127.0.0.1");

  await page.context().clearPermissions();
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
  });
  await page.getByRole("button", { name: "Copy Markdown" }).click();
  await expect(page.getByRole("button", { name: "The browser refused" })).toBeVisible();
  await page.getByRole("button", { name: "Show the text" }).click();
  await expect(page.getByRole("textbox", { name: "Report as Markdown" })).toHaveValue(
    /# Inferscope 0.1.0[^]*swiftshader/i,
  );
});
