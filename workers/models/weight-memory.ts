/** Gives a model's stored tensors back while they go to the device: the memory holds them once. */
import type { HashedMatrix } from "../kernels/hashed-weight.ts";
import type { Weight } from "../kernels/weight.ts";
import type { LoadedWeights } from "./weights.ts";

type Tensor = Weight | HashedMatrix | Float32Array;

/** Tensors may share a buffer (an MLC shard, whole), which is freed with the last of them. */
export class WeightMemory {
  readonly #numUses = new Map<ArrayBufferLike, number>();

  constructor(weights: LoadedWeights) {
    for (const tensor of tensorsOf(weights)) {
      for (const buffer of buffersOf(tensor)) this.#numUses.set(buffer, (this.#numUses.get(buffer) ?? 0) + 1);
    }
  }

  /** Once for each tensor, which is empty afterwards or soon. */
  free(tensor: Tensor): void {
    for (const buffer of buffersOf(tensor)) {
      const left = (this.#numUses.get(buffer) ?? 0) - 1;
      this.#numUses.set(buffer, left);
      if (left === 0) detach(buffer);
    }
  }
}

/** Each once. */
function tensorsOf({ embedding, layers, finalNorm, lmHead }: LoadedWeights): ReadonlySet<Tensor> {
  return new Set<Tensor>([
    embedding,
    ...layers.flatMap(({ qkvBias, qkNorm, ...layer }) => [
      layer.inputNorm,
      layer.qkv,
      ...(qkvBias === null ? [] : [qkvBias]),
      ...(qkNorm === null ? [] : [qkNorm.q, qkNorm.k]),
      layer.output,
      layer.postAttentionNorm,
      layer.gateUp,
      layer.down,
    ]),
    finalNorm,
    lmHead,
  ]);
}

function arraysOf(tensor: Tensor): readonly (Float32Array | Uint16Array | Uint32Array)[] {
  if (tensor instanceof Float32Array) return [tensor];
  switch (tensor.format) {
    case "hashed":
      return [];
    case "q4":
      return [tensor.words, tensor.scales.data];
    default:
      return [tensor.data];
  }
}

const buffersOf = (tensor: Tensor) => arraysOf(tensor).map(({ buffer }) => buffer);

/** Of ES2024: browsers have it since 2024, Node since 21. */
interface Detachable {
  transfer(newLength: number): unknown;
}

/** Now, where the platform can: the collector may wait until as much again was allocated. */
function detach(buffer: ArrayBufferLike): void {
  (buffer as Partial<Detachable>).transfer?.(0);
}
