/**
 * Weights as they are on disk (MLC formats), and their values. Nothing here copies more than
 * it must: `data`, `words` and `scales.data` may be views into a shard.
 */
import { at, indexAt } from "./array.ts";

/** Numbers in storage order: f32, or 16 bits each as IEEE half or as the upper half of an f32. */
export type PackedNumbers =
  | { readonly format: "f32"; readonly data: Float32Array }
  | { readonly format: "f16" | "bf16"; readonly data: Uint16Array };

/** A matrix [N, K], row-major: data[n * K + k]. */
export type PlainWeight = PackedNumbers & { readonly shape: readonly [n: number, k: number] };

/**
 * Group-quantized matrix [N, K] (`q4f16_1`, `q4f32_1`), groups of 32 along K:
 * w[n, k] = (((words[n * groups * 4 + (k >> 3)] >>> (4 * (k & 7))) & 15) - 7) * scales[n * groups + (k >> 5)]
 * with groups = ceil(K / 32). The nibbles past K are padding.
 */
export interface Q4Weight {
  readonly format: "q4";
  readonly shape: readonly [n: number, k: number];
  /** u32[N, groups * 4], eight consecutive k a word, lowest nibble first. */
  readonly words: Uint32Array;
  /** [N, groups]; `scales.format` is f16 for q4f16_1 and bf16 (rarely f32) for q4f32_1. */
  readonly scales: PackedNumbers;
}

export type Weight = PlainWeight | Q4Weight;

export const q4GroupSize = 32;
export const q4Groups = (k: number): number => Math.ceil(k / q4GroupSize);

/** Bytes that the weight occupies on disk, and on a device that keeps it packed. */
export function weightBytes(weight: Weight): number {
  return weight.format === "q4"
    ? weight.words.byteLength + weight.scales.data.byteLength
    : weight.data.byteLength;
}

/** IEEE 754 half precision to number, subnormals, infinities and NaN included. */
export function f16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 to f32: the 16 bits are the upper half. */
function bf16ToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) words[i] = indexAt(bits, i) << 16;
  return new Float32Array(words.buffer);
}

function f16ToFloat32(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) values[i] = f16ToNumber(indexAt(bits, i));
  return values;
}

/** Values as f32; the same array where they already are. */
export function unpack(numbers: PackedNumbers): Float32Array {
  switch (numbers.format) {
    case "f32":
      return numbers.data;
    case "f16":
      return f16ToFloat32(numbers.data);
    case "bf16":
      return bf16ToFloat32(numbers.data);
  }
}

/** Rows [start, end) of a packed vector or matrix with `width` numbers a row, without copying. */
export function packedRows(numbers: PackedNumbers, width: number, start: number, end: number): PackedNumbers {
  return numbers.format === "f32"
    ? { format: "f32", data: numbers.data.subarray(start * width, end * width) }
    : { format: numbers.format, data: numbers.data.subarray(start * width, end * width) };
}

/** Rows [start, end) of a weight, without copying. */
export function weightRows(weight: Weight, start: number, end: number): Weight {
  const [, k] = weight.shape;
  const shape: readonly [number, number] = [end - start, k];
  if (weight.format !== "q4") return { ...packedRows(weight, k, start, end), shape };
  const groups = q4Groups(k);
  return {
    format: "q4",
    shape,
    words: weight.words.subarray(start * groups * 4, end * groups * 4),
    scales: packedRows(weight.scales, groups, start, end),
  };
}

/** All values: f32[N, K]; the weight's own array where it already is f32. */
export function dequantize(weight: Weight): Float32Array {
  if (weight.format !== "q4") return unpack(weight);
  const [n, k] = weight.shape;
  const groups = q4Groups(k);
  const scales = unpack(weight.scales);
  const values = new Float32Array(n * k);
  for (let row = 0; row < n; row += 1) {
    for (let group = 0; group < groups; group += 1) {
      const scale = at(scales, row * groups + group);
      const end = Math.min(q4GroupSize, k - group * q4GroupSize);
      const firstWord = (row * groups + group) * 4;
      const firstValue = row * k + group * q4GroupSize;
      for (let i = 0; i < end; i += 1) {
        const word = weight.words[firstWord + (i >>> 3)] ?? 0;
        values[firstValue + i] = (((word >>> (4 * (i & 7))) & 15) - 7) * scale;
      }
    }
  }
  return values;
}

/** The same matrix with its values as f32. */
export function dequantized(weight: Weight): PlainWeight {
  return weight.format === "f32" ? weight : { format: "f32", shape: weight.shape, data: dequantize(weight) };
}
