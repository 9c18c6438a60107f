import { expect, test } from "vitest";

import { Harness } from "./testing/harness.ts";

const range = (length: number, from = 1): number[] =>
  Array.from({ length }, (_, index) => from + (index % 90));

test("sixteen requests with one prefix, submitted at once to an empty cache, compute it once", async () => {
  const policy = { numBlocks: 256, maxNumBatchedTokens: 64 };
  const prefix = range(64);
  const prompts = Array.from({ length: 16 }, (_, index) => [...prefix, 50 + index, 3]);
  const together = await Harness.create(policy);
  prompts.forEach((prompt, index) => together.submit(`r${index}`, { prompt }));
  await together.engine.whenIdle();
  // The prefix, 15 x 2 + 2 tokens of its own, and 7 of 8 output tokens each.
  expect(together.runner.numComputedTokens).toBe(64 + 16 * 2 + 16 * 7);
  expect(Math.max(...together.steps.map((step) => step.sequences.length))).toBe(16);

  for (const [index, prompt] of prompts.entries()) {
    const alone = await Harness.create({ ...policy, prefixCache: false });
    alone.submit("r", { prompt });
    await alone.engine.whenIdle();
    expect(together.tokens(`r${index}`)).toEqual(alone.tokens("r"));
  }
  expect(together.engine.snapshot().kv.used).toBe(0);
});
