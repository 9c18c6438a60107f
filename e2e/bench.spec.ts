import { expect, test } from "@playwright/test";

import type { Inferscope } from "../protocol/index.ts";

declare global {
  interface Window {
    inferscope: Inferscope;
  }
}

test("a quick bench measures every figure on the embedded model", async ({ page }) => {
  test.setTimeout(600_000);
  await page.goto("/");
  await page.waitForFunction(() => window.inferscope.capabilities() !== null);
  const { report, markdown } = await page.evaluate(async () => {
    const made = await window.inferscope.run("bench", { quick: true });
    return { report: made, markdown: await window.inferscope.run("markdown", { report: made }) };
  });
  expect(report).toMatchObject({
    environment: { modelId: "scope-2m-q4f16_1", isSoftwareAdapter: true },
    model: { weights: "trained" },
    decodeTokensPerSecond: { "1": expect.any(Number), "8": expect.any(Number) },
    prefillTokensPerSecond: { "128": expect.any(Number) },
    ttftMs: { cold: expect.any(Number), cached: expect.any(Number) },
    jsMsPerStep: expect.any(Number),
    bandwidthGBps: expect.any(Number),
    rooflineFraction: expect.any(Number),
  });
  // An embedding, nine kernels a layer, the final norm, the head and the draw.
  expect((report as { dispatchesPerStep: number }).dispatchesPerStep).toBeGreaterThan(40);
  expect(markdown).toContain("Fraction of the roofline");
});
