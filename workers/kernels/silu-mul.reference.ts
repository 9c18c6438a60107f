import { at } from "./array.ts";

/**
 * silu(gate) * up.
 * gateUp: f32[M, 2 * width], each row the gate values, then the up values -> f32[M, width]
 */
export function siluMul(gateUp: Float32Array, width: number): Float32Array {
  const rows = gateUp.length / (2 * width);
  const out = new Float32Array(rows * width);
  for (let row = 0; row < rows; row += 1) {
    for (let i = 0; i < width; i += 1) {
      const gate = at(gateUp, row * 2 * width + i);
      out[row * width + i] = (gate / (1 + Math.exp(-gate))) * at(gateUp, row * 2 * width + width + i);
    }
  }
  return out;
}
