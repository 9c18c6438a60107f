/**
 * The independent reference: a decoder in plain loops and double precision over a whole sequence,
 * with no cache, no batch and no code of the engine. Written from the formulas of transformers
 * (`modeling_llama.py`, `modeling_qwen2.py`, `modeling_qwen3.py`, `modeling_rope_utils.py`).
 */
import type { ReadValues } from "./stored-values.ts";

/** What the configs of both formats call the sizes. */
export interface PlainConfig {
  readonly model_type: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly num_hidden_layers: number;
  readonly head_dim: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly vocab_size: number;
  readonly tie_word_embeddings: boolean;
  readonly rope_scaling: {
    readonly factor: number;
    readonly low_freq_factor: number;
    readonly high_freq_factor: number;
    readonly original_max_position_embeddings: number;
  } | null;
}

/** Rows of numbers, one a token. */
type Rows = readonly Float64Array[];

/** How the tensors of a layer are found. */
export interface PlainNames {
  /** The q, k and v projections of a layer: their weights, or their biases. */
  qkv(layer: string, ending: "weight" | "bias"): { q: Float64Array; k: Float64Array; v: Float64Array };
  gateUp(layer: string): { gate: Float64Array; up: Float64Array };
}

/** The logits after every token: f64[tokens][vocab_size]. */
export function plainLogits(
  config: PlainConfig,
  read: ReadValues,
  names: PlainNames,
  tokenIds: readonly number[],
): Rows {
  const { hidden_size: hidden, rms_norm_eps: eps } = config;
  const embedding = read("model.embed_tokens.weight");
  const width = embedding.length / config.vocab_size;
  let x: Rows = tokenIds.map((id) => embedding.slice(id * width, id * width + hidden));
  for (let i = 0; i < config.num_hidden_layers; i += 1) {
    const layer = `model.layers.${i}`;
    const normed = norm(x, read(`${layer}.input_layernorm.weight`), eps);
    x = add(
      x,
      linear(attention(config, read, names, layer, normed), read(`${layer}.self_attn.o_proj.weight`), hidden),
    );
    const { gate, up } = names.gateUp(layer);
    const middle = norm(x, read(`${layer}.post_attention_layernorm.weight`), eps);
    const gates = linear(middle, gate, config.intermediate_size);
    const ups = linear(middle, up, config.intermediate_size);
    const active = gates.map((row, t) => row.map((g, c) => (g / (1 + Math.exp(-g))) * ups[t]![c]!));
    x = add(x, linear(active, read(`${layer}.mlp.down_proj.weight`), hidden));
  }
  const head = config.tie_word_embeddings ? embedding : read("lm_head.weight");
  return linear(norm(x, read("model.norm.weight"), eps), head, config.vocab_size);
}

function attention(config: PlainConfig, read: ReadValues, names: PlainNames, layer: string, x: Rows): Rows {
  const { head_dim: size, num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
  const weights = names.qkv(layer, "weight");
  let q = linear(x, weights.q, heads * size);
  let k = linear(x, weights.k, kvHeads * size);
  let v = linear(x, weights.v, kvHeads * size);
  if (config.model_type === "qwen2") {
    const bias = names.qkv(layer, "bias");
    q = q.map((row) => row.map((value, i) => value + bias.q[i]!));
    k = k.map((row) => row.map((value, i) => value + bias.k[i]!));
    v = v.map((row) => row.map((value, i) => value + bias.v[i]!));
  }
  const head = (rows: Rows, index: number) => rows.map((row) => row.slice(index * size, (index + 1) * size));
  const turned = (rows: Rows, index: number, normName: string) => {
    const own = head(rows, index);
    const isNormed = config.model_type === "qwen3";
    return rotate(
      config,
      isNormed ? norm(own, read(`${layer}.self_attn.${normName}.weight`), config.rms_norm_eps) : own,
    );
  };
  const out = x.map(() => new Float64Array(heads * size));
  for (let h = 0; h < heads; h += 1) {
    const kvHead = Math.floor(h / (heads / kvHeads));
    const queries = turned(q, h, "q_norm");
    const keys = turned(k, kvHead, "k_norm");
    const values = head(v, kvHead);
    for (const [t, query] of queries.entries()) {
      const scores = keys.slice(0, t + 1).map((key) => dot(query, key) / Math.sqrt(size));
      const most = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - most));
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (let c = 0; c < size; c += 1) {
        out[t]![h * size + c] = powers.reduce((sum, power, s) => sum + (power / total) * values[s]![c]!, 0);
      }
    }
  }
  return out;
}

/** `x * cos + rotate_half(x) * sin`, row t at position t. */
function rotate(config: PlainConfig, rows: Rows): Rows {
  const size = config.head_dim;
  return rows.map((row, t) =>
    row.map((value, i) => {
      const angle = t * inverseFrequency(config, i % (size / 2));
      const other = i < size / 2 ? -row[i + size / 2]! : row[i - size / 2]!;
      return value * Math.cos(angle) + other * Math.sin(angle);
    }),
  );
}

function inverseFrequency(
  { head_dim, rope_theta, rope_scaling: scaling }: PlainConfig,
  pair: number,
): number {
  const frequency = 1 / rope_theta ** ((2 * pair) / head_dim);
  if (scaling === null) return frequency;
  const length = scaling.original_max_position_embeddings;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < length / scaling.high_freq_factor) return frequency;
  if (wavelength > length / scaling.low_freq_factor) return frequency / scaling.factor;
  const smooth =
    (length / wavelength - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
  return (1 - smooth) * (frequency / scaling.factor) + smooth * frequency;
}

function norm(rows: Rows, weight: Float64Array, eps: number): Rows {
  return rows.map((row) => {
    const scale = 1 / Math.sqrt(dot(row, row) / row.length + eps);
    return row.map((value, i) => value * scale * weight[i]!);
  });
}

/** rows · weightᵀ; a row of the weight may be longer than x (padding of quantized groups). */
function linear(rows: Rows, weight: Float64Array, numOut: number): Rows {
  const width = weight.length / numOut;
  return rows.map((row) =>
    Float64Array.from({ length: numOut }, (_, n) => {
      let sum = 0;
      for (let k = 0; k < row.length; k += 1) sum += row[k]! * weight[n * width + k]!;
      return sum;
    }),
  );
}

const add = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((value, i) => value + b[t]![i]!));

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
