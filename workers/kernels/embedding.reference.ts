import { at } from "./array.ts";
import { dequantize, type Weight, weightRows } from "./weight.ts";

/**
 * Rows of the embedding matrix.
 * tokenIds: [M] · weight: [vocabSize, hidden] -> f32[M, hidden]
 */
export function embedding(tokenIds: readonly number[], weight: Weight): Float32Array {
  const hidden = weight.shape[1];
  const out = new Float32Array(tokenIds.length * hidden);
  for (const [row, tokenId] of tokenIds.entries()) {
    const values = dequantize(weightRows(weight, tokenId, tokenId + 1));
    for (let i = 0; i < hidden; i += 1) out[row * hidden + i] = at(values, i);
  }
  return out;
}
