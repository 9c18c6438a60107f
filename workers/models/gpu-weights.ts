/** A model's weights on the GPU. */
import type { ModelConfig } from "../../protocol/index.ts";
import type { Upload } from "../gpu/upload.ts";
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

export interface ModelUpload {
  readonly upload: Upload;
  readonly config: ModelConfig;
  readonly mostBytesPerBuffer: number;
  readonly filler: HashFiller;
  /** Told of each tensor once it is uploaded. */
  readonly onUploaded: (tensor: Weight | HashedMatrix | Float32Array) => void;
}

/** Tensor by tensor; rejects with what `Upload` does. */
export async function uploadModel(
  weights: LoadedWeights,
  { upload, config, mostBytesPerBuffer, filler, onUploaded }: ModelUpload,
): Promise<GpuModelWeights> {
  const matrix = async (label: string, weight: Weight | HashedMatrix): Promise<GpuWeight> => {
    const uploaded =
      weight.format === "hashed"
        ? await fillWeight(upload, label, weight, mostBytesPerBuffer, filler)
        : await uploadWeight(upload, label, weight, mostBytesPerBuffer);
    onUploaded(weight);
    return uploaded;
  };
  const vector = (label: string, values: readonly Float32Array[], padsTo?: number): GPUBuffer => {
    const length = values.reduce((sum, part) => sum + part.length, 0);
    const padded = new Float32Array(padsTo ?? strideOf(length));
    let at = 0;
    for (const part of values) {
      padded.set(part, at);
      at += part.length;
      onUploaded(part);
    }
    return upload.run(() => upload.memory.upload(label, padded));
  };
  const embedding = await matrix("embedding", weights.embedding);
  const layers: GpuLayer[] = [];
  for (const [index, layer] of weights.layers.entries()) {
    const name = (role: string) => `layer ${index} ${role}`;
    const { qkNorm, qkvBias } = layer;
    layers.push({
      inputNorm: vector(name("input norm"), [layer.inputNorm]),
      qkv: await matrix(name("qkv"), layer.qkv),
      qkvBias: qkvBias === null ? null : vector(name("qkv bias"), [qkvBias]),
      qkNorm: qkNorm === null ? null : vector(name("qk norm"), [qkNorm.q, qkNorm.k], 2 * config.headDim),
      output: await matrix(name("output"), layer.output),
      postAttentionNorm: vector(name("post-attention norm"), [layer.postAttentionNorm]),
      gateUp: await matrix(name("gate up"), layer.gateUp),
      down: await matrix(name("down"), layer.down),
    });
  }
  return {
    embedding,
    layers,
    finalNorm: vector("final norm", [weights.finalNorm]),
    lmHead: weights.lmHead === weights.embedding ? embedding : await matrix("lm head", weights.lmHead),
  };
}
