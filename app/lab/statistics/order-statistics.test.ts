import { describe, expect, it } from "vitest";

import { withInterval } from "./estimate.ts";
import { estimateMedian, estimateQuantile, leastForQuantile, quantileOf, ranks } from "./order-statistics.ts";
import { single } from "./units.ts";

const upTo = (n: number) => single(Array.from({ length: n }, (_, index) => index + 1));

describe("ranks", () => {
  // Tables of the sign test: Conover, Practical Nonparametric Statistics, A3; positions from 0.
  it.each([
    [5, null],
    [6, [0, 5]],
    [8, [0, 7]],
    [9, [1, 7]],
    [11, [1, 9]],
    [12, [2, 9]],
    [20, [5, 14]],
    [100, [39, 60]],
  ])("of %d values that bound the median are %j", (n, expected) => {
    expect(ranks(n, 0.5)).toEqual(expected);
  });

  it.each([
    [28, null],
    [29, [20, 28]],
    [36, [28, 35]],
    [60, [48, 58]],
  ])("of %d values that bound p90 are %j", (n, expected) => {
    expect(ranks(n, 0.9)).toEqual(expected);
  });

  it("of a low quantile mirror those of a high one", () => {
    expect(ranks(29, 0.1)).toEqual([0, 8]);
  });

  it("of very many values come from the normal distribution, and hardly differ there", () => {
    const [low, high] = ranks(1001, 0.5)!;
    const [lowBefore, highBefore] = ranks(1000, 0.5)!;
    expect(low - lowBefore).toBeGreaterThanOrEqual(-2);
    expect(low - lowBefore).toBeLessThanOrEqual(1);
    expect(high - highBefore).toBeGreaterThanOrEqual(0);
    expect(high - highBefore).toBeLessThanOrEqual(3);
    expect(ranks(2000, 0.9995)).toEqual([1996, 1999]);
  });

  it("need so many values", () => {
    expect([0.5, 0.9, 0.95, 0.99].map(leastForQuantile)).toEqual([6, 29, 59, 299]);
  });
});

describe("the interval of a median", () => {
  it("lies between two of the values", () => {
    expect(estimateMedian(upTo(12))).toEqual(withInterval(6.5, 12, [3, 10]));
  });

  it("is wider by the clock's resolution", () => {
    expect(estimateMedian(upTo(12), 0.5)).toEqual(withInterval(6.5, 12, [2.5, 10.5]));
    expect(estimateMedian(single([5, 5, 5, 5, 5, 5]), 0.1)).toEqual(withInterval(5, 6, [4.9, 5.1]));
  });

  it("is not there below six units, whatever their repeats", () => {
    const [first, ...others] = upTo(5);
    expect(estimateMedian([[...first!, 1, 1, 1], ...others]).without).toEqual({
      reason: "not-enough-runs",
      needs: 6,
    });
  });

  it("says what a high quantile needs", () => {
    expect(estimateQuantile(upTo(28), 0.9).without).toEqual({ reason: "not-enough-runs", needs: 29 });
    expect(estimateQuantile(upTo(29), 0.9).interval).toEqual([21, 29]);
    expect(estimateQuantile(upTo(3), 0.9).without).toEqual({ reason: "not-enough-runs", needs: 29 });
  });

  it("grows over ties to the next values, and is none where all are the same", () => {
    const ties = [1, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 9];
    expect(estimateMedian(single(ties)).interval).toEqual([1, 9]);
    expect(estimateMedian(single([...ties.slice(1)])).interval).toEqual([5, 9]);
    expect(estimateMedian(single([4, 4, 4, 4, 4, 4])).without).toMatchObject({
      reason: "constant",
      decides: true,
    });
  });

  it("is none where a value has no end", () => {
    const open = Array.from({ length: 6 }, (_, low) => ({ value: low, low, high: Number.POSITIVE_INFINITY }));
    expect(quantileOf(open, 0.5).without).toEqual({ reason: "unbounded" });
  });

  it("throws on nothing", () => {
    expect(() => estimateMedian([])).toThrow(RangeError);
  });
});
