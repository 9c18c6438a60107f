import { afterAll, describe, expect, it } from "vitest";

import { drawn } from "../engine/testing/drawn.ts";
import { testDevice } from "../gpu/testing/device.ts";
import { fetchJson } from "../testing/served.ts";
import { embeddedRunner } from "./testing/embedded.ts";
import {
  type Answer,
  blockSize,
  goldenModels,
  type Goldens,
  numBlocksOf,
  replay,
} from "./testing/goldens.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

interface Logit {
  readonly tokenId: number;
  readonly logit: number;
}

describe.each(goldenModels)("%s on the GPU", (name) => {
  it("continues every prompt as PyTorch does, with logits within 1e-2", async () => {
    const goldens = (await fetchJson(`models/${name}/goldens.json`)) as Goldens;
    const { runner } = await embeddedRunner(await device(), name);
    await runner.allocateKv({ numBlocks: numBlocksOf(goldens), blockSize });
    const { wrongTokens, worstLogit, numTokens } = await replay(goldens, async (batch) => {
      const { samples } = await runner.run(batch);
      return samples.map((sample): Answer => {
        const { tokenId, topLogprobs } = drawn(sample);
        const top = topLogprobs as unknown as readonly Logit[];
        return { tokenId, logits: new Map(top.map((each) => [each.tokenId, each.logit])) };
      });
    });
    console.log(
      `${name} on the GPU: ${numTokens} tokens of ${goldens.cases.length} prompts, largest difference of a top-5 logit ${worstLogit.toExponential(2)}`,
    );
    expect(goldens.cases).toHaveLength(40);
    expect(wrongTokens).toEqual([]);
    expect(worstLogit).toBeLessThan(1e-2);
    runner.destroy();
  }, 300_000);
});
