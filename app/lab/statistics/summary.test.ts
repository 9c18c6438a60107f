import { describe, expect, it } from "vitest";

import { mean, median, quantile, spread } from "./summary.ts";

describe("quantile", () => {
  // numpy.quantile([7, 1, 3, 10], q)
  it.each([
    [0, 1],
    [0.25, 2.5],
    [0.5, 5],
    [0.9, 9.1],
    [1, 10],
  ])("%s of [7, 1, 3, 10] is %s", (q, expected) => {
    expect(quantile([7, 1, 3, 10], q)).toBeCloseTo(expected, 12);
  });

  it("does not sort its argument", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it("refuses an empty list", () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => mean([])).toThrow(RangeError);
  });
});

it("summarizes", () => {
  expect(spread([1, 2, 3, 4])).toEqual({
    n: 4,
    median: 2.5,
    mean: 2.5,
    p25: 1.75,
    p75: 3.25,
    min: 1,
    max: 4,
  });
});
