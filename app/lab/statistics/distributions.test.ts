import { describe, expect, it } from "vitest";

import { lastOfTail, normalBelow, normalQuantile, studentT } from "./distributions.ts";

describe("distributions", () => {
  // scipy.stats.t.ppf(0.975, freedom)
  it.each([
    [3, 3.18245],
    [4, 2.77645],
    [5, 2.57058],
    [7, 2.36462],
    [10, 2.22814],
    [30, 2.04227],
    [1000, 1.96234],
  ])("Student's t of %d degrees of freedom is %d", (freedom, expected) => {
    expect(Math.abs(studentT(freedom) / expected - 1)).toBeLessThan(freedom < 5 ? 0.0013 : 0.0002);
  });

  it("Student's t is not known below 3 degrees of freedom", () => {
    expect(() => studentT(2.9)).toThrow(RangeError);
    expect(() => studentT(Number.NaN)).toThrow(RangeError);
  });

  // Sums of scipy.stats.binom.pmf.
  it.each([
    [4, 0.5, 0.0624, -1],
    [4, 0.5, 0.0625, 0],
    [4, 0.5, 0.3125, 1],
    [4, 0.5, 0.6874, 1],
    [3, 0.9, 0.0009, -1],
    [3, 0.9, 0.0011, 0],
    [3, 0.9, 0.0281, 1],
    [3, 0.9, 0.28, 2],
    [29, 0.1, 0.9, 4],
    [1000, 0.5, 0.025, 468],
    [1000, 0.99, 0.025, 982],
    [1000, 0.01, 0.025, 3],
  ])("at most so many of %d with chance %d each have a chance of at most %d: %d", (n, p, most, k) => {
    expect(lastOfTail(n, p, most)).toBe(k);
  });

  // scipy.stats.norm.cdf
  it.each([
    [0, 0.5],
    [1, 0.8413447],
    [-1, 0.1586553],
    [1.959964, 0.975],
    [3, 0.9986501],
  ])("a share of %d lies below it", (z, share) => {
    expect(normalBelow(z)).toBeCloseTo(share, 6);
    expect(normalQuantile(share)).toBeCloseTo(z, 4);
  });
});
