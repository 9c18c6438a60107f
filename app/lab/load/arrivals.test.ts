import { describe, expect, it } from "vitest";

import { arrivalTimes } from "./arrivals.ts";

describe("arrival times", () => {
  it("are all zero in a burst", () => {
    expect(arrivalTimes(3, { kind: "burst", ratePerSecond: 5, seed: 1 })).toEqual([0, 0, 0]);
  });

  it("are equal gaps at a fixed rate", () => {
    expect(arrivalTimes(4, { kind: "fixed", ratePerSecond: 4, seed: 1 })).toEqual([0, 250, 500, 750]);
  });

  it("ascend from zero with the mean gap of the rate in a Poisson process", () => {
    const times = arrivalTimes(4001, { kind: "poisson", ratePerSecond: 10, seed: 7 });
    expect(times[0]).toBe(0);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
    const mean = times.at(-1)! / gaps.length;
    expect(mean).toBeGreaterThan(95);
    expect(mean).toBeLessThan(105);
    // Exponential gaps scatter as widely as they are long: the standard deviation is the mean.
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.9);
    expect(deviation / mean).toBeLessThan(1.1);
  });

  it("are the same for the same seed only", () => {
    const draw = (seed: number) => arrivalTimes(5, { kind: "poisson", ratePerSecond: 1, seed });
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it("need a rate", () => {
    expect(() => arrivalTimes(1, { kind: "fixed", ratePerSecond: 0, seed: 1 })).toThrow("a rate of 0");
  });
});
