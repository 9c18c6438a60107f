import { at, dot } from "./array.ts";

/**
 * x / sqrt(mean(x²) + eps) * weight, row by row.
 * x: f32[M, K] · weight: f32[K] -> f32[M, K]
 */
export function rmsNorm(x: Float32Array, weight: Float32Array, eps: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += weight.length) {
    const scale = 1 / Math.sqrt(dot(x, start, x, start, weight.length) / weight.length + eps);
    for (let i = 0; i < weight.length; i += 1) out[start + i] = at(x, start + i) * scale * at(weight, i);
  }
  return out;
}
