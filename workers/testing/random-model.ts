/** Whole model folders in memory, with random weights of any legal size. */
import { md5 } from "hash-wasm";

import type { ModelConfig, Quantization } from "../../protocol/index.ts";
import { q4Groups } from "../kernels/weight.ts";
import { readTensors } from "../models/weights.ts";
import { byteLevelTokenizer, type TokenizerJson } from "./tiny-tokenizers.ts";

export type ModelFiles = Map<string, Uint8Array<ArrayBuffer>>;

export interface RandomModelOptions {
  readonly config?: Partial<ModelConfig>;
  readonly quantization?: Quantization;
  readonly seed?: number;
  readonly tokenizer?: TokenizerJson;
  /** Tensors are spread over shards of about this size. */
  readonly shardBytes?: number;
  readonly manifestName?: string;
}

/** Small and odd: grouped heads of 8, K = 172 nowhere a multiple of 32. */
export const oddConfig: ModelConfig = {
  architecture: "llama",
  hiddenSize: 52,
  intermediateSize: 172,
  numLayers: 2,
  numHeads: 6,
  numKvHeads: 2,
  headDim: 8,
  vocabSize: 512,
  contextWindow: 128,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  tieWordEmbeddings: true,
  ropeScaling: null,
};

export interface StoredRecord {
  name: string;
  shape: number[];
  dtype: string;
  format: string;
  nbytes: number;
  byteOffset: number;
}

interface StoredTensor {
  readonly record: StoredRecord;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export async function randomModel(options: RandomModelOptions = {}): Promise<ModelFiles> {
  const config = { ...oddConfig, ...options.config };
  const quantization = options.quantization ?? "q0f16";
  const tokenizer = options.tokenizer ?? byteLevelTokenizer();
  const tensors = randomTensors(config, quantization, options.seed ?? 1);
  const files: ModelFiles = new Map();
  const records: unknown[] = [];
  for (const [index, shard] of shards(tensors, options.shardBytes ?? 65_536).entries()) {
    const path = `params_shard_${index}.bin`;
    const bytes = concat(shard.map((tensor) => tensor.bytes));
    let byteOffset = 0;
    for (const { record } of shard) {
      record.byteOffset = byteOffset;
      byteOffset += record.nbytes;
    }
    files.set(path, bytes);
    records.push({
      dataPath: path,
      format: "raw-shard",
      nbytes: bytes.length,
      md5sum: await md5(bytes),
      records: shard.map(({ record }) => record),
    });
  }
  files.set(options.manifestName ?? "tensor-cache.json", json({ metadata: {}, records }));
  files.set("mlc-chat-config.json", json(chatConfig(config, quantization)));
  files.set("tokenizer.json", json(tokenizer.tokenizer));
  files.set("tokenizer_config.json", json(tokenizer.config));
  return files;
}

export const json = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(value));

/** Replaces one JSON file by what `change` makes of it. */
export function changeJson(files: ModelFiles, path: string, change: (value: never) => unknown): ModelFiles {
  const value = JSON.parse(new TextDecoder().decode(files.get(path))) as never;
  return new Map(files).set(path, json(change(value)));
}

/** `mlc-chat-config.json` as mlc-llm writes it. */
function chatConfig(config: ModelConfig, quantization: Quantization): unknown {
  const scaling = config.ropeScaling;
  return {
    model_type: config.architecture,
    quantization,
    model_config: {
      hidden_size: config.hiddenSize,
      intermediate_size: config.intermediateSize,
      num_attention_heads: config.numHeads,
      num_key_value_heads: config.numKvHeads,
      num_hidden_layers: config.numLayers,
      head_dim: config.headDim,
      rms_norm_eps: config.rmsNormEps,
      position_embedding_base: config.ropeTheta,
      rope_scaling:
        scaling === null
          ? null
          : {
              rope_type: "llama3",
              factor: scaling.factor,
              low_freq_factor: scaling.lowFreqFactor,
              high_freq_factor: scaling.highFreqFactor,
              original_max_position_embeddings: scaling.originalMaxPositionEmbeddings,
            },
      tie_word_embeddings: config.tieWordEmbeddings,
      vocab_size: config.vocabSize,
    },
    vocab_size: config.vocabSize,
    context_window_size: config.contextWindow,
    tokenizer_files: ["tokenizer.json", "tokenizer_config.json"],
    conv_template: {
      roles: { user: "<|user|>", assistant: "<|assistant|>" },
      seps: ["<|end|>"],
      stop_token_ids: [0],
    },
    eos_token_id: 0,
  };
}

function randomTensors(config: ModelConfig, quantization: Quantization, seed: number): StoredTensor[] {
  const random = xorshift(seed);
  const tensors: StoredTensor[] = [];
  const dtype = quantization === "q0f16" || quantization === "q4f16_1" ? "float16" : "float32";
  const add = (name: string, shape: number[], type: string, bytes: Uint8Array<ArrayBuffer>) => {
    const record = { name, shape, dtype: type, format: "f32-to-bf16", nbytes: bytes.length, byteOffset: 0 };
    tensors.push({ record, bytes });
  };
  const floats = (name: string, shape: number[], value: () => number) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const bits = Uint16Array.from({ length: count }, () => (dtype === "float16" ? toF16 : toBf16)(value()));
    add(name, shape, dtype, new Uint8Array(bits.buffer));
  };
  const centred = (scale: number) => () => (random() - 0.5) * 2 * scale;
  readTensors(config, {
    matrix: (name, n, k) => {
      // About unit variance through every layer, so that logits tell tokens apart.
      const scale = Math.sqrt(3 / k);
      if (quantization.startsWith("q4")) {
        const words = Uint32Array.from({ length: n * q4Groups(k) * 4 }, () => random() * 2 ** 32);
        add(`${name}.q_weight`, [n, q4Groups(k) * 4], "uint32", new Uint8Array(words.buffer));
        floats(`${name}.q_scale`, [n, q4Groups(k)], () => ((0.5 + random()) * scale) / 7);
      } else {
        floats(`${name}.weight`, [n, k], centred(scale));
      }
      return null;
    },
    vector: (name, length) => {
      floats(name, [length], name.endsWith(".bias") ? centred(0.5) : () => 0.5 + random());
      return null;
    },
    has: () => false,
  });
  return tensors;
}

function shards(tensors: readonly StoredTensor[], shardBytes: number): StoredTensor[][] {
  const all: StoredTensor[][] = [];
  let size = Infinity;
  for (const tensor of tensors) {
    if (size + tensor.record.nbytes > shardBytes) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(tensor);
    size += tensor.record.nbytes;
  }
  return all;
}

function concat(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Numbers in [0, 1), the same for the same seed (Marsaglia's xorshift32). */
export function xorshift(seed: number): () => number {
  let state = seed * 2_654_435_769 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const bitsOf = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;

/** Rounded towards zero, which is good enough for random numbers. */
export const toBf16 = (value: number) => bitsOf(value) >>> 16;

/** Rounded towards zero; below the smallest normal half it is zero. */
export function toF16(value: number): number {
  const bits = bitsOf(value);
  const exponent = ((bits >>> 23) & 255) - 112;
  const sign = (bits >>> 16) & 0x8000;
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >>> 13) & 1023);
}
