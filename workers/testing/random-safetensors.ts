/** Whole folders as Hugging Face's transformers write them, in memory, with random weights. */
import type { ModelConfig } from "../../protocol/index.ts";
import { json, type ModelFiles, oddConfig, toBf16, toF16, xorshift } from "./random-model.ts";
import { byteLevelTokenizer } from "./tiny-tokenizers.ts";

type Dtype = "BF16" | "F16" | "F32";

export interface RandomSafetensorsOptions {
  readonly config?: Partial<ModelConfig>;
  readonly dtype?: Dtype;
  readonly seed?: number;
  /** More than one come with an index. */
  readonly numFiles?: number;
  /** `model.` in front of the names. */
  readonly prefix?: string;
}

export interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export function randomSafetensors(options: RandomSafetensorsOptions = {}): ModelFiles {
  const config = { ...oddConfig, ...options.config };
  const { dtype = "BF16", numFiles = 1, prefix = "model." } = options;
  const random = xorshift(options.seed ?? 1);
  const names = [...tensorShapes(config, prefix)];
  const tensors = names.map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const [isNorm, isBias] = [name.includes("norm"), name.endsWith(".bias")];
    const scale = isBias ? 0.5 : Math.sqrt(3 / (shape[1] ?? 1));
    const value = () => (isNorm ? 0.5 + random() : (random() - 0.5) * 2 * scale);
    return { name, shape, bytes: encode(Float32Array.from({ length: count }, value), dtype) };
  });
  const files: ModelFiles = new Map();
  const map: Record<string, string> = {};
  for (let file = 0; file < numFiles; file += 1) {
    const own = tensors.filter((_, index) => index % numFiles === file);
    const path =
      numFiles === 1 ? "model.safetensors" : `model-0000${file + 1}-of-0000${numFiles}.safetensors`;
    for (const { name } of own) map[name] = path;
    files.set(path, safetensors(own, dtype));
  }
  if (numFiles > 1) {
    const total_size = tensors.reduce((sum, { bytes }) => sum + bytes.length, 0);
    files.set("model.safetensors.index.json", json({ metadata: { total_size }, weight_map: map }));
  }
  const tokenizer = byteLevelTokenizer();
  files.set("config.json", json(hfConfig(config)));
  files.set("generation_config.json", json({ eos_token_id: [0, 9], temperature: 0.6 }));
  files.set("tokenizer.json", json(tokenizer.tokenizer));
  files.set("tokenizer_config.json", json(tokenizer.config));
  return files;
}

/** The same file with another header; the data behind it stays. */
export function changeHeader(
  bytes: Uint8Array<ArrayBuffer>,
  change: (header: Record<string, HeaderEntry>) => unknown,
): Uint8Array<ArrayBuffer> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
    string,
    HeaderEntry
  >;
  return withHeader(json(change(header)), bytes.subarray(8 + length));
}

function withHeader(header: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(8 + header.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  out.set(data, 8 + header.length);
  return out;
}

function safetensors(
  tensors: readonly { name: string; shape: number[]; bytes: Uint8Array }[],
  dtype: Dtype,
): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(tensors.reduce((sum, { bytes }) => sum + bytes.length, 0));
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const { name, shape, bytes } of tensors) {
    data.set(bytes, offset);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  return withHeader(json(header), data);
}

/** Stored name and shape of every tensor, as transformers write them. */
export function* tensorShapes(config: ModelConfig, prefix: string): Generator<[string, number[]]> {
  const { architecture, hiddenSize, intermediateSize, vocabSize, headDim } = config;
  const [q, kv] = [config.numHeads * headDim, config.numKvHeads * headDim];
  yield [`${prefix}embed_tokens.weight`, [vocabSize, hiddenSize]];
  for (let i = 0; i < config.numLayers; i += 1) {
    const layer = `${prefix}layers.${i}`;
    yield [`${layer}.input_layernorm.weight`, [hiddenSize]];
    for (const [name, rows] of [
      ["q_proj", q],
      ["k_proj", kv],
      ["v_proj", kv],
    ] as const) {
      yield [`${layer}.self_attn.${name}.weight`, [rows, hiddenSize]];
      if (architecture === "qwen2") yield [`${layer}.self_attn.${name}.bias`, [rows]];
    }
    if (architecture === "qwen3") {
      yield [`${layer}.self_attn.q_norm.weight`, [headDim]];
      yield [`${layer}.self_attn.k_norm.weight`, [headDim]];
    }
    yield [`${layer}.self_attn.o_proj.weight`, [hiddenSize, q]];
    yield [`${layer}.post_attention_layernorm.weight`, [hiddenSize]];
    yield [`${layer}.mlp.gate_proj.weight`, [intermediateSize, hiddenSize]];
    yield [`${layer}.mlp.up_proj.weight`, [intermediateSize, hiddenSize]];
    yield [`${layer}.mlp.down_proj.weight`, [hiddenSize, intermediateSize]];
  }
  yield [`${prefix}norm.weight`, [hiddenSize]];
  if (!config.tieWordEmbeddings) yield ["lm_head.weight", [vocabSize, hiddenSize]];
}

function encode(values: Float32Array, dtype: Dtype): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer);
  return new Uint8Array(Uint16Array.from(values, dtype === "F16" ? toF16 : toBf16).buffer);
}

/** `config.json` */
export function hfConfig(config: ModelConfig): unknown {
  const scaling = config.ropeScaling;
  return {
    architectures: ["ForCausalLM"],
    model_type: config.architecture,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_attention_heads: config.numHeads,
    num_key_value_heads: config.numKvHeads,
    num_hidden_layers: config.numLayers,
    head_dim: config.headDim,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
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
    max_position_embeddings: config.contextWindow,
    tie_word_embeddings: config.tieWordEmbeddings,
    vocab_size: config.vocabSize,
    hidden_act: "silu",
    sliding_window: 32,
    use_sliding_window: false,
    eos_token_id: 0,
  };
}
