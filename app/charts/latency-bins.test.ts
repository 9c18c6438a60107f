import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { latencyBins } from "./latency-bins.ts";
import { quantile } from "./latency-scale.ts";

describe("latency bins", () => {
  it("are round, and begin at the lowest value", () => {
    const bins = latencyBins([10, 11, 12, 12, 13, 20, 26]);
    expect(bins.slice(0, 3).map(({ count }) => count)).toEqual([1, 1, 2]);
    expect(bins[0]).toEqual({ fromMs: 10, toMs: 11, count: 1 });
    expect(bins.at(-1)).toEqual({ fromMs: 26, toMs: 27, count: 1 });
  });

  it("keep one slow token in an open bin", () => {
    const bins = latencyBins([...Array.from({ length: 99 }, (_, index) => 10 + (index % 10)), 5000]);
    expect(bins.length).toBeLessThan(26);
    expect(bins.at(-1)).toMatchObject({ toMs: null, count: 1 });
  });

  it("do with equal values and with none", () => {
    expect(latencyBins([])).toEqual([]);
    expect(latencyBins([0, 0])).toEqual([expect.objectContaining({ fromMs: 0, count: 2 })]);
    expect(latencyBins([7, 7, 7])).toEqual([expect.objectContaining({ fromMs: 7, count: 3 })]);
  });

  it("hold every value once, in the bin of its limits", () => {
    const latency = fc.double({ min: 0, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 200 }), (values) => {
        const bins = latencyBins(values);
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        expect(bins.length).toBeLessThan(40);
        const p95 = quantile(
          values.toSorted((a, b) => a - b),
          0.95,
        );
        bins.forEach(({ fromMs, toMs, count }, index) => {
          const next = bins[index + 1];
          if (next !== undefined) expect(toMs).toBe(next.fromMs);
          // An edge is rounded to twelve digits.
          const slack = 1e-6 * Math.max(1, fromMs);
          const within = values.filter(
            (ms) => ms >= fromMs - slack && (toMs === null || ms < toMs + slack),
          ).length;
          expect(within).toBeGreaterThanOrEqual(count);
          if (toMs === null) expect(fromMs).toBeGreaterThan(p95);
        });
      }),
    );
  });
});
