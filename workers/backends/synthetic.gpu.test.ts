/** Models whose weights are made by a hash on the GPU: the very numbers, the memory, the 1B shape. */
import { afterAll, expect, it } from "vitest";

import {
  estimateMemory,
  type LoadParams,
  modelPresets,
  type Quantization,
  type RunnerName,
  type SyntheticModel,
} from "../../protocol/index.ts";
import { oddConfig } from "../testing/random-model.ts";
import { finished, request, run } from "./contract/requests.ts";
import { PagedBackend } from "./paged.ts";

/** Every buffer that any device of this page was asked for and has not destroyed. */
const live = new Set<GPUBuffer>();
const countingGpu = {
  requestAdapter: async (options?: GPURequestAdapterOptions) => {
    const adapter = await navigator.gpu.requestAdapter(options);
    if (adapter === null) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      const create = device.createBuffer.bind(device);
      device.createBuffer = (buffer) => {
        const made = create(buffer);
        live.add(made);
        const destroy = made.destroy.bind(made);
        made.destroy = () => {
          live.delete(made);
          destroy();
        };
        return made;
      };
      return device;
    };
    return adapter;
  },
} as GPU;
const liveBytes = () => [...live].reduce((sum, { size }) => sum + size, 0);

const backend = new PagedBackend({
  gpu: countingGpu,
  baseUrl: `${location.origin}/`,
  onDeviceLost: () => undefined,
});
afterAll(() => backend.unload());

const load = (synthetic: SyntheticModel, runner: RunnerName, policy: LoadParams["policy"] = {}) =>
  backend.load(
    { source: { synthetic }, backend: "paged", runner, policy },
    () => undefined,
    new AbortController().signal,
  );

const odd = { ...oddConfig, vocabSize: 1301, architecture: "qwen2" } as const;
/** One token of a prompt: a software adapter takes seconds for each of the 1B shape. */
const answer = async (maxTokens: number, logprobs = 0) =>
  finished(
    await run(backend, request({ type: "tokens", tokenIds: [5] }, { maxTokens, logprobs, ignoreEos: true })),
  ).choices[0]!;

it.each<Quantization>(["q4f16_1", "q0f32"])(
  "%s: the GPU made the numbers that the CPU makes, again and again",
  async (quantization) => {
    const model = { ...odd, quantization };
    const { model: info } = await load(model, "gpu");
    expect(info).toMatchObject({ synthetic: true, quantization, id: "synthetic-qwen2-2-layers" });
    const gpu = await answer(5, 5);
    await load(model, "gpu");
    expect((await answer(5, 5)).tokenIds).toEqual(gpu.tokenIds);
    await load(model, "cpu");
    const cpu = await answer(5, 5);
    expect(gpu.tokenIds).toEqual(cpu.tokenIds);
    for (const [i, top] of gpu.logprobs!.entries()) {
      expect(Math.abs(top[0]!.logprob - cpu.logprobs![i]![0]!.logprob)).toBeLessThan(1e-3);
    }
  },
  600_000,
);

it("the 1B shape loads and decodes without a limit's error; its memory is what was asked for", async () => {
  const preset = modelPresets.find(({ name }) => name === "Llama-3.2-1B shape")!;
  const policy = { numBlocks: 8, blockSize: 16 };
  const { model } = await load(preset, "gpu", policy);
  const { gpuMemory } = backend.status();
  expect(gpuMemory).toEqual({ bytes: liveBytes(), numBuffers: live.size });
  const estimate = estimateMemory(preset, "q4f16_1");
  const expected = estimate.weights + estimate.scratch + 8 * 16 * estimate.kvPerToken;
  expect(Math.abs(gpuMemory!.bytes / expected - 1)).toBeLessThan(0.002);
  expect([model.numParams, model.kvBytesPerToken]).toEqual([estimate.numParams, estimate.kvPerToken]);
  const { tokenIds, text } = await answer(2);
  expect(tokenIds).toHaveLength(2);
  expect(text).toMatch(/\d/);
  expect(backend.status().gpuMemory).toEqual({ bytes: liveBytes(), numBuffers: live.size });
  await backend.unload();
  expect(live.size).toBe(0);
}, 600_000);

it("refuses the 1B shape on the CPU, and shapes that make no sense", async () => {
  const preset = modelPresets.find(({ name }) => name === "Llama-3.2-1B shape")!;
  await expect(load(preset, "cpu")).rejects.toMatchObject({ kind: "unsupported" });
  await expect(load({ ...odd, numKvHeads: 4 }, "gpu")).rejects.toMatchObject({ kind: "bad-config" });
  await expect(load({ ...odd, hiddenSize: -1 }, "gpu")).rejects.toMatchObject({ kind: "bad-config" });
});
