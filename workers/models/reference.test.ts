/**
 * Every architecture in every format on the CPU runner, against the plain loops of
 * `workers/testing/plain-decoder.ts`. Tolerance: 1e-5 of the largest logit, for every logit.
 */
import { expect, it } from "vitest";

import type { SamplerInput } from "../engine/model-runner.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { oddModels, oddPrompt } from "../testing/odd-models.ts";
import { mlcLogits } from "../testing/plain-model.ts";
import { randomModel } from "../testing/random-model.ts";
import { CpuRunner } from "./cpu-runner.ts";
import { loadModel } from "./load-model.ts";
import { largestError } from "./testing/largest-error.ts";
import { greedy } from "./testing/goldens.ts";

it.each(oddModels)("$name gives the logits of plain loops", async (options) => {
  const files = await randomModel(options);
  const { description, weights } = await loadModel(
    new MemorySource(files),
    () => undefined,
    new AbortController().signal,
  );
  const { config } = description;
  const tokenIds = oddPrompt(21, config.vocabSize);
  const expected = mlcLogits(files, tokenIds);
  const runner = new CpuRunner(config, weights);
  await runner.allocateKv({ numBlocks: 6, blockSize: 4 });
  const sampler: SamplerInput = { ...greedy, logprobs: 0 };
  const step = (start: number, end: number) =>
    runner.logits([
      { tokenIds: tokenIds.slice(start, end), startPosition: start, blockTable: [5, 1, 4, 0, 3, 2], sampler },
    ])[0]!;
  for (const [start, end] of [
    [0, 13],
    [13, 20],
    [20, 21],
  ] as const) {
    expect(largestError(step(start, end), expected[end - 1]!)).toBeLessThan(1e-5);
  }
});
