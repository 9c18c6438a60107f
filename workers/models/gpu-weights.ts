/** A model's weights on the GPU. */
import type { ModelConfig } from "../../protocol/index.ts";
import type { GpuMemory } from "../gpu/memory.ts";
import type { HashFiller } from "../kernels/fill-hash.ts";
import type { HashedMatrix } from "../kernels/hashed-weight.ts";
import { strideOf } from "../kernels/kernel.ts";
import { fillWeight, type GpuWeight, uploadWeight } from "../kernels/packed-weight.ts";
import type { Weight } from "../kernels/weight.ts";
import type { LoadedWeights } from "./weights.ts";

export interface GpuLayer {
  readonly inputNorm: GPUBuffer;
  readonly qkv: GpuWeight;
  readonly qkvBias: GPUBuffer | null;
  /** f32[2, headDim]: query's, then key's */
  readonly qkNorm: GPUBuffer | null;
  readonly output: GpuWeight;
  readonly postAttentionNorm: GPUBuffer;
  readonly gateUp: GpuWeight;
  readonly down: GpuWeight;
}

export interface GpuModelWeights {
  readonly embedding: GpuWeight;
  readonly layers: readonly GpuLayer[];
  readonly finalNorm: GPUBuffer;
  /** The same object as `embedding` where the model ties them. */
  readonly lmHead: GpuWeight;
}

export function uploadModel(
  memory: GpuMemory,
  config: ModelConfig,
  weights: LoadedWeights,
  mostBytesPerBuffer: number,
  filler: HashFiller,
): GpuModelWeights {
  const matrix = (label: string, weight: Weight | HashedMatrix) =>
    weight.format === "hashed"
      ? fillWeight(memory, label, weight, mostBytesPerBuffer, filler)
      : uploadWeight(memory, label, weight, mostBytesPerBuffer);
  const vector = (label: string, values: Float32Array, width = strideOf(values.length)) => {
    const padded = new Float32Array(width);
    padded.set(values);
    return memory.upload(label, padded);
  };
  const embedding = matrix("embedding", weights.embedding);
  const layers = weights.layers.map((layer, index): GpuLayer => {
    const name = (role: string) => `layer ${index} ${role}`;
    const norms = layer.qkNorm;
    return {
      inputNorm: vector(name("input norm"), layer.inputNorm),
      qkv: matrix(name("qkv"), layer.qkv),
      qkvBias: layer.qkvBias === null ? null : vector(name("qkv bias"), layer.qkvBias),
      qkNorm:
        norms === null
          ? null
          : vector(name("qk norm"), Float32Array.of(...norms.q, ...norms.k), 2 * config.headDim),
      output: matrix(name("output"), layer.output),
      postAttentionNorm: vector(name("post-attention norm"), layer.postAttentionNorm),
      gateUp: matrix(name("gate up"), layer.gateUp),
      down: matrix(name("down"), layer.down),
    };
  });
  return {
    embedding,
    layers,
    finalNorm: vector("final norm", weights.finalNorm),
    lmHead: weights.lmHead === weights.embedding ? embedding : matrix("lm head", weights.lmHead),
  };
}
