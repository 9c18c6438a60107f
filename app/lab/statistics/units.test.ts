import { describe, expect, it } from "vitest";

import { meansOf, mediansOf, pairsOf, single, singlePairs, unitsOf } from "./units.ts";

const samples = [
  { row: 1, ms: 10 },
  { row: 2, ms: 20 },
  { row: 1, ms: 30 },
  { row: 1, ms: 12 },
  { row: 3, ms: null },
];
const row = ({ row }: { row: number }) => row;
const ms = ({ ms }: { ms: number | null }) => ms;

describe("units", () => {
  it("are rows, with their repeats inside", () => {
    const units = unitsOf(samples, row, ms);
    expect(units).toEqual([[10, 30, 12], [20]]);
    expect(mediansOf(units)).toEqual([12, 20]);
    expect(meansOf(units)).toEqual([52 / 3, 20]);
  });

  it("of pairs are those that both sides have", () => {
    const other = [
      { row: 2, ms: 7 },
      { row: 4, ms: 9 },
      { row: 2, ms: 8 },
    ];
    expect(pairsOf(samples, other, row, ms)).toEqual([{ from: [20], to: [7, 8] }]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("leave out %s, which is no measured value", (value) => {
    expect(unitsOf([value, 1], () => 1, Number)).toEqual([[1]]);
    expect(() => single([1, value])).toThrow(RangeError);
    expect(() => singlePairs([1], [value])).toThrow(RangeError);
  });

  it("do not pair lists of different lengths", () => {
    expect(() => singlePairs([1], [1, 2])).toThrow("1 and 2 values are no pairs");
    expect(singlePairs([1], [2])).toEqual([{ from: [1], to: [2] }]);
  });
});
