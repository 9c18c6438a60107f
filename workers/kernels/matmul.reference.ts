import { at, dot } from "./array.ts";
import { dequantize, type Weight } from "./weight.ts";

export interface MatmulInput {
  /** f32[M, K] */
  readonly x: Float32Array;
  /** [N, K], any format */
  readonly weight: Weight;
  /** f32[N], added to every row */
  readonly bias?: Float32Array | null;
  /** f32[M, N], added to the result */
  readonly residual?: Float32Array | null;
}

/** x · weightᵀ (+ bias) (+ residual) -> f32[M, N] */
export function matmul({ x, weight, bias = null, residual = null }: MatmulInput): Float32Array {
  const [n, k] = weight.shape;
  const m = x.length / k;
  const values = dequantize(weight);
  const out = new Float32Array(m * n);
  // Column by column, so that a weight row is read once for all rows of x.
  for (let column = 0; column < n; column += 1) {
    for (let row = 0; row < m; row += 1) {
      let sum = dot(x, row * k, values, column * k, k);
      if (bias !== null) sum += at(bias, column);
      if (residual !== null) sum += at(residual, row * n + column);
      out[row * n + column] = sum;
    }
  }
  return out;
}
