/** Numbers that are none: in a file's weights, in what the model computes. */
import { md5 } from "hash-wasm";
import { describe, expect, it } from "vitest";

import { Harness } from "../engine/testing/harness.ts";
import { errorOf } from "../testing/error-of.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { changeJson, type ModelFiles, randomModel, type StoredRecord } from "../testing/random-model.ts";
import { type HeaderEntry, randomSafetensors } from "../testing/random-safetensors.ts";
import { CpuRunner } from "./cpu-runner.ts";
import { loadModel } from "./load-model.ts";

const load = (files: ModelFiles, chunkSize = 999) =>
  loadModel(new MemorySource(files, { chunkSize }), () => undefined, new AbortController().signal);

const text = (files: ModelFiles, path: string) => new TextDecoder().decode(files.get(path));

/** NaN as the number with this index of a tensor; the file's hash is right. */
async function breakMlc(files: ModelFiles, name: string, index: number): Promise<ModelFiles> {
  interface Shard {
    dataPath: string;
    md5sum: string;
    records: StoredRecord[];
  }
  const shards = (JSON.parse(text(files, "tensor-cache.json")) as { records: Shard[] }).records;
  const shard = shards.find(({ records }) => records.some((record) => record.name === name))!;
  const record = shard.records.find((one) => one.name === name)!;
  const bytes = files.get(shard.dataPath)!.slice();
  new DataView(bytes.buffer).setUint16(record.byteOffset + 2 * index, 0x7fff, true);
  files.set(shard.dataPath, bytes);
  const md5sum = await md5(bytes);
  return changeJson(files, "tensor-cache.json", (manifest: { records: Shard[] }) => {
    for (const one of manifest.records) if (one.dataPath === shard.dataPath) one.md5sum = md5sum;
    return manifest;
  });
}

function breakSafetensors(files: ModelFiles, name: string, index: number, bits: number): void {
  const bytes = files.get("model.safetensors")!.slice();
  const view = new DataView(bytes.buffer);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
    string,
    HeaderEntry
  >;
  view.setUint16(8 + length + header[name]!.data_offsets[0] + 2 * index, bits, true);
  files.set("model.safetensors", bytes);
}

describe("weights that are not finite", () => {
  it.each([
    ["q0f16", "model.norm.weight", 51],
    ["q4f16_1", "model.layers.1.mlp.down_proj.q_scale", 0],
    ["q4f32_1", "model.layers.0.input_layernorm.weight", 7],
  ] as const)("%s: %s is named", async (quantization, name, index) => {
    const files = await randomModel({ quantization });
    await load(files);
    const error = await errorOf(load(await breakMlc(files, name, index)));
    expect(error).toMatchObject({ kind: "not-finite", details: { tensor: name, index } });
    expect(error.message).toContain(name);
  });

  it.each([
    ["BF16", "model.norm.weight", 0, 0x7fc0],
    ["BF16", "model.layers.0.self_attn.k_proj.weight", 33, 0x7f80],
    ["F16", "model.layers.1.mlp.up_proj.weight", 4000, 0xfc00],
    ["F16", "model.embed_tokens.weight", 1, 0x7c01],
  ] as const)("safetensors %s: number %s of %s is named", async (dtype, name, index, bits) => {
    const files = randomSafetensors({ dtype });
    breakSafetensors(files, name, index, bits);
    // Chunks end in the middle of numbers.
    expect(await errorOf(load(files))).toMatchObject({
      kind: "not-finite",
      details: { tensor: name, index },
    });
  });
});

it.each([NaN, Infinity])(
  "a model whose last norm is %d ends typed on the CPU and caches nothing",
  async (value) => {
    const { description, weights } = await load(await randomModel());
    const runner = new CpuRunner(description.config, weights);
    const harness = await Harness.over(runner, { numBlocks: 64, blockSize: 4, maxNumBatchedTokens: 8 });
    const prompt = Array.from({ length: 20 }, (_, i) => i + 3);
    const ask = async (id: string, sampling: object = {}) => {
      harness.submit(id, { prompt, maxTokens: 4, ignoreEos: true, ...sampling });
      await harness.engine.whenIdle();
      return harness.end(id);
    };
    expect(await ask("right")).toMatchObject({ type: "finished" });
    harness.engine.clearCache();
    const { finalNorm } = weights;
    const kept = finalNorm[5]!;
    finalNorm[5] = value;
    for (const [index, sampling] of [{}, { temperature: 1, topP: 0.5 }, { topK: 3, logprobs: 5 }].entries()) {
      const end = await ask(`broken ${index}`, sampling);
      expect(end).toMatchObject({ type: "failed", error: { kind: "not-finite" } });
      expect(end.choices?.[0]?.tokenIds).toEqual([]);
      expect(harness.engine.snapshot().kv).toMatchObject({ used: 0, cached: 0 });
    }
    finalNorm[5] = kept;
    await ask("again");
    expect(harness.tokens("again")).toEqual(harness.tokens("right"));
  },
);
