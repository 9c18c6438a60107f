import { beforeAll, describe, expect, it } from "vitest";

import { readFolder, readJson } from "../testing/disk.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { CpuRunner } from "./cpu-runner.ts";
import { loadModel, type LoadedModel } from "./load-model.ts";
import {
  type Answer,
  blockSize,
  goldenModels,
  type Goldens,
  numBlocksOf,
  replay,
} from "./testing/goldens.ts";

describe.each(goldenModels)("%s on the CPU runner", (name) => {
  const goldens = readJson(`public/models/${name}/goldens.json`) as Goldens;
  let model: LoadedModel;
  beforeAll(async () => {
    const source = new MemorySource(readFolder(`public/models/${name}`), { id: name });
    model = await loadModel(source, () => undefined, new AbortController().signal);
  });

  it("has 40 goldens", () => {
    expect(goldens.cases).toHaveLength(40);
    expect([...model.description.stopTokenIds].sort()).toEqual([...goldens.stopIds].sort());
  });

  it("continues every prompt as PyTorch does, with logits within 1e-2", async () => {
    const runner = new CpuRunner(model.description.config, model.weights);
    await runner.allocateKv({ numBlocks: numBlocksOf(goldens), blockSize });
    const { wrongTokens, worstLogit } = await replay(goldens, (batch) =>
      Promise.resolve(
        runner.logits(batch).map((logits): Answer => ({
          tokenId: logits!.indexOf(Math.max(...logits!)),
          logits: { get: (id) => logits![id] },
        })),
      ),
    );
    console.log(`${name}: largest difference of a top-5 logit ${worstLogit.toExponential(2)}`);
    expect(wrongTokens).toEqual([]);
    expect(worstLogit).toBeLessThan(1e-2);
  }, 300_000);
});
