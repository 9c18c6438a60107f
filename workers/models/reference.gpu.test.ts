/**
 * Every architecture in every format on the GPU runner, against the plain loops of
 * `workers/testing/plain-decoder.ts`: the 20 largest logits after a prefill, a chunk and a decode,
 * each within 5e-5 of the largest one, and the token drawn.
 */
import { afterAll, expect, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { oddModels, oddPrompt } from "../testing/odd-models.ts";
import { mlcLogits } from "../testing/plain-model.ts";
import { randomModel, type RandomModelOptions } from "../testing/random-model.ts";
import { plainVariants } from "./gpu-operations.ts";
import { GpuModelRunner, type GpuRunnerOptions } from "./gpu-runner.ts";
import { loadModel } from "./load-model.ts";
import { greedy } from "./testing/goldens.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

const tolerance = 5e-5;

async function check(model: RandomModelOptions, options: GpuRunnerOptions = {}): Promise<void> {
  const files = await randomModel(model);
  const { description, weights } = await loadModel(
    new MemorySource(files),
    () => undefined,
    new AbortController().signal,
  );
  const { config } = description;
  const tokenIds = oddPrompt(21, config.vocabSize);
  const expected = mlcLogits(files, tokenIds);
  const runner = await GpuModelRunner.create(await device(), config, weights, {
    choice: { variants: plainVariants, reports: [] },
    ...options,
  });
  await runner.allocateKv({ numBlocks: 6, blockSize: 4 });
  let start = 0;
  for (const end of [13, 20, 21]) {
    const { samples } = await runner.run([
      {
        tokenIds: tokenIds.slice(start, end),
        startPosition: start,
        blockTable: [5, 1, 4, 0, 3, 2],
        sampler: greedy,
      },
    ]);
    const logits = expected[end - 1]!;
    const best = logits.reduce((most, value) => Math.max(most, value), -Infinity);
    const size = logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const { tokenId, topLogprobs } = samples[0]! as unknown as {
      tokenId: number;
      topLogprobs: readonly { tokenId: number; logit: number }[];
    };
    expect(best - logits[tokenId]!).toBeLessThanOrEqual(tolerance * size);
    expect(topLogprobs).toHaveLength(20);
    for (const { tokenId: id, logit } of topLogprobs) {
      expect(Math.abs(logit - logits[id]!)).toBeLessThan(tolerance * size);
    }
    start = end;
  }
  runner.destroy();
}

it.each(oddModels)("$name gives the logits of plain loops", (model) => check(model));

it("splits every matrix that is larger than a binding may be, its bias with it", () =>
  check(
    oddModels.find(({ name }) => name === "qwen2 q4f16_1")!,
    { mostBytesPerBuffer: 1024 },
  ));

it("a vocabulary of 151,936 in parts, tied", () =>
  check(
    {
      quantization: "q4f16_1",
      config: { architecture: "qwen3", hiddenSize: 20, numLayers: 1, vocabSize: 151_936 },
    },
    { mostBytesPerBuffer: 2 ** 20 },
  ));
