import { beforeAll, describe, expect, it } from "vitest";

import { type SamplerInput } from "../engine/model-runner.ts";
import { readFolder, readJson } from "../testing/disk.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { CpuRunner } from "./cpu-runner.ts";
import { loadModel, type LoadedModel } from "./load-model.ts";

/** PyTorch's greedy continuations and the five largest logits before each of their tokens. */
interface Goldens {
  readonly stopIds: readonly number[];
  readonly cases: readonly {
    readonly promptIds: readonly number[];
    readonly outputIds: readonly number[];
    readonly top: readonly { readonly ids: readonly number[]; readonly logits: readonly number[] }[];
  }[];
}

const greedy: SamplerInput = {
  temperature: 0,
  topK: 0,
  topP: 1,
  seed: 0,
  outputIndex: 0,
  logprobs: 0,
  allowedTokens: null,
};
const blockSize = 16;

describe.each(["scope-2m-q0f16", "scope-2m-q4f16_1"])("%s on the CPU runner", (name) => {
  const goldens = readJson(`training/goldens/${name}.json`) as Goldens;
  let model: LoadedModel;
  beforeAll(async () => {
    const source = new MemorySource(readFolder(`public/models/${name}`), { id: name });
    model = await loadModel(source, () => undefined, new AbortController().signal);
  });

  it("has 40 goldens", () => {
    expect(goldens.cases).toHaveLength(40);
  });

  it("continues every prompt as PyTorch does, with logits within 1e-2", async () => {
    const { config, stopTokenIds } = model.description;
    expect([...stopTokenIds].sort()).toEqual([...goldens.stopIds].sort());
    const runner = new CpuRunner(config, model.weights);
    await runner.allocateKv({ numBlocks: config.contextWindow / blockSize, blockSize });
    const blockTable = Array.from({ length: config.contextWindow / blockSize }, (_, i) => i);
    let worst = 0;
    for (const { promptIds, outputIds, top } of goldens.cases) {
      let tokenIds: readonly number[] = promptIds;
      let startPosition = 0;
      const output: number[] = [];
      for (let i = 0; i < outputIds.length; i += 1) {
        const [logits] = runner.logits([{ tokenIds, startPosition, blockTable, sampler: greedy }]);
        const expected = top[i];
        for (const [rank, id] of (expected?.ids ?? []).entries()) {
          worst = Math.max(worst, Math.abs(logits![id]! - expected!.logits[rank]!));
        }
        startPosition += tokenIds.length;
        tokenIds = [logits!.indexOf(Math.max(...logits!))];
        output.push(tokenIds[0]!);
      }
      expect(output).toEqual(outputIds);
    }
    console.log(`${name}: largest difference of a top-5 logit ${worst.toExponential(2)}`);
    expect(worst).toBeLessThan(1e-2);
  }, 300_000);
});
