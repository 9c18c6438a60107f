import { at, indexAt } from "./array.ts";
import { rmsNorm } from "./rms-norm.reference.ts";

export interface AttentionShape {
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
}

/** One layer's keys and values, each f32[numSlots, numKvHeads, headDim]. */
export interface KvCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

export interface RopeKvInput {
  readonly shape: AttentionShape;
  /** f32[M, (numHeads + 2 * numKvHeads) * headDim]: the query heads, then keys, then values */
  readonly qkv: Float32Array;
  /** [M], each row's position in its sequence */
  readonly positions: ArrayLike<number>;
  /** [M], the cache slot each row's key and value go to */
  readonly slotMapping: ArrayLike<number>;
  /** f32[headDim / 2], from `ropeFrequencies` */
  readonly frequencies: Float32Array;
  /** Qwen3: every query and key head is RMS-normed before the rotation; weights f32[headDim]. */
  readonly qkNorm: { readonly q: Float32Array; readonly k: Float32Array; readonly eps: number } | null;
  /** Written at slotMapping. */
  readonly cache: KvCache;
}

/** Rotates queries and keys, writes keys and values to the cache -> queries f32[M, numHeads * headDim] */
export function ropeKv(input: RopeKvInput): Float32Array {
  const { shape, qkv, qkNorm, cache } = input;
  const { numHeads, numKvHeads, headDim } = shape;
  const rows = input.positions.length;
  const width = (numHeads + 2 * numKvHeads) * headDim;
  const kvWidth = numKvHeads * headDim;
  const queries = new Float32Array(rows * numHeads * headDim);
  for (let row = 0; row < rows; row += 1) {
    const position = indexAt(input.positions, row);
    const slot = indexAt(input.slotMapping, row);
    for (let head = 0; head < numHeads + numKvHeads; head += 1) {
      const isQuery = head < numHeads;
      const start = row * width + head * headDim;
      let values: Float32Array = qkv.subarray(start, start + headDim);
      if (qkNorm !== null) values = rmsNorm(values, isQuery ? qkNorm.q : qkNorm.k, qkNorm.eps);
      const rotated = rotate(values, position, input.frequencies);
      if (isQuery) queries.set(rotated, (row * numHeads + head) * headDim);
      else cache.keys.set(rotated, slot * kvWidth + (head - numHeads) * headDim);
    }
    const valueStart = row * width + (numHeads + numKvHeads) * headDim;
    cache.values.set(qkv.subarray(valueStart, valueStart + kvWidth), slot * kvWidth);
  }
  return queries;
}

/** Rotates the pairs (i, i + headDim / 2) of one head by position * frequencies[i]. */
function rotate(head: Float32Array, position: number, frequencies: Float32Array): Float32Array {
  const half = frequencies.length;
  const out = new Float32Array(head.length);
  for (let i = 0; i < half; i += 1) {
    const angle = position * at(frequencies, i);
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const low = at(head, i);
    const high = at(head, i + half);
    out[i] = low * cos - high * sin;
    out[i + half] = high * cos + low * sin;
  }
  return out;
}
