/**
 * Weight matrices that are not stored but described: every number is a hash of seed, row and
 * column. Sized so that a product with unit-sized activations is about unit-sized.
 */
import { q4Groups, type Weight } from "./weight.ts";
import { mix32 } from "./sample.reference.ts";

export type HashedFormat = "f16" | "bf16" | "q4-f16" | "q4-bf16";

export interface HashedMatrix {
  readonly format: "hashed";
  /** How the numbers are stored. */
  readonly stored: HashedFormat;
  readonly shape: readonly [n: number, k: number];
  readonly seed: number;
}

/** What the numbers of a 16-bit float are made of: fixed exponent, random mantissa and sign. */
export interface HashedNumbers {
  readonly seed: number;
  /** Numbers a row. */
  readonly width: number;
  readonly base: number;
  readonly mantissa: number;
  readonly sign: number;
}

/** The 16-bit numbers of a matrix: its weights, or for q4 its scales. */
export function hashedNumbers({ stored, shape: [, k], seed }: HashedMatrix): HashedNumbers {
  const isQ4 = stored.startsWith("q4");
  // Magnitudes lie evenly in [b, 2b): root mean square 1.53 b. A nibble - 7 has 4.64 of it.
  const exponent = Math.floor(Math.log2(1 / (1.53 * (isQ4 ? 4.64 : 1) * Math.sqrt(k))));
  const isBfloat = stored.endsWith("bf16");
  return {
    seed: isQ4 ? mix32(seed ^ 0x5ca1e5) : mix32(seed),
    width: isQ4 ? q4Groups(k) : k,
    base: isBfloat ? (exponent + 127) << 7 : Math.max(1, exponent + 15) << 10,
    mantissa: isBfloat ? 127 : 1023,
    sign: isQ4 ? 0 : 0x8000,
  };
}

/** Of a q4 matrix's words. */
export const wordSeed = ({ seed }: HashedMatrix): number => mix32(seed);

/** The same numbers in memory: for the CPU runner, and what the fill kernel is checked against. */
export function materialized(matrix: HashedMatrix): Weight {
  const [n, k] = matrix.shape;
  const { seed, width, base, mantissa, sign } = hashedNumbers(matrix);
  const data = Uint16Array.from({ length: n * width }, (_, i) => {
    const bits = mix32(seed + i);
    return base | (bits & mantissa) | ((bits >>> 16) & sign);
  });
  const format = matrix.stored.endsWith("bf16") ? "bf16" : "f16";
  if (!matrix.stored.startsWith("q4")) return { format, shape: matrix.shape, data };
  const first = wordSeed(matrix);
  return {
    format: "q4",
    shape: matrix.shape,
    words: Uint32Array.from({ length: n * q4Groups(k) * 4 }, (_, i) => mix32(first + i)),
    scales: { format, data },
  };
}
