import { addScaled, dot, indexAt } from "./array.ts";
import type { AttentionShape, KvCache } from "./rope-kv.reference.ts";

/** One sequence's rows of the queries: its last `numQueries` tokens. */
export interface AttentionSequence {
  readonly numQueries: number;
  /** Tokens in the cache, those of this step included. */
  readonly contextLen: number;
  /** Physical block of each logical block. */
  readonly blockTable: readonly number[];
}

export interface PagedAttentionInput {
  readonly shape: AttentionShape;
  readonly blockSize: number;
  /** f32[M, numHeads * headDim], the sequences' rows one after the other */
  readonly queries: Float32Array;
  readonly sequences: readonly AttentionSequence[];
  readonly cache: KvCache;
}

/**
 * softmax(q · kᵀ / sqrt(headDim)) · v over a paged cache, causal: query i of a sequence sees the
 * tokens up to its own. Query head h reads KV head floor(h / (numHeads / numKvHeads)).
 * -> f32[M, numHeads * headDim]
 */
export function pagedAttention(input: PagedAttentionInput): Float32Array {
  const { shape, blockSize, queries, cache } = input;
  const { numHeads, numKvHeads, headDim } = shape;
  const kvWidth = numKvHeads * headDim;
  const group = numHeads / numKvHeads;
  const scale = 1 / Math.sqrt(headDim);
  const out = new Float32Array(queries.length);
  const sums = new Float64Array(headDim);
  let row = 0;
  for (const { numQueries, contextLen, blockTable } of input.sequences) {
    const slots = Int32Array.from({ length: contextLen }, (_, position) => {
      return indexAt(blockTable, Math.floor(position / blockSize)) * blockSize + (position % blockSize);
    });
    const weights = new Float64Array(contextLen);
    for (let query = 0; query < numQueries; query += 1, row += 1) {
      const visible = contextLen - numQueries + query + 1;
      for (let head = 0; head < numHeads; head += 1) {
        const queryStart = (row * numHeads + head) * headDim;
        const kvStart = Math.floor(head / group) * headDim;
        let max = -Infinity;
        for (let i = 0; i < visible; i += 1) {
          const score =
            dot(queries, queryStart, cache.keys, indexAt(slots, i) * kvWidth + kvStart, headDim) * scale;
          weights[i] = score;
          if (score > max) max = score;
        }
        let total = 0;
        sums.fill(0);
        for (let i = 0; i < visible; i += 1) {
          const weight = Math.exp((weights[i] ?? 0) - max);
          total += weight;
          addScaled(sums, weight, cache.values, indexAt(slots, i) * kvWidth + kvStart);
        }
        for (let i = 0; i < headDim; i += 1) out[queryStart + i] = (sums[i] ?? 0) / total;
      }
    }
  }
  return out;
}
