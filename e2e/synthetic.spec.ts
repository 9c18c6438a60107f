import { expect } from "@playwright/test";

import { modelTimeoutMs, openView, test } from "./app-fixture.ts";

/** Small enough that a software adapter answers at once. */
const tiny = {
  name: "tiny shape",
  architecture: "qwen3",
  hiddenSize: 64,
  intermediateSize: 96,
  numLayers: 1,
  numHeads: 2,
  numKvHeads: 1,
  headDim: 32,
  vocabSize: 2000,
  contextWindow: 4096,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
  tieWordEmbeddings: true,
  ropeScaling: null,
} as const;

test("the memory of each shape is known before anything is loaded", async ({ app: { page } }) => {
  await openView(page, "Models");
  await page.getByLabel("Shape", { exact: true }).selectOption("Llama-3.2-1B shape");
  const table = page.getByRole("table", { name: "Memory that Llama-3.2-1B shape will take" });
  await expect(table.getByRole("row", { name: /^Weights 695 MB/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Load Llama-3.2-1B shape" })).toBeEnabled();
  await page.getByLabel("Format", { exact: true }).selectOption("q0f16");
  await expect(table.getByRole("row", { name: /^Weights 2.47 GB/ })).toBeVisible();
});

test("random weights are labelled, and nothing is said of their answers", async ({ browser }) => {
  test.setTimeout(2 * modelTimeoutMs);
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto("/");
  await page.waitForFunction(() => "inferscope" in window);
  await page.evaluate(async (config) => {
    const { inferscope } = window as unknown as {
      inferscope: { load(source: unknown): Promise<unknown> };
    };
    await inferscope.load({ synthetic: config });
  }, tiny);
  await expect(page.getByText("its text is noise, so answers are not judged")).toBeVisible({
    timeout: modelTimeoutMs,
  });
  await page.getByRole("button", { name: "Run the comparison" }).click();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: modelTimeoutMs });
  await expect(page.getByText("Answers are not judged: the weights are random.")).toBeVisible();
  await page.getByRole("tab", { name: "Are the answers right?" }).click();
  await expect(page.getByText("not judged: random weights")).toHaveCount(2);
  await expect(page.getByText("withheld: random weights")).toHaveCount(1);
  await openView(page, "Tokens");
  await page.getByRole("tab", { name: "The sweet spot" }).click();
  await expect(page.getByText(/Withheld: the loaded model has random weights/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Find the sweet spot" })).toBeDisabled();
  await openView(page, "Models");
  await expect(page.getByText(/in \d+$/).first()).toBeVisible();
  await context.close();
});
