import { describe, expect, it } from "vitest";

import { binomialChances, normalBelow, normalQuantile, studentT } from "./distributions.ts";

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

  it.each([
    [4, 0.5, [0.0625, 0.25, 0.375, 0.25, 0.0625]],
    [3, 0.9, [0.001, 0.027, 0.243, 0.729]],
    [0, 0.3, [1]],
  ])("chances of %d draws with %d", (n, p, expected) => {
    const chances = binomialChances(n, p);
    expect(chances).toHaveLength(n + 1);
    chances.forEach((chance, k) => expect(chance).toBeCloseTo(expected[k]!, 12));
  });

  it.each([
    [1000, 0.5],
    [1000, 0.99],
    [1000, 0.01],
  ])("chances of %d draws with %d add up to 1", (n, p) => {
    expect(binomialChances(n, p).reduce((sum, chance) => sum + chance)).toBeCloseTo(1, 9);
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
