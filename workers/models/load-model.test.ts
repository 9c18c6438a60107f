import { describe, expect, it } from "vitest";

import type { LoadProgress } from "../../protocol/index.ts";
import { errorOf } from "../testing/error-of.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { changeJson, type ModelFiles, randomModel, type StoredRecord } from "../testing/random-model.ts";
import type { FileSource } from "./file-source.ts";
import { loadModel } from "./load-model.ts";

const never = new AbortController().signal;
const load = (files: ModelFiles) => loadModel(new MemorySource(files), () => undefined, never);

interface ShardJson {
  dataPath: string;
  nbytes: number;
  md5sum: string;
  records: StoredRecord[];
}
const changeShard = (files: ModelFiles, change: (shard: ShardJson, all: ShardJson[]) => void) =>
  changeJson(files, "tensor-cache.json", (manifest: { records: ShardJson[] }) => {
    change(manifest.records[0]!, manifest.records);
    return manifest;
  });
const changeConfig = (files: ModelFiles, change: object) =>
  changeJson(files, "mlc-chat-config.json", (config: object) => ({ ...config, ...change }));
const changeModel = (files: ModelFiles, change: object) =>
  changeJson(files, "mlc-chat-config.json", (config: { model_config: object }) => ({
    ...config,
    model_config: { ...config.model_config, ...change },
  }));
const without = (files: ModelFiles, ...paths: string[]) =>
  new Map([...files].filter(([path]) => !paths.includes(path)));
const shardName = "params_shard_1.bin";

describe("a good folder", () => {
  it("loads, with progress to the last byte", async () => {
    const files = await randomModel({ quantization: "q4f32_1" });
    const seen: LoadProgress[] = [];
    const model = await loadModel(new MemorySource(files, { id: "m" }), (one) => seen.push(one), never);
    expect(model.id).toBe("m");
    expect(model.description.stopTokenIds).toEqual([0]);
    expect(model.weightsHash).toMatch(/^[0-9a-f]{32}$/);
    const last = seen.at(-1)!;
    expect(last).toMatchObject({
      stage: "weights",
      loadedBytes: model.weightBytes,
      totalBytes: model.weightBytes,
    });
    expect(model.numParams).toBe(512 * 52 + 52 + 2 * (52 * 80 + 48 * 52 + 3 * 172 * 52 + 2 * 52));
  });

  it("loads from the older manifest, from shards with tensors at odd offsets, and without tokenizer_config.json", async () => {
    const files = await randomModel({
      manifestName: "ndarray-cache.json",
      shardBytes: 1,
      config: { hiddenSize: 51, vocabSize: 301 },
    });
    const model = await load(without(files, "tokenizer_config.json"));
    expect(model.weights.embedding.shape).toEqual([301, 51]);
  });

  it("fetches a damaged shard once more", async () => {
    const files = await randomModel();
    const damaged = new MemorySource(
      new Map(files).set(shardName, files.get(shardName)!.slice().fill(0, 0, 9)),
    );
    const good = new MemorySource(files);
    const source: FileSource = {
      id: "twice",
      open: (path, options) => (options.fresh === true ? good.open(path) : damaged.open(path)),
    };
    await loadModel(source, () => undefined, never);
    expect(good.opened).toEqual([shardName]);
  });
});

describe("each fault has its own error", () => {
  it.each<[string, string, RegExp, (files: ModelFiles) => ModelFiles]>([
    ["no config", "bad-config", /mlc-chat-config/, (files) => without(files, "mlc-chat-config.json")],
    [
      "config is a page",
      "bad-config",
      /web page/,
      (files) =>
        new Map(files).set("mlc-chat-config.json", new TextEncoder().encode("<!DOCTYPE html><html>")),
    ],
    [
      "config is no JSON",
      "bad-config",
      /not JSON/,
      (files) => new Map(files).set("mlc-chat-config.json", new TextEncoder().encode("{")),
    ],
    [
      "a size is missing",
      "bad-config",
      /model_config.hidden_size/,
      (files) => changeModel(files, { hidden_size: undefined }),
    ],
    [
      "heads do not divide",
      "bad-config",
      /num_key_value_heads 4/,
      (files) => changeModel(files, { num_key_value_heads: 4 }),
    ],
    [
      "an unknown architecture",
      "unsupported-architecture",
      /"gpt_bigcode".*llama, qwen2, qwen3/,
      (files) => changeConfig(files, { model_type: "gpt_bigcode" }),
    ],
    [
      "an unknown quantization",
      "unsupported-quantization",
      /"q3f16_1".*q4f16_1/,
      (files) => changeConfig(files, { quantization: "q3f16_1" }),
    ],
    [
      "YaRN",
      "unsupported-architecture",
      /yarn/,
      (files) => changeModel(files, { rope_scaling: { type: "yarn" } }),
    ],
    [
      "a sliding window",
      "unsupported-architecture",
      /sliding_window_size is 64/,
      (files) => changeConfig(files, { sliding_window_size: 64 }),
    ],
    [
      "no manifest",
      "bad-manifest",
      /tensor-cache.json \(or ndarray-cache.json\)/,
      (files) => without(files, "tensor-cache.json"),
    ],
    [
      "a shape that lies about its bytes",
      "bad-manifest",
      /embed_tokens.*nbytes/,
      (files) => changeShard(files, ({ records }) => (records[0]!.shape[0]! *= 2)),
    ],
    [
      "a shape that lies consistently",
      "bad-manifest",
      /embed_tokens.*\[52, 512\].*\[512, 52\]/,
      (files) => changeShard(files, ({ records }) => records[0]!.shape.reverse()),
    ],
    [
      "tensors that overlap",
      "bad-manifest",
      /inside the tensor before/,
      (files) => changeShard(files, (_, all) => (all[1]!.records[1]!.byteOffset -= 2)),
    ],
    [
      "a tensor beyond its shard",
      "bad-manifest",
      /beyond the shard/,
      (files) => changeShard(files, ({ records }) => (records.at(-1)!.byteOffset += 2)),
    ],
    [
      "a shard outside the folder",
      "bad-manifest",
      /leaves the model folder/,
      (files) => changeShard(files, (shard) => (shard.dataPath = "../secret.bin")),
    ],
    [
      "an enormous shape",
      "bad-manifest",
      /nbytes/,
      (files) => changeShard(files, ({ records }) => (records[0]!.shape = [2 ** 31, 2 ** 31])),
    ],
    [
      "a missing tensor",
      "missing-tensor",
      /model\.layers\.0\.input_layernorm\.weight/,
      (files) =>
        changeShard(files, (_, all) => {
          for (const shard of all)
            shard.records = shard.records.filter(
              ({ name }) => name !== "model.layers.0.input_layernorm.weight",
            );
        }),
    ],
    [
      "an unknown dtype",
      "bad-manifest",
      /int8/,
      (files) => changeShard(files, ({ records }) => (records[0]!.dtype = "int8")),
    ],
    [
      "a truncated shard",
      "truncated-shard",
      /params_shard_1.bin ends after/,
      (files) => new Map(files).set(shardName, files.get(shardName)!.slice(0, -7)),
    ],
    ["a missing shard", "truncated-shard", /params_shard_1.bin/, (files) => without(files, shardName)],
    [
      "a flipped byte",
      "corrupt-shard",
      /params_shard_1.bin has MD5/,
      (files) => {
        const bytes = files.get(shardName)!.slice();
        bytes[100]! ^= 1;
        return new Map(files).set(shardName, bytes);
      },
    ],
    [
      "bytes too many",
      "corrupt-shard",
      /longer than/,
      (files) => new Map(files).set(shardName, new Uint8Array([...files.get(shardName)!, 0])),
    ],
    ["no tokenizer", "missing-tokenizer", /tokenizer.json/, (files) => without(files, "tokenizer.json")],
    [
      "a tokenizer that is no JSON",
      "bad-tokenizer",
      /tokenizer.json is not JSON/,
      (files) => new Map(files).set("tokenizer.json", new TextEncoder().encode("[")),
    ],
  ])("%s: %s", async (_, kind, message, change) => {
    const files = await randomModel();
    const error = await errorOf(load(change(files)));
    expect([error.kind, error.message]).toEqual([kind, expect.stringMatching(message)]);
    await load(files); // and the next load works
  });
});
