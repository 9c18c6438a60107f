import { describe, expect, it } from "vitest";

import { heatStep, latencyScale, quantile } from "./latency-scale.ts";

describe("latency scale", () => {
  it("ignores a single outlier", () => {
    const scale = latencyScale([...Array.from({ length: 99 }, () => 10), 1000])!;
    expect(scale.highMs).toBe(10);
  });

  it("has no scale without values", () => {
    expect(latencyScale([])).toBeNull();
  });

  it("maps ends and clamps beyond them", () => {
    const scale = { lowMs: 10, highMs: 25 };
    expect([5, 10, 17.5, 25, 90].map((ms) => heatStep(ms, scale))).toEqual([0, 0, 8, 15, 15]);
  });

  it("interpolates quantiles", () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([7], 0.95)).toBe(7);
  });

  it("does not divide by a scale of no width", () => {
    expect(heatStep(3, { lowMs: 3, highMs: 3 })).toBe(0);
  });
});
