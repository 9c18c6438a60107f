/**
 * A model's weights by role, and the names under which MLC stores them. Both runners start here:
 * the CPU runner dequantizes what it finds, the GPU runner uploads it.
 */
import type { ModelConfig } from "../../protocol/index.ts";
import type { HashedMatrix } from "../kernels/hashed-weight.ts";
import type { Weight } from "../kernels/weight.ts";

export interface LayerTensors<Matrix, Vector> {
  /** [hidden] */
  readonly inputNorm: Vector;
  /** [(numHeads + 2 * numKvHeads) * headDim, hidden]: query rows, then key rows, then value rows */
  readonly qkv: Matrix;
  /** [(numHeads + 2 * numKvHeads) * headDim]; Qwen2 has it, Llama and Qwen3 do not. */
  readonly qkvBias: Vector | null;
  /** Qwen3's norms of each query and key head, [headDim]; else null. */
  readonly qkNorm: { readonly q: Vector; readonly k: Vector } | null;
  /** [hidden, numHeads * headDim] */
  readonly output: Matrix;
  /** [hidden] */
  readonly postAttentionNorm: Vector;
  /** [2 * intermediate, hidden]: gate rows, then up rows */
  readonly gateUp: Matrix;
  /** [hidden, intermediate] */
  readonly down: Matrix;
}

export interface ModelTensors<Matrix, Vector> {
  /** [vocabSize, hidden] */
  readonly embedding: Matrix;
  readonly layers: readonly LayerTensors<Matrix, Vector>[];
  /** [hidden] */
  readonly finalNorm: Vector;
  /** [vocabSize, hidden]; the very `embedding` object where the model ties them. */
  readonly lmHead: Matrix;
}

export type LayerWeights = LayerTensors<Weight, Float32Array>;
export type ModelWeights = ModelTensors<Weight, Float32Array>;

/** Weights as a load yields them: stored, or described by a hash. */
export type LoadedWeights = ModelTensors<Weight | HashedMatrix, Float32Array>;

/** What yields a tensor by its MLC name. */
export interface TensorSource<Matrix, Vector> {
  /** `name` without its ending: `.weight`, or `.q_weight` and `.q_scale`. */
  matrix(name: string, n: number, k: number): Matrix;
  /** `name` in full. */
  vector(name: string, length: number): Vector;
  /** Whether there is a tensor of this full name. */
  has(name: string): boolean;
}

/**
 * The one description of the architectures: asks the source for every tensor of the model, by
 * name and shape. A check, a loader, a generator of random weights are sources.
 */
export function readTensors<Matrix, Vector>(
  config: ModelConfig,
  source: TensorSource<Matrix, Vector>,
): ModelTensors<Matrix, Vector> {
  const { hiddenSize, vocabSize } = config;
  const embedding = source.matrix("model.embed_tokens", vocabSize, hiddenSize);
  return {
    embedding,
    layers: Array.from({ length: config.numLayers }, (_, layer) => readLayer(config, layer, source)),
    finalNorm: source.vector("model.norm.weight", hiddenSize),
    lmHead: config.tieWordEmbeddings ? embedding : source.matrix("lm_head", vocabSize, hiddenSize),
  };
}

function readLayer<Matrix, Vector>(
  config: ModelConfig,
  layer: number,
  source: TensorSource<Matrix, Vector>,
): LayerTensors<Matrix, Vector> {
  const { architecture, hiddenSize, intermediateSize, numHeads, numKvHeads, headDim } = config;
  const prefix = `model.layers.${layer}`;
  const attention = `${prefix}.self_attn`;
  const qkv = `${attention}.${architecture === "llama" ? "qkv_proj" : "c_attn"}`;
  const qkvRows = (numHeads + 2 * numKvHeads) * headDim;
  // Llama and Qwen3 have no bias by default, but variants trained with one exist.
  const hasBias = architecture === "qwen2" || source.has(`${qkv}.bias`);
  return {
    inputNorm: source.vector(`${prefix}.input_layernorm.weight`, hiddenSize),
    qkv: source.matrix(qkv, qkvRows, hiddenSize),
    qkvBias: hasBias ? source.vector(`${qkv}.bias`, qkvRows) : null,
    qkNorm:
      architecture === "qwen3"
        ? {
            q: source.vector(`${attention}.q_norm.weight`, headDim),
            k: source.vector(`${attention}.k_norm.weight`, headDim),
          }
        : null,
    output: source.matrix(`${attention}.o_proj`, hiddenSize, numHeads * headDim),
    postAttentionNorm: source.vector(`${prefix}.post_attention_layernorm.weight`, hiddenSize),
    gateUp: source.matrix(`${prefix}.mlp.gate_up_proj`, 2 * intermediateSize, hiddenSize),
    down: source.matrix(`${prefix}.mlp.down_proj`, hiddenSize, intermediateSize),
  };
}

/** Number of parameters; a tied head counts once. */
export function countParams(config: ModelConfig): number {
  let count = 0;
  readTensors(config, {
    matrix: (_, n, k) => (count += n * k),
    vector: (_, length) => (count += length),
    has: () => false,
  });
  return count;
}
