import { describe, expect, it } from "vitest";

import {
  estimateProportion,
  pairedInterval,
  pairedProportions,
  unpairedProportions,
  wilson,
} from "./proportions.ts";
import { single, singlePairs } from "./units.ts";

const rights = (right: number, n: number) => Array.from({ length: n }, (_, row) => Number(row < right));

describe("the interval of a proportion", () => {
  it("is Wilson's: the shares that lie at most 2.15 standard errors away", () => {
    for (const [share, n] of [
      [0.3, 20],
      [0, 6],
      [1, 12],
    ] as const) {
      for (const end of wilson(share, n)) {
        if (end < 1e-9 || end > 1 - 1e-9) continue;
        expect(Math.abs(share - end)).toBeCloseTo(2.15 * Math.sqrt((end * (1 - end)) / n), 9);
      }
    }
    expect(wilson(0, 6)[0]).toBeCloseTo(0, 12);
    expect(wilson(1, 6)[1]).toBeCloseTo(1, 12);
    expect(wilson(0, 6)[1]).toBeCloseTo(2.15 ** 2 / (6 + 2.15 ** 2), 9);
    expect(() => wilson(0, 0)).toThrow(RangeError);
  });

  it("has a width where all rows are alike, and counts a row once", () => {
    const { value, n, interval } = estimateProportion(rights(6, 6).map((row) => [row, row, row, row]));
    expect([value, n]).toEqual([1, 6]);
    expect(interval).toEqual(wilson(1, 6));
    expect(estimateProportion([[0, 1], [1], [1], [1], [0], [0]]).value).toBeCloseTo(3.5 / 6, 12);
  });

  it("needs six rows", () => {
    expect(estimateProportion(single(rights(5, 5))).without).toEqual({ reason: "not-enough-runs", needs: 6 });
  });
});

describe("proportions of pairs", () => {
  it("never have an interval of no width", () => {
    const same = pairedProportions(singlePairs(rights(20, 20), rights(20, 20)));
    expect([same.from, same.to, same.difference.value]).toEqual([1, 1, 0]);
    const half = 2 * Math.sqrt(2 / 22 / 22);
    expect(same.difference.interval?.[0]).toBeCloseTo(-half, 9);
    expect(same.difference.interval?.[1]).toBeCloseTo(half, 9);
  });

  // Bonett and Price (2012): p12 = 11 / 42, p21 = 3 / 42, and 2 in place of 1.96.
  it("are Bonett and Price's", () => {
    const from = [...rights(10, 10), ...rights(0, 2), ...rights(28, 28)];
    const to = [...rights(0, 10), ...rights(2, 2), ...rights(28, 28)];
    const { difference } = pairedProportions(singlePairs(from, to));
    expect(difference.value).toBeCloseTo(-0.2, 12);
    const [up, down] = [3 / 42, 11 / 42];
    const half = 2 * Math.sqrt((up + down - (up - down) ** 2) / 42);
    expect(difference.interval?.[0]).toBeCloseTo(up - down - half, 9);
    expect(difference.interval?.[1]).toBeCloseTo(up - down + half, 9);
  });

  it("end at all and nothing", () => {
    expect(pairedInterval(6, 6, 6)[1]).toBe(1);
    expect(pairedInterval(6, -6, 6)[0]).toBe(-1);
    expect(pairedInterval(6, 6, 6)[0]).toBeGreaterThan(0);
  });

  it("need six rows, and take shares of repeats", () => {
    expect(pairedProportions(singlePairs(rights(1, 5), rights(2, 5))).difference).toMatchObject({
      n: 5,
      without: { reason: "not-enough-runs" },
    });
    const halves = Array.from({ length: 6 }, () => ({ from: [0, 1], to: [1, 1] }));
    expect(pairedProportions(halves).difference.interval).toEqual(pairedInterval(6, 3, 1.5));
  });
});

describe("proportions of different rows", () => {
  it("are Newcombe's, of both intervals", () => {
    const { from, to, difference } = unpairedProportions(single(rights(5, 20)), single(rights(24, 30)));
    expect([from, to]).toEqual([0.25, 0.8]);
    expect(difference).toMatchObject({ n: 20 });
    expect(difference.value).toBeCloseTo(0.55, 12);
    const [aLow, aHigh] = wilson(0.25, 20);
    const [bLow, bHigh] = wilson(0.8, 30);
    expect(difference.interval?.[0]).toBeCloseTo(0.55 - Math.hypot(0.8 - bLow, aHigh - 0.25), 9);
    expect(difference.interval?.[1]).toBeCloseTo(0.55 + Math.hypot(bHigh - 0.8, 0.25 - aLow), 9);
  });

  it("end at all and nothing, and need six rows each", () => {
    const all = single(rights(20, 20));
    expect(unpairedProportions(single(rights(0, 20)), all).difference.interval?.[1]).toBe(1);
    expect(unpairedProportions(all, single(rights(0, 20))).difference.interval?.[0]).toBe(-1);
    const few = single(rights(1, 5));
    expect(unpairedProportions(few, all).difference).toMatchObject({ n: 5, interval: null });
    expect(unpairedProportions(all, few).difference).toMatchObject({ n: 5, interval: null });
  });
});
