import { describe, expect, it } from "vitest";

import { estimateSlope, fitLine, type Point } from "./line.ts";

// Anscombe's first set.
const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
const anscombe = x.map((value, index): Point => [value, y[index]!]);

describe("fitLine", () => {
  it("finds an exact line", () => {
    const line = fitLine([1, 2, 5].map((value) => [value, 3 + 2 * value] as const));
    expect(line.intercept).toBeCloseTo(3, 12);
    expect(line.slope).toBeCloseTo(2, 12);
    expect(line.r2).toBeCloseTo(1, 12);
    expect(line.n).toBe(3);
  });

  it("knows Anscombe's first set", () => {
    const line = fitLine(anscombe);
    expect(line.slope).toBeCloseTo(0.5001, 4);
    expect(line.intercept).toBeCloseTo(3.0001, 4);
    expect(line.r2).toBeCloseTo(0.6665, 4);
  });

  it("is level where x does not vary, and explains nothing where y does not", () => {
    expect(fitLine([[2, 1] as const, [2, 3] as const])).toMatchObject({ intercept: 2, slope: 0 });
    expect(fitLine([[1, 3] as const, [2, 3] as const]).r2).toBeNull();
  });
});

describe("the interval of a slope", () => {
  it("is wider than least squares have it, by the largest residual", () => {
    const { value, n, interval } = estimateSlope(anscombe);
    expect([value, n]).toEqual([fitLine(anscombe).slope, 11]);
    // Residuals: sum of squares 13.7627, largest −1.9213; squares of x around their mean 110.
    const half = 2.306 * Math.sqrt((13.7627 + 2 * 1.9213 ** 2) / 11 / 110);
    expect(interval?.[0]).toBeCloseTo(value - half, 3);
    expect(interval?.[1]).toBeCloseTo(value + half, 3);
  });

  it("is not there below six, of exact lines, and where x does not vary", () => {
    const exact = [1, 2, 3, 4, 5, 6].map((at): Point => [at, 0.1 * at + 0.3]);
    expect(estimateSlope(exact.slice(1)).without).toEqual({ reason: "not-enough-runs", needs: 6 });
    expect(estimateSlope(exact).without).toMatchObject({ reason: "constant", decides: false });
    expect(estimateSlope(exact.map(([, at]): Point => [3, at])).without).toEqual({ reason: "unbounded" });
  });
});
