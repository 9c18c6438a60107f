/**
 * Folders in Hugging Face's format, on the CPU runner, against the plain loops of
 * `workers/testing/plain-decoder.ts` (tolerance: 1e-5 of the largest logit), and each fault's error.
 */
import { describe, expect, it } from "vitest";

import type { LoadProgress } from "../../protocol/index.ts";
import { errorOf } from "../testing/error-of.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { oddPrompt } from "../testing/odd-models.ts";
import { safetensorsLogits } from "../testing/plain-model.ts";
import { changeJson, json, type ModelFiles } from "../testing/random-model.ts";
import {
  changeHeader,
  type HeaderEntry,
  randomSafetensors,
  type RandomSafetensorsOptions,
} from "../testing/random-safetensors.ts";
import { CpuRunner } from "./cpu-runner.ts";
import { loadModel } from "./load-model.ts";
import { greedy } from "./testing/goldens.ts";
import { largestError } from "./testing/largest-error.ts";

const never = new AbortController().signal;
const load = (files: ModelFiles) =>
  loadModel(new MemorySource(files, { chunkSize: 1000 }), () => undefined, never);

const llama3Scaling = {
  factor: 8,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 32,
};

const good: readonly (RandomSafetensorsOptions & { name: string })[] = [
  { name: "llama, bf16, stretched RoPE", config: { ropeScaling: llama3Scaling } },
  {
    name: "llama, f32, untied, three files",
    dtype: "F32",
    numFiles: 3,
    config: { tieWordEmbeddings: false },
  },
  {
    name: "qwen2, f16, biases",
    dtype: "F16",
    config: { architecture: "qwen2", headDim: 26, hiddenSize: 33 },
  },
  {
    name: "qwen3, bf16, norms of heads of 130, two files",
    numFiles: 2,
    config: { architecture: "qwen3", headDim: 130, numHeads: 2, numKvHeads: 1 },
  },
];

it.each(good)("$name gives the logits of plain loops", async (options) => {
  const files = randomSafetensors(options);
  const { description, weights } = await load(files);
  const tokenIds = oddPrompt(17, description.config.vocabSize);
  const runner = new CpuRunner(description.config, weights);
  await runner.allocateKv({ numBlocks: 5, blockSize: 4 });
  const [logits] = runner.logits([
    { tokenIds, startPosition: 0, blockTable: [4, 1, 3, 0, 2], sampler: greedy },
  ]);
  expect(largestError(logits!, safetensorsLogits(files, tokenIds)[16]!)).toBeLessThan(1e-5);
});

describe("a good folder", () => {
  it("tells what it holds, with progress to the last byte", async () => {
    const seen: LoadProgress[] = [];
    const files = randomSafetensors({ numFiles: 2 });
    const model = await loadModel(new MemorySource(files), (one) => seen.push(one), never);
    expect(model.description).toMatchObject({
      quantization: "bf16",
      stopTokenIds: [0, 9],
      sampling: { temperature: 0.6, topP: null },
    });
    expect(model.weightsHash).toMatch(/^[0-9a-f]{32}$/);
    expect(model.weightBytes).toBe(model.numParams * 2);
    expect(seen.at(-1)!.loadedBytes).toBeGreaterThanOrEqual(model.weightBytes);
    expect(seen.at(-1)!.totalBytes).toBe(seen.at(-1)!.loadedBytes);
  });

  it("is the same however it is cut, its header too", async () => {
    const files = randomSafetensors({ numFiles: 2 });
    const whole = await load(files);
    const { weights } = await loadModel(new MemorySource(files, { chunkSize: 3 }), () => undefined, never);
    expect(weights).toEqual(whole.weights);
  });

  it("has names without `model.`, a head that is stored although it is tied, and no generation config", async () => {
    const files = randomSafetensors({ prefix: "", config: { tieWordEmbeddings: false } });
    files.delete("generation_config.json");
    const tied = changeJson(files, "config.json", (config: object) => ({
      ...config,
      tie_word_embeddings: true,
    }));
    const { weights } = await load(tied);
    expect(weights.lmHead).toBe(weights.embedding);
  });

  it("reads rope_parameters of transformers 5", async () => {
    const files = changeJson(
      randomSafetensors(),
      "config.json",
      ({ rope_theta, rope_scaling, ...rest }: Record<string, unknown>) => ({
        ...rest,
        rope_parameters: {
          rope_type: "llama3",
          rope_theta: 77,
          factor: 2,
          low_freq_factor: 1,
          high_freq_factor: 4,
          original_max_position_embeddings: 64,
        },
        unused: [rope_theta, rope_scaling],
      }),
    );
    const { config } = (await load(files)).description;
    expect([config.ropeTheta, config.ropeScaling?.factor]).toEqual([77, 2]);
  });
});

const changeConfig = (files: ModelFiles, change: object) =>
  changeJson(files, "config.json", (config: object) => ({ ...config, ...change }));
const weightsName = "model.safetensors";
const changeWeights = (files: ModelFiles, change: (header: Record<string, HeaderEntry>) => unknown) =>
  new Map(files).set(weightsName, changeHeader(files.get(weightsName)!, change));
const first = "model.embed_tokens.weight";
const changeEntry = (files: ModelFiles, name: string, change: (entry: HeaderEntry) => void) =>
  changeWeights(files, (header) => {
    change(header[name]!);
    return header;
  });
const rename = (files: ModelFiles, from: string, to: string) =>
  changeWeights(files, (header) =>
    Object.fromEntries(Object.entries(header).map(([name, entry]) => [name === from ? to : name, entry])),
  );
const cut = (files: ModelFiles, start: number, end?: number) =>
  new Map(files).set(weightsName, files.get(weightsName)!.slice(start, end));

describe("each fault has its own error", () => {
  it.each<[string, string, RegExp, (files: ModelFiles) => ModelFiles]>([
    [
      "no config at all",
      "bad-config",
      /config.json/,
      (files) => new Map([...files].filter(([path]) => path !== "config.json")),
    ],
    [
      "config is no JSON",
      "bad-config",
      /config.json is not JSON/,
      (files) => new Map(files).set("config.json", new TextEncoder().encode("{")),
    ],
    [
      "a hybrid",
      "unsupported-architecture",
      /"qwen3_5", a hybrid/,
      (files) => changeConfig(files, { model_type: "qwen3_5" }),
    ],
    [
      "layers without full attention",
      "unsupported-architecture",
      /linear_attention/,
      (files) => changeConfig(files, { layer_types: ["full_attention", "linear_attention"] }),
    ],
    [
      "YaRN",
      "unsupported-architecture",
      /yarn/,
      (files) => changeConfig(files, { rope_scaling: { rope_type: "yarn", factor: 4 } }),
    ],
    [
      "a used sliding window",
      "unsupported-architecture",
      /sliding_window_size is 32/,
      (files) => changeConfig(files, { use_sliding_window: true }),
    ],
    [
      "8-bit weights",
      "unsupported-quantization",
      /quantization_config/,
      (files) => changeConfig(files, { quantization_config: { bits: 8 } }),
    ],
    [
      "another size",
      "bad-manifest",
      /embed_tokens.*\[512, 52\].*\[512, 60\]/,
      (files) => changeConfig(files, { hidden_size: 60 }),
    ],
    [
      "a header of terabytes",
      "bad-manifest",
      /claims 1099511627776 bytes/,
      (files) => {
        const bytes = files.get(weightsName)!.slice();
        new DataView(bytes.buffer).setBigUint64(0, 2n ** 40n, true);
        return new Map(files).set(weightsName, bytes);
      },
    ],
    [
      "a header that is no JSON",
      "bad-manifest",
      /header is not JSON/,
      (files) => {
        const bytes = files.get(weightsName)!.slice();
        bytes[8] = 120;
        return new Map(files).set(weightsName, bytes);
      },
    ],
    [
      "no tensor",
      "bad-manifest",
      /no tensor in it/,
      (files) => changeWeights(files, () => ({ __metadata__: {} })),
    ],
    [
      "tensors that overlap",
      "bad-manifest",
      /input_layernorm.* starts at byte/,
      (files) =>
        changeEntry(
          files,
          "model.layers.0.input_layernorm.weight",
          (entry) => (entry.data_offsets = [entry.data_offsets[0] - 2, entry.data_offsets[1] - 2]),
        ),
    ],
    [
      "a shape that lies about its bytes",
      "bad-manifest",
      /is 106496 bytes, not 53248/,
      (files) => changeEntry(files, first, (entry) => (entry.shape[0]! *= 2)),
    ],
    [
      "a shape that lies consistently",
      "bad-manifest",
      /\[52, 512\].*\[512, 52\]/,
      (files) => changeEntry(files, first, ({ shape }) => shape.reverse()),
    ],
    [
      "an enormous shape",
      "bad-manifest",
      /max|Too big|bytes/,
      (files) => changeEntry(files, first, (entry) => (entry.shape = [2 ** 32, 2 ** 32])),
    ],
    [
      "integers for weights",
      "bad-manifest",
      /I16; supported: BF16, F16, F32/,
      (files) => changeEntry(files, first, (entry) => (entry.dtype = "I16")),
    ],
    [
      "an unknown dtype",
      "bad-manifest",
      /dtype Q3, which is unknown/,
      (files) => changeEntry(files, first, (entry) => (entry.dtype = "Q3")),
    ],
    [
      "neighbours of other types",
      "bad-manifest",
      /stored as f16, its neighbours/,
      (files) =>
        changeEntry(files, "model.layers.0.self_attn.k_proj.weight", (entry) => (entry.dtype = "F16")),
    ],
    [
      "a missing tensor",
      "missing-tensor",
      /model\.layers\.1\.self_attn\.k_proj\.weight/,
      (files) => rename(files, "model.layers.1.self_attn.k_proj.weight", "model.rotary_emb.inv_freq"),
    ],
    [
      "a tensor too many",
      "bad-manifest",
      /o_proj\.bias, which its config does not/,
      () =>
        changeConfig(
          rename(
            randomSafetensors({ config: { tieWordEmbeddings: false } }),
            "lm_head.weight",
            "model.layers.1.self_attn.o_proj.bias",
          ),
          { tie_word_embeddings: true },
        ),
    ],
    ["a cut header", "truncated-shard", /within its header/, (files) => cut(files, 0, 500)],
    ["cut weights", "truncated-shard", /ends after \d+ of \d+ bytes/, (files) => cut(files, 0, -3)],
    [
      "bytes too many",
      "corrupt-shard",
      /longer than its header/,
      (files) => new Map(files).set(weightsName, new Uint8Array([...files.get(weightsName)!, 0])),
    ],
    [
      "no weights",
      "truncated-shard",
      /model.safetensors: not there/,
      (files) => new Map([...files].filter(([path]) => path !== weightsName)),
    ],
    [
      "an index that leaves the folder",
      "bad-manifest",
      /leaves the model folder/,
      (files) =>
        new Map(files).set("model.safetensors.index.json", json({ weight_map: { [first]: "../secret" } })),
    ],
    [
      "an index without a tensor",
      "missing-tensor",
      /has no tensor|have no tensor/,
      (files) =>
        new Map(files).set("model.safetensors.index.json", json({ weight_map: { [first]: weightsName } })),
    ],
    [
      "an index that is no JSON",
      "bad-manifest",
      /index.json is not JSON/,
      (files) => new Map(files).set("model.safetensors.index.json", new TextEncoder().encode("[")),
    ],
  ])("%s: %s", async (_, kind, message, change) => {
    const files = randomSafetensors();
    const error = await errorOf(load(change(files)));
    expect([error.kind, error.message]).toEqual([kind, expect.stringMatching(message)]);
    await load(files); // and the next load works
  });
});
