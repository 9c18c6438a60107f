import { expect, test } from "@playwright/test";

import { soakProblems, soakServing } from "../bench/serving-soak.ts";

// `npm run soak` serves for two hours; this is to see at once that the next soak would fail.
test("some seconds of random traffic leave nothing behind", async ({ page }) => {
  test.setTimeout(600_000);
  // The transpiler wraps named functions in this helper, which functions sent to the page then look for.
  await page.addInitScript("globalThis.__name = (value) => value;");
  await page.goto("/");
  await page.waitForFunction(() => window.inferscope.capabilities() !== null);
  const slices = await soakServing(page, { minutes: 0.2, sliceSeconds: 4, seed: 1, measuresHeap: false });
  expect(soakProblems(slices)).toEqual([]);
  const sum = (key: "finished" | "aborted" | "preemptions"): number =>
    slices.reduce((total, slice) => total + slice[key], 0);
  expect(sum("finished")).toBeGreaterThan(0);
  expect(slices.every(({ gpuMemory }) => gpuMemory !== null)).toBe(true);
});
