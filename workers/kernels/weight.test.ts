import { describe, expect, it } from "vitest";

import { dequantize, f16ToNumber, type Q4Weight, unpack, weightBytes, weightRows } from "./weight.ts";

describe("f16", () => {
  it.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xbc00, -1],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0xfbff, -65504],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
  ])("%i is %d", (bits, value) => {
    expect(f16ToNumber(bits)).toBe(value);
  });

  it("keeps the sign of zero, and NaN", () => {
    expect(Object.is(f16ToNumber(0x8000), -0)).toBe(true);
    expect(f16ToNumber(0x7e00)).toBeNaN();
  });

  it("orders the positive values as their bits", () => {
    const values = unpack({ format: "f16", data: Uint16Array.from({ length: 0x7c01 }, (_, bits) => bits) });
    expect(values.every((value, i) => i === 0 || value > values[i - 1]!)).toBe(true);
  });
});

describe("bf16", () => {
  it("is the upper half of an f32", () => {
    const data = Uint16Array.of(0x3f80, 0xc040, 0x3eab, 0x0000, 0x7f80);
    expect([...unpack({ format: "bf16", data })]).toEqual([1, -3, 0.333984375, 0, Infinity]);
  });
});

describe("q4", () => {
  // [2, 35]: two groups a row, the second with three values and padding.
  const weight: Q4Weight = {
    format: "q4",
    shape: [2, 35],
    words: Uint32Array.of(
      ...[0x76543210, 0xfedcba98, 0x00000000, 0xffffffff],
      ...[0xffff_f987, 0xffffffff, 0xffffffff, 0xffffffff],
      ...[0x88888888, 0x77777777, 0x66666666, 0x00000008],
      ...[0x00000f07, 0, 0, 0],
    ),
    scales: { format: "f16", data: Uint16Array.of(0x3c00, 0x4000, 0x3800, 0xc400) }, // 1, 2, 0.5, -4
  };
  const [row0, row1] = [
    [
      ...[-7, -6, -5, -4, -3, -2, -1, 0],
      ...[1, 2, 3, 4, 5, 6, 7, 8],
      ...Array<number>(8).fill(-7),
      ...Array<number>(8).fill(8),
      0,
      2,
      4,
    ],
    [
      ...Array<number>(8).fill(0.5),
      ...Array<number>(8).fill(0),
      ...Array<number>(8).fill(-0.5),
      0.5,
      ...Array<number>(7).fill(-3.5),
      -0,
      28,
      -32,
    ],
  ];

  it("takes the lowest nibble first, minus 7, times the group's scale", () => {
    const values = dequantize(weight);
    expect([...values.subarray(0, 35)]).toEqual(row0);
    expect([...values.subarray(35)]).toEqual(row1);
  });

  it("cuts rows without copying", () => {
    const rows = weightRows(weight, 1, 2);
    expect(rows.shape).toEqual([1, 35]);
    expect([...dequantize(rows)]).toEqual(row1);
    expect(rows.format === "q4" && rows.words.buffer === weight.words.buffer).toBe(true);
  });

  it("counts its bytes", () => {
    expect(weightBytes(weight)).toBe(2 * 8 * 4 + 2 * 2 * 2);
  });
});
