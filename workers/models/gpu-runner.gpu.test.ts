import { afterAll, describe, expect, it } from "vitest";

import type { ModelConfig } from "../../protocol/index.ts";
import { drawn } from "../engine/testing/drawn.ts";
import type { ModelRunner, SamplerInput, SequenceInput } from "../engine/model-runner.ts";
import { testDevice } from "../gpu/testing/device.ts";
import { embedding } from "../kernels/embedding.reference.ts";
import { matmul } from "../kernels/matmul.reference.ts";
import { pagedAttention } from "../kernels/paged-attention.reference.ts";
import { rmsNorm } from "../kernels/rms-norm.reference.ts";
import { ropeFrequencies } from "../kernels/rope-frequencies.ts";
import { ropeKv } from "../kernels/rope-kv.reference.ts";
import { siluMul } from "../kernels/silu-mul.reference.ts";
import { randomMatrix, type RandomFormat, randomValues } from "../kernels/testing/random.ts";
import { plainVariants } from "./gpu-operations.ts";
import { GpuModelRunner, type GpuRunnerOptions } from "./gpu-runner.ts";
import { type ModelWeights, readTensors } from "./weights.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

const llama: ModelConfig = {
  architecture: "llama",
  hiddenSize: 44, // no multiple of 8
  intermediateSize: 86,
  numLayers: 2,
  numHeads: 4,
  numKvHeads: 2,
  headDim: 10, // no multiple of 4
  vocabSize: 131,
  contextWindow: 256,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  tieWordEmbeddings: true,
  ropeScaling: null,
};
const qwen2: ModelConfig = { ...llama, architecture: "qwen2", headDim: 8, tieWordEmbeddings: false };
const blockSize = 4;

function randomModel(config: ModelConfig, format: RandomFormat): ModelWeights {
  let seed = 1;
  return readTensors(config, {
    matrix: (_, n, k) => randomMatrix(n, k, format, seed++),
    vector: (name, length) =>
      name.endsWith("bias")
        ? randomValues(length, seed++)
        : randomValues(length, seed++).map((x) => 1 + 0.2 * x),
    has: () => false,
  });
}

/** Logits after the last of the tokens, by the references. */
function referenceLogits(
  config: ModelConfig,
  weights: ModelWeights,
  tokenIds: readonly number[],
): Float32Array {
  const numTokens = tokenIds.length;
  const positions = tokenIds.map((_, i) => i);
  const eps = config.rmsNormEps;
  let x = embedding(tokenIds, weights.embedding);
  for (const layer of weights.layers) {
    const width = numTokens * config.numKvHeads * config.headDim;
    const cache = { keys: new Float32Array(width), values: new Float32Array(width) };
    const queries = ropeKv({
      shape: config,
      qkv: matmul({ x: rmsNorm(x, layer.inputNorm, eps), weight: layer.qkv, bias: layer.qkvBias }),
      positions,
      slotMapping: positions,
      frequencies: ropeFrequencies(config.headDim, config.ropeTheta, config.ropeScaling),
      qkNorm: layer.qkNorm === null ? null : { ...layer.qkNorm, eps },
      cache,
    });
    const attention = pagedAttention({
      shape: config,
      blockSize: numTokens,
      queries,
      sequences: [{ numQueries: numTokens, contextLen: numTokens, blockTable: [0] }],
      cache,
    });
    x = matmul({ x: attention, weight: layer.output, residual: x });
    const gateUp = matmul({ x: rmsNorm(x, layer.postAttentionNorm, eps), weight: layer.gateUp });
    x = matmul({ x: siluMul(gateUp, config.intermediateSize), weight: layer.down, residual: x });
  }
  const last = x.slice((numTokens - 1) * config.hiddenSize);
  return matmul({ x: rmsNorm(last, weights.finalNorm, eps), weight: weights.lmHead });
}

const greedy: SamplerInput = {
  temperature: 0,
  topK: 0,
  topP: 1,
  seed: 0,
  outputIndex: 0,
  logprobs: 20,
  allowedTokens: null,
};

const prompt = (length: number, seed: number, vocabSize = 131): number[] =>
  Array.from({ length }, (_, i) => (seed * 7919 + i * i * 31 + i * 17) % vocabSize);

/** Blocks of sequence `index`, scattered over a pool of 256. */
const blocks = (index: number): number[] =>
  Array.from({ length: 16 }, (_, i) => (i * 16 + index * 5 + 3) % 256);

function topLogits(output: unknown): { tokenId: number; logit: number }[] {
  return (output as { topLogprobs: { tokenId: number; logit: number }[] }).topLogprobs;
}

/** The largest difference between reported logits and the reference's. */
function largestError(output: unknown, logits: Float32Array): number {
  const top = topLogits(output);
  expect(top).toHaveLength(20);
  expect(top[0]!.logit).toBeCloseTo(Math.max(...logits), 3);
  return Math.max(...top.map(({ tokenId, logit }) => Math.abs(logit - logits[tokenId]!)));
}

async function createRunner(config: ModelConfig, weights: ModelWeights, options: GpuRunnerOptions = {}) {
  const runner = await GpuModelRunner.create(await device(), config, weights, {
    choice: { variants: plainVariants, reports: [] },
    ...options,
  });
  await runner.allocateKv({ numBlocks: 256, blockSize });
  return runner;
}

/** Greedy continuation: prompts in chunks of at most `chunk`, all sequences stepped together. */
async function generate(
  runner: ModelRunner,
  prompts: readonly (readonly number[])[],
  numTokens: number,
  chunk: number,
): Promise<number[][]> {
  const sequences = prompts.map((ids, index) => ({
    ids: [...ids],
    done: 0,
    end: ids.length + numTokens,
    index,
  }));
  for (;;) {
    const active = sequences.filter((sequence) => sequence.ids.length < sequence.end);
    if (active.length === 0) return sequences.map(({ ids }, i) => ids.slice(prompts[i]!.length));
    const batch = active.map((sequence): SequenceInput => {
      const tokenIds = sequence.ids.slice(sequence.done, sequence.done + chunk);
      const isLast = sequence.done + tokenIds.length === sequence.ids.length;
      return {
        tokenIds,
        startPosition: sequence.done,
        blockTable: blocks(sequence.index),
        sampler: isLast ? { ...greedy, logprobs: 0 } : null,
      };
    });
    const { samples } = await runner.run(batch);
    for (const [i, sequence] of active.entries()) {
      sequence.done += batch[i]!.tokenIds.length;
      const sample = samples[i];
      if (sample != null) sequence.ids.push(drawn(sample).tokenId);
    }
  }
}

// Formats that MLC folders have are checked in `reference.gpu.test.ts`.
describe("GpuModelRunner against the references", () => {
  it.each([
    ["llama", llama, "f32"],
    ["qwen2 (bias, untied)", qwen2, "q4-f32"],
  ] as const)("%s %o %s gives the references' logits", async (_name, config, format) => {
    const weights = randomModel(config, format);
    const runner = await createRunner(config, weights);
    const tokenIds = prompt(23, 1);
    const { samples } = await runner.run([
      { tokenIds, startPosition: 0, blockTable: blocks(0), sampler: greedy },
    ]);
    expect(largestError(samples[0], referenceLogits(config, weights, tokenIds))).toBeLessThan(2e-3);
    runner.destroy();
  });

  it("computes prefill chunks and decodes of several sequences in one step", async () => {
    const weights = randomModel(llama, "q4-f16");
    const runner = await createRunner(llama, weights, { rowsPerRange: 8 });
    const [a, b, c] = [prompt(11, 1), prompt(30, 2), prompt(6, 3)];
    await runner.run([
      { tokenIds: a.slice(0, 10), startPosition: 0, blockTable: blocks(0), sampler: null },
      { tokenIds: b.slice(0, 13), startPosition: 0, blockTable: blocks(1), sampler: null },
    ]);
    const { samples } = await runner.run([
      { tokenIds: a.slice(10), startPosition: 10, blockTable: blocks(0), sampler: greedy },
      { tokenIds: b.slice(13), startPosition: 13, blockTable: blocks(1), sampler: greedy },
      { tokenIds: c.slice(0, 3), startPosition: 0, blockTable: blocks(2), sampler: null },
    ]);
    expect(samples[2]).toBeNull();
    expect(largestError(samples[0], referenceLogits(llama, weights, a))).toBeLessThan(2e-3);
    expect(largestError(samples[1], referenceLogits(llama, weights, b))).toBeLessThan(2e-3);
    runner.destroy();
  });

  it("draws the same greedy tokens alone, in a batch of eight and in chunks", async () => {
    const runner = await createRunner(llama, randomModel(llama, "q4-f16"));
    const prompts = Array.from({ length: 8 }, (_, i) => prompt(5 + 3 * i, i + 1));
    const together = await generate(runner, prompts, 8, 64);
    const chunked = await generate(runner, prompts, 8, 7);
    const alone: number[][] = [];
    for (const ids of prompts) alone.push(...(await generate(runner, [ids], 8, 64)));
    expect(together).toEqual(alone);
    expect(chunked).toEqual(alone);
    runner.destroy();
  });

  it("splits matrices that are larger than a binding may be", async () => {
    const weights = randomModel(llama, "q4-f16");
    const runner = await createRunner(llama, weights, { mostBytesPerBuffer: 4096 });
    const tokenIds = prompt(9, 4);
    const { samples } = await runner.run([
      { tokenIds, startPosition: 0, blockTable: blocks(0), sampler: greedy },
    ]);
    expect(largestError(samples[0], referenceLogits(llama, weights, tokenIds))).toBeLessThan(2e-3);
    runner.destroy();
  });
});

describe("GpuModelRunner", () => {
  it("tells the cost of a step and frees every buffer", async () => {
    const { device: gpu } = await device();
    const live = new Set<GPUBuffer>();
    let liveBytes = 0;
    const create = gpu.createBuffer.bind(gpu);
    gpu.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      live.add(buffer);
      liveBytes += buffer.size;
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        if (live.delete(buffer)) liveBytes -= buffer.size;
        destroy();
      };
      return buffer;
    };
    const runner = await createRunner(llama, randomModel(llama, "f32"));
    const output = await runner.run([
      { tokenIds: [1, 2, 3], startPosition: 0, blockTable: blocks(0), sampler: greedy },
    ]);
    expect(output.numDispatches).toBe(1 + 9 * llama.numLayers + 3);
    expect(output.encodeMs).toBeGreaterThan(0);
    expect(output.readbackMs).toBeGreaterThan(0);
    expect(output.gpuMs).toBeGreaterThan(0);
    await runner.allocateKv({ numBlocks: 8, blockSize: 16 });
    expect(runner.memoryUse).toEqual({ bytes: liveBytes, numBuffers: live.size });
    runner.destroy();
    expect(live.size).toBe(0);
    gpu.createBuffer = create;
    await expect(runner.run([])).rejects.toMatchObject({ kind: "no-model" });
  });

  it("fails the step after a call that nobody watched was refused, and computes the next one", async () => {
    const runner = await createRunner(llama, randomModel(llama, "f32"));
    const step = () =>
      runner.run([{ tokenIds: prompt(5, 1), startPosition: 0, blockTable: blocks(0), sampler: greedy }]);
    const right = (await step()).samples;
    const { device: gpu } = await device();
    gpu.createBuffer({ size: 16, usage: 0 });
    await expect(step()).rejects.toMatchObject({ kind: "gpu-failure" });
    expect((await step()).samples).toEqual(right);
    runner.destroy();
  });

  it("draws nothing from logits that are no numbers", async () => {
    const weights = randomModel(llama, "q4-f16");
    weights.finalNorm[3] = NaN;
    const runner = await createRunner(llama, weights);
    const { samples } = await runner.run([
      { tokenIds: prompt(5, 1), startPosition: 0, blockTable: blocks(0), sampler: greedy },
    ]);
    expect(samples).toMatchObject([{ error: { kind: "not-finite" } }]);
    runner.destroy();
  });

  it("times every dispatch of the steps that are profiled, and computes the same in them", async ({
    skip,
  }) => {
    skip(!(await device()).hasTimestamps, "this adapter has no timestamp queries");
    const runner = await createRunner(llama, randomModel(llama, "q4-f16"));
    const step = (at: number, sampler: SamplerInput | null = greedy): SequenceInput => ({
      tokenIds: prompt(7, 5).slice(at, at + 3),
      startPosition: at,
      blockTable: blocks(0),
      sampler,
    });
    const plain = await runner.run([step(0)]);
    expect(runner.stopProfile()).toBeNull();
    runner.startProfile();
    const timed = [await runner.run([step(0)]), await runner.run([step(3, null)])];
    const profile = runner.stopProfile()!;
    expect(timed[0]!.samples).toEqual(plain.samples);
    expect(timed[0]!.gpuMs).toBeNull();
    expect(profile.numSteps).toBe(2);
    const numTimed = profile.kernels.reduce((sum, { numDispatches }) => sum + numDispatches, 0);
    expect(numTimed + profile.numUntimed).toBe(timed[0]!.numDispatches + timed[1]!.numDispatches);
    expect(profile.kernels.map(({ kernel }) => kernel)).toContainEqual(expect.stringMatching(/matmul/));
    const times = profile.kernels.map(({ ms }) => ms);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    // Steps after it are not slowed down any more.
    expect((await runner.run([step(0)])).gpuMs).not.toBeNull();
    expect(runner.stopProfile()).toBeNull();
    runner.destroy();
  });
});
