/**
 * Llama models of many shapes and formats, with random weights, from folders as mlc-llm writes
 * them: loaded and served on the GPU, with the tokens and logits of the CPU runner.
 */
import { afterAll, expect, it } from "vitest";

import type { LoadParams, ModelConfig, Prompt, RunnerName } from "../../protocol/index.ts";
import { MemorySource } from "../testing/memory-source.ts";
import {
  changeJson,
  type ModelFiles,
  randomModel,
  type RandomModelOptions,
} from "../testing/random-model.ts";
import { sentencePieceTokenizer } from "../testing/tiny-tokenizers.ts";
import { finished, request, run } from "./contract/requests.ts";
import { PagedBackend } from "./paged.ts";

let files: ModelFiles;
const backend = new PagedBackend({
  gpu: navigator.gpu,
  baseUrl: `${location.origin}/`,
  onDeviceLost: () => undefined,
  openSource: () => new MemorySource(files),
});
afterAll(() => backend.unload());

interface Folder extends RandomModelOptions {
  readonly name: string;
  /** What is different in `mlc-chat-config.json`. */
  readonly chat?: Readonly<Record<string, unknown>>;
  /** What is different in its `model_config`. */
  readonly model?: Readonly<Record<string, unknown>>;
}

const llama3Scaling = {
  factor: 32,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 64,
};
const shape = (config: Partial<ModelConfig>) => config;

const folders: readonly Folder[] = [
  {
    name: "SmolLM2's ratios: 9 heads, 3 of keys, q4f16_1",
    quantization: "q4f16_1",
    config: shape({
      hiddenSize: 72,
      numHeads: 9,
      numKvHeads: 3,
      headDim: 8,
      intermediateSize: 192,
      ropeTheta: 1e5,
    }),
    model: { head_dim: 0 },
  },
  {
    name: "Llama 3.2's way: stretched RoPE, tied, preset template, stop tokens of another vocabulary",
    quantization: "q4f16_1",
    config: shape({
      hiddenSize: 64,
      numHeads: 4,
      numKvHeads: 1,
      headDim: 16,
      intermediateSize: 100,
      ropeTheta: 5e5,
      ropeScaling: llama3Scaling,
    }),
    chat: { conv_template: "llama-3", eos_token_id: [128_001, 128_008, 128_009], bos_token_id: 128_000 },
  },
  {
    name: "TinyLlama's way: SentencePiece, untied, older manifest, many shards, q4f32_1",
    quantization: "q4f32_1",
    tokenizer: sentencePieceTokenizer(),
    manifestName: "ndarray-cache.json",
    shardBytes: 4096,
    config: shape({ numHeads: 8, numKvHeads: 2, tieWordEmbeddings: false, intermediateSize: 171 }),
    model: { position_embedding_base: 0, rope_theta: 10_000 },
  },
  {
    name: "one head, heads of 128, one layer, q0f16",
    quantization: "q0f16",
    config: shape({
      hiddenSize: 40,
      numHeads: 1,
      numKvHeads: 1,
      headDim: 128,
      numLayers: 1,
      intermediateSize: 33,
    }),
  },
  {
    name: "16 heads and as many of keys, not said, eps 1e-6, q0f32",
    quantization: "q0f32",
    config: shape({
      hiddenSize: 128,
      numHeads: 16,
      numKvHeads: 16,
      headDim: 8,
      rmsNormEps: 1e-6,
      tieWordEmbeddings: false,
      vocabSize: 1000,
    }),
    model: { num_key_value_heads: 0, head_dim: undefined },
  },
  {
    name: "heads that do not add up to the hidden size, odd vocabulary, q4f32_1",
    quantization: "q4f32_1",
    config: shape({ hiddenSize: 90, numHeads: 5, numKvHeads: 5, headDim: 26, vocabSize: 515 }),
    chat: { sliding_window_size: -1, prefill_chunk_size: 64 },
  },
];

async function logprobs(runner: RunnerName, prompt: Prompt) {
  const params: LoadParams = { source: { id: "random" }, backend: "paged", runner, policy: {} };
  await backend.load(params, () => undefined, new AbortController().signal);
  const sampling = { maxTokens: 6, logprobs: 10, ignoreEos: true };
  const first = finished(await run(backend, request(prompt, sampling))).choices[0]!;
  const second = finished(await run(backend, request(prompt, sampling))).choices[0]!;
  expect(second.tokenIds).toEqual(first.tokenIds);
  return first;
}

it.each(folders)(
  "$name",
  async ({ chat = {}, model = {}, name, ...options }) => {
    files = changeJson(
      await randomModel({ seed: name.length, ...options }),
      "mlc-chat-config.json",
      (value: { model_config: object }) => ({
        ...value,
        ...chat,
        model_config: { ...value.model_config, ...model },
      }),
    );
    const prompt: Prompt = {
      type: "messages",
      messages: [{ role: "user", content: "the café in the rain, the other on the hill" }],
    };
    const gpu = await logprobs("gpu", prompt);
    const cpu = await logprobs("cpu", prompt);
    expect(gpu.tokenIds).toHaveLength(6);
    expect(gpu.tokenIds).toEqual(cpu.tokenIds);
    expect(gpu.text).toBe(cpu.text);
    for (const [i, top] of gpu.logprobs!.entries()) {
      for (const [rank, { logprob }] of top.entries()) {
        expect(Math.abs(logprob - cpu.logprobs![i]![rank]!.logprob)).toBeLessThan(1e-3);
      }
    }
  },
  600_000,
);
