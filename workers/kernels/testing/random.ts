/** Reproducible random weights in every format. */
import { mix32 } from "../sample.reference.ts";
import { type PackedNumbers, q4Groups, type Weight } from "../weight.ts";

export const randomFormats = ["f32", "f16", "bf16", "q4-f32", "q4-f16", "q4-bf16"] as const;
export type RandomFormat = (typeof randomFormats)[number];

/** In [-1, 1), depending on seed and index only. */
export function randomValues(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => mix32(mix32(seed) + i) / 2 ** 31 - 1);
}

/** Bits of an IEEE half, rounded down; for magnitudes from 2^-14 to 65,504, else zero. */
export function halfBits(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  const exponent = ((word >>> 23) & 255) - 112;
  return exponent < 1 ? 0 : ((word >>> 16) & 0x8000) | (exponent << 10) | ((word >>> 13) & 1023);
}

export function bfloatBits(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  return bits.getUint16(0);
}

function numbers(values: Float32Array, format: PackedNumbers["format"]): PackedNumbers {
  switch (format) {
    case "f32":
      return { format, data: values };
    case "f16":
      return { format, data: Uint16Array.from(values, halfBits) };
    case "bf16":
      return { format, data: Uint16Array.from(values, bfloatBits) };
  }
}

/** A matrix [n, k] whose products with unit-sized vectors are about unit-sized. */
export function randomMatrix(n: number, k: number, format: RandomFormat, seed: number): Weight {
  const size = 1.7 / Math.sqrt(k);
  const shape: readonly [number, number] = [n, k];
  const plain = (length: number, scale: number) => randomValues(length, seed).map((x) => x * scale);
  switch (format) {
    case "f32":
    case "f16":
    case "bf16":
      return { ...numbers(plain(n * k, size), format), shape };
    case "q4-f32":
    case "q4-f16":
    case "q4-bf16": {
      const groups = q4Groups(k);
      const words = Uint32Array.from({ length: n * groups * 4 }, (_, i) => mix32(mix32(seed + 77) + i));
      const scales = plain(n * groups, size / 4).map((x) => Math.abs(x) + size / 16);
      const format_ = format === "q4-f32" ? "f32" : format === "q4-f16" ? "f16" : "bf16";
      return { format: "q4", shape, words, scales: numbers(scales, format_) };
    }
  }
}
