/** Activations as kernels take them (rows at a stride, zero beyond the width), and comparisons. */
import { expect } from "vitest";

import { strideOf } from "../kernel.ts";

/** f32[M, width] -> f32[M, stride] */
export function padRows(values: Float32Array, width: number, stride = strideOf(width)): Float32Array {
  const numRows = values.length / width;
  const out = new Float32Array(numRows * stride);
  for (let row = 0; row < numRows; row += 1) {
    out.set(values.subarray(row * width, (row + 1) * width), row * stride);
  }
  return out;
}

export interface RowParameters {
  readonly tokenId?: number;
  readonly position?: number;
  readonly slot?: number;
  readonly tableStart?: number;
}

/** `Row` of pass.wgsl, one a token. */
export const rowWords = (rows: readonly RowParameters[]): Uint32Array =>
  Uint32Array.from(
    rows.flatMap(({ tokenId = 0, position = 0, slot = 0, tableStart = 0 }) => [
      tokenId,
      position,
      slot,
      tableStart,
    ]),
  );

/** Every number within `tolerance` times the largest expected one; NaN is nowhere near. */
export function expectClose(actual: Float32Array, expected: Float32Array, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const wrong = actual.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= tolerance * size));
  if (wrong >= 0)
    expect.fail(`at ${wrong}: ${actual[wrong]} instead of ${expected[wrong]}, of up to ${size}`);
}
