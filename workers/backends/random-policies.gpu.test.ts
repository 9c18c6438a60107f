/**
 * Random prompts with random shared beginnings under random policies: greedy tokens as alone, on
 * the embedded model, on the GPU. `npm run soak -- --only gpu-equality` does 1,000 prompts.
 */
import { afterAll, beforeAll, expect, it } from "vitest";

import { defaultPolicy, type EnginePolicy } from "../../protocol/index.ts";
import { Harness, random, type RequestSpec } from "../engine/testing/harness.ts";
import { testDevice } from "../gpu/testing/device.ts";
import type { GpuModelRunner } from "../models/gpu-runner.ts";
import { embeddedRunner } from "../models/testing/embedded.ts";
import { scale, soakTimeoutMs, startSoak } from "../testing/soak.ts";

const numPrompts = scale(24, 1000);
const promptsPerPolicy = 8;
const maxTokens = 12;
/** A first difference where the two best logits are closer than this is a tie, not a fault. */
const tieMargin = 1e-3;

const device = testDevice();
const draw = random(20_261_124);
const below = (n: number): number => Math.floor(draw() * n);
let runner: GpuModelRunner;

beforeAll(async () => {
  ({ runner } = await embeddedRunner(await device(), "scope-2m-q4f16_1"));
});
afterAll(async () => {
  runner.destroy();
  (await device()).destroy();
});

/** Token ids at random; most begin as an earlier prompt does. */
function randomPrompts(): readonly RequestSpec[] {
  const prompts: number[][] = [];
  for (let i = 0; i < promptsPerPolicy; i += 1) {
    const earlier = prompts[below(prompts.length)] ?? [];
    const shared = draw() < 0.7 ? earlier.slice(0, below(earlier.length + 1)) : [];
    prompts.push([...shared, ...Array.from({ length: 1 + below(70) }, () => below(runner.vocabSize))]);
  }
  return prompts.map((prompt) => ({ prompt, maxTokens, ignoreEos: true, logprobs: 2 }));
}

/** The pool takes the longest prompt and, in half of the cases, little beside it. */
function randomPolicy(specs: readonly RequestSpec[]): EnginePolicy {
  const blockSize = [1, 4, 16][below(3)]!;
  const longest = Math.max(...specs.map(({ prompt }) => prompt.length + maxTokens));
  const largest = Math.ceil(longest / blockSize);
  return {
    ...defaultPolicy,
    blockSize,
    numBlocks: draw() < 0.5 ? largest + 1 : 8 * largest,
    prefixCache: draw() < 0.7,
    chunkedPrefill: draw() < 0.7,
    maxNumBatchedTokens: 1000,
    maxNumSeqs: 1 + below(8),
    batching: draw() < 0.8 ? "continuous" : "static",
    order: draw() < 0.7 ? "fcfs" : "longest-prefix",
    ...(draw() < 0.5 ? { chunkedPrefill: true, maxNumBatchedTokens: 8 + below(60) } : {}),
  };
}

async function serve(specs: readonly RequestSpec[], policy: EnginePolicy): Promise<Harness<GpuModelRunner>> {
  const harness = await Harness.over(runner, policy);
  specs.forEach((spec, index) => harness.submit(`r${index}`, spec));
  await harness.engine.whenIdle();
  harness.engine.checkIntegrity();
  return harness;
}

/** "same", "tie", or what differs where. */
function compare(alone: Harness<GpuModelRunner>, served: Harness<GpuModelRunner>, index: number): string {
  const [wanted, tokens] = [alone.tokens(`r${index}`), served.tokens(`r${index}`)];
  const at = wanted.findIndex((id, position) => id !== tokens[position]);
  if (at < 0 && tokens.length === wanted.length) return "same";
  const [best, second] = alone.end(`r${index}`).choices?.[0]?.logprobs?.[at] ?? [];
  const margin = (best?.logprob ?? Infinity) - (second?.logprob ?? -Infinity);
  return margin < tieMargin
    ? "tie"
    : `r${index} token ${at}: ${tokens[at]}, alone ${wanted[at]}, margin ${margin}`;
}

it(
  "answer as alone",
  async () => {
    const soak = startSoak();
    const outcomes: string[] = [];
    let numPreemptions = 0;
    while (outcomes.length < numPrompts && !soak.isOver()) {
      const specs = randomPrompts();
      const policy = randomPolicy(specs);
      const roomy = {
        ...defaultPolicy,
        prefixCache: false,
        chunkedPrefill: false,
        maxNumBatchedTokens: 1000,
      };
      const alone = await serve(specs, { ...roomy, batching: "none" });
      const served = await serve(specs, policy);
      numPreemptions += served.steps.flatMap(({ preemptions }) => preemptions).length;
      outcomes.push(...specs.map((_, index) => compare(alone, served, index)));
    }
    soak.report(outcomes.length, `prompts, ${numPreemptions} preemptions`);
    expect(outcomes.filter((outcome) => outcome !== "same" && outcome !== "tie")).toEqual([]);
    const numTies = outcomes.filter((outcome) => outcome === "tie").length;
    expect(numTies).toBeLessThanOrEqual(Math.max(1, outcomes.length / 100));
    expect(numPreemptions).toBeGreaterThan(0);
  },
  soakTimeoutMs,
);
