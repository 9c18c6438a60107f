import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fitLine, mean, median, pairedDifference, quantile, spread } from "./statistics.ts";

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

describe("pairedDifference", () => {
  it("has no width where every pair differs by the same", () => {
    const paired = pairedDifference([10, 200, 3000], [15, 205, 3005], { summary: mean });
    expect(paired.difference).toBeCloseTo(5, 9);
    expect(paired.interval.low).toBeCloseTo(5, 9);
    expect(paired.interval.high).toBeCloseTo(5, 9);
  });

  it("is the same for the same seed and another for another", () => {
    const from = [5, 9, 2, 7, 8];
    const to = [4, 3, 9, 1, 1];
    const at = (seed: number) => pairedDifference(from, to, { summary: mean, seed }).interval;
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });

  it("comes close to the normal interval of a mean", () => {
    const to = Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898) * 10);
    const from = to.map(() => 0);
    const { interval } = pairedDifference(from, to, { summary: mean });
    const centre = mean(to);
    const sd = Math.sqrt(mean(to.map((value) => (value - centre) ** 2)));
    const half = (1.96 * sd) / Math.sqrt(to.length);
    expect(interval.low).toBeCloseTo(centre - half, 0);
    expect(interval.high).toBeCloseTo(centre + half, 0);
  });

  it("has no ratio to nothing", () => {
    const paired = pairedDifference([0, 0], [1, 1], { summary: mean });
    expect(paired.ratio).toBeNull();
    expect(paired.ratioInterval).toBeNull();
  });

  it("holds the point estimate of a mean", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 })), {
          minLength: 4,
          maxLength: 12,
        }),
        (pairs) => {
          const { difference, interval, ratio } = pairedDifference(
            pairs.map(([a]) => a),
            pairs.map(([, b]) => b),
            { summary: mean, resamples: 500 },
          );
          expect(interval.low).toBeLessThanOrEqual(difference + 1e-9);
          expect(interval.high).toBeGreaterThanOrEqual(difference - 1e-9);
          expect(ratio).toBeGreaterThan(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("refuses lists of different lengths", () => {
    expect(() => pairedDifference([1], [1, 2], { summary: mean })).toThrow("no pairs");
  });
});

describe("fitLine", () => {
  it("finds an exact line", () => {
    const line = fitLine([1, 2, 5].map((x) => [x, 3 + 2 * x] as const));
    expect(line.intercept).toBeCloseTo(3, 12);
    expect(line.slope).toBeCloseTo(2, 12);
    expect(line.r2).toBeCloseTo(1, 12);
  });

  it("knows Anscombe's first quartet", () => {
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const line = fitLine(x.map((value, i) => [value, y[i]!] as const));
    expect(line.slope).toBeCloseTo(0.5001, 4);
    expect(line.intercept).toBeCloseTo(3.0001, 4);
    expect(line.r2).toBeCloseTo(0.6665, 4);
  });

  it("is level where x does not vary", () => {
    expect(fitLine([[2, 1] as const, [2, 3] as const])).toMatchObject({ intercept: 2, slope: 0 });
  });
});
