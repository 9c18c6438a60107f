/**
 * The kernels' references put together: the oracle of the tests, and what the app falls back to
 * where there is no adapter. Weights become f32 once, at construction.
 */
import { InferscopeError, type ModelConfig } from "../../protocol/index.ts";
import type {
  FailedSample,
  KvShape,
  ModelRunner,
  RunnerOutput,
  SampledToken,
  SequenceInput,
} from "../engine/model-runner.ts";
import { indexAt } from "../kernels/array.ts";
import { embedding } from "../kernels/embedding.reference.ts";
import { type HashedMatrix, materialized } from "../kernels/hashed-weight.ts";
import { matmul } from "../kernels/matmul.reference.ts";
import { pagedAttention } from "../kernels/paged-attention.reference.ts";
import { rmsNorm } from "../kernels/rms-norm.reference.ts";
import { ropeFrequencies } from "../kernels/rope-frequencies.ts";
import { type KvCache, ropeKv } from "../kernels/rope-kv.reference.ts";
import { sample } from "../kernels/sample.reference.ts";
import { siluMul } from "../kernels/silu-mul.reference.ts";
import { dequantized, type Weight } from "../kernels/weight.ts";
import { logitsNotFinite, nothingAllowed } from "./not-finite.ts";
import type { LayerWeights, LoadedWeights, ModelWeights } from "./weights.ts";

/** Most memory that the KV pool may take. */
const maxKvBytes = 2 ** 30;

/** What the layers need to know of a batch. */
interface Batch {
  readonly sequences: readonly SequenceInput[];
  readonly tokenIds: readonly number[];
  readonly positions: readonly number[];
  readonly slotMapping: readonly number[];
}

export class CpuRunner implements ModelRunner {
  readonly vocabSize: number;
  readonly contextWindow: number;
  readonly kvBytesPerToken: number;
  readonly #config: ModelConfig;
  readonly #weights: ModelWeights;
  readonly #frequencies: Float32Array;
  #blockSize = 0;
  #caches: KvCache[] = [];

  constructor(config: ModelConfig, weights: LoadedWeights) {
    this.#config = config;
    this.#weights = dequantizedWeights(weights);
    this.#frequencies = ropeFrequencies(config.headDim, config.ropeTheta, config.ropeScaling);
    this.vocabSize = config.vocabSize;
    this.contextWindow = config.contextWindow;
    this.kvBytesPerToken = 2 * config.numLayers * config.numKvHeads * config.headDim * 4;
  }

  maxNumBlocks(blockSize: number): number {
    return Math.max(1, Math.floor(maxKvBytes / (blockSize * this.kvBytesPerToken)));
  }

  // Async only because the interface is: a GPU needs to wait.
  allocateKv({ numBlocks, blockSize }: KvShape): Promise<void> {
    const size = numBlocks * blockSize * this.#config.numKvHeads * this.#config.headDim;
    this.#caches = [];
    try {
      this.#caches = this.#weights.layers.map(() => ({
        keys: new Float32Array(size),
        values: new Float32Array(size),
      }));
    } catch (cause) {
      return Promise.reject(
        new InferscopeError("out-of-memory", `${numBlocks} KV blocks of ${blockSize} tokens do not fit`, {
          hint: "Give the KV pool fewer blocks.",
          cause,
        }),
      );
    }
    this.#blockSize = blockSize;
    return Promise.resolve();
  }

  run(sequences: readonly SequenceInput[]): Promise<RunnerOutput> {
    const logits = this.logits(sequences);
    const samples = sequences.map(({ sampler }, index): SampledToken | FailedSample | null => {
      const row = logits[index];
      if (sampler === null || row === undefined || row === null) return null;
      if (!row.every(Number.isFinite)) return { error: logitsNotFinite() };
      return allowsAny(sampler.allowedTokens, row.length)
        ? sample(row, sampler)
        : { error: nothingAllowed() };
    });
    return Promise.resolve({
      samples,
      encodeMs: 0,
      maskUploadMs: 0,
      gpuMs: null,
      readbackMs: 0,
      numDispatches: 0,
    });
  }

  /** One step; f32[vocabSize] after the last token of each sequence that has a sampler, else null. */
  logits(sequences: readonly SequenceInput[]): (Float32Array | null)[] {
    const { rmsNormEps, hiddenSize } = this.#config;
    const batch = flatten(sequences, this.#blockSize);
    let x = embedding(batch.tokenIds, this.#weights.embedding);
    for (const [index, layer] of this.#weights.layers.entries()) {
      const cache = this.#caches[index];
      if (cache === undefined) throw new InferscopeError("internal", "run before allocateKv");
      x = this.#layer(layer, x, batch, cache);
    }
    let end = 0;
    return sequences.map(({ tokenIds, sampler }) => {
      end += tokenIds.length;
      if (sampler === null) return null;
      const last = rmsNorm(
        x.subarray((end - 1) * hiddenSize, end * hiddenSize),
        this.#weights.finalNorm,
        rmsNormEps,
      );
      return matmul({ x: last, weight: this.#weights.lmHead });
    });
  }

  destroy(): void {
    this.#caches = [];
  }

  /** x: f32[M, hidden] -> f32[M, hidden] */
  #layer(layer: LayerWeights, x: Float32Array, batch: Batch, cache: KvCache): Float32Array {
    const { rmsNormEps: eps, intermediateSize } = this.#config;
    const qkv = matmul({
      x: rmsNorm(x, layer.inputNorm, eps),
      weight: layer.qkv,
      bias: layer.qkvBias,
    });
    const queries = ropeKv({
      shape: this.#config,
      qkv,
      positions: batch.positions,
      slotMapping: batch.slotMapping,
      frequencies: this.#frequencies,
      qkNorm: layer.qkNorm === null ? null : { ...layer.qkNorm, eps },
      cache,
    });
    const attention = pagedAttention({
      shape: this.#config,
      blockSize: this.#blockSize,
      queries,
      sequences: batch.sequences.map(({ tokenIds, startPosition, blockTable }) => ({
        numQueries: tokenIds.length,
        contextLen: startPosition + tokenIds.length,
        blockTable,
      })),
      cache,
    });
    const attended = matmul({ x: attention, weight: layer.output, residual: x });
    const gateUp = matmul({ x: rmsNorm(attended, layer.postAttentionNorm, eps), weight: layer.gateUp });
    return matmul({ x: siluMul(gateUp, intermediateSize), weight: layer.down, residual: attended });
  }
}

function allowsAny(mask: Uint32Array | null, vocabSize: number): boolean {
  if (mask === null) return true;
  const numWhole = vocabSize >>> 5;
  const last = (mask[numWhole] ?? 0) & (2 ** (vocabSize & 31) - 1);
  return last !== 0 || mask.subarray(0, numWhole).some((word) => word !== 0);
}

function flatten(sequences: readonly SequenceInput[], blockSize: number): Batch {
  const tokenIds: number[] = [];
  const positions: number[] = [];
  const slotMapping: number[] = [];
  for (const sequence of sequences) {
    for (const [offset, tokenId] of sequence.tokenIds.entries()) {
      const position = sequence.startPosition + offset;
      const block = indexAt(sequence.blockTable, Math.floor(position / blockSize));
      tokenIds.push(tokenId);
      positions.push(position);
      slotMapping.push(block * blockSize + (position % blockSize));
    }
  }
  return { sequences, tokenIds, positions, slotMapping };
}

/** Every matrix as f32; a tied head stays one array. */
function dequantizedWeights(weights: LoadedWeights): ModelWeights {
  const matrix = (weight: Weight | HashedMatrix): Weight =>
    dequantized(weight.format === "hashed" ? materialized(weight) : weight);
  const embeddingF32 = matrix(weights.embedding);
  return {
    embedding: embeddingF32,
    layers: weights.layers.map((layer) => ({
      ...layer,
      qkv: matrix(layer.qkv),
      output: matrix(layer.output),
      gateUp: matrix(layer.gateUp),
      down: matrix(layer.down),
    })),
    finalNorm: weights.finalNorm,
    lmHead: weights.lmHead === weights.embedding ? embeddingF32 : matrix(weights.lmHead),
  };
}
