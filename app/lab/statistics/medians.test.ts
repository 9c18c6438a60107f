import { describe, expect, it } from "vitest";

import { withInterval } from "./estimate.ts";
import { medianRate, pairedMedians, unpairedMedians } from "./medians.ts";
import { single, singlePairs } from "./units.ts";

const sizes = [10, 20, 30, 40, 50, 60, 70, 80, 90];

describe("medians of pairs", () => {
  it("compare each unit with itself, so that large and small ones cancel", () => {
    const changes = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const pairs = singlePairs(
      sizes,
      sizes.map((size, index) => size + changes[index]!),
    );
    const { from, to, difference } = pairedMedians(pairs);
    expect([from, to]).toEqual([50, 55]);
    expect(difference).toEqual(withInterval(5, 9, [2, 8]));
  });

  it("have the median of the units' own ratios", () => {
    const factors = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    const { ratio } = pairedMedians(
      singlePairs(
        sizes,
        sizes.map((size, index) => size * factors[index]!),
      ),
    );
    expect(ratio?.value).toBeCloseTo(0.5, 12);
    expect(ratio?.interval?.[0]).toBeCloseTo(0.2, 12);
    expect(ratio?.interval?.[1]).toBeCloseTo(0.8, 12);
  });

  it("take the middle of a unit's repeats", () => {
    const pairs = sizes.map((size) => ({ from: [size, size, 1000], to: [size + 1, size + 2, 0] }));
    expect(pairedMedians(pairs).difference).toMatchObject({ value: 1, n: 9 });
  });

  it("are twice as unsure as one clock, and their ratio by what both could be", () => {
    const { difference, ratio } = pairedMedians(singlePairs(Array(6).fill(10), Array(6).fill(5)), 1);
    expect(difference).toEqual(withInterval(-5, 6, [-7, -3]));
    expect(ratio).toEqual(withInterval(0.5, 6, [4 / 11, 6 / 9]));
  });

  it("have no ratio to nothing, and no end of one within the clock's resolution of 0", () => {
    expect(pairedMedians(singlePairs([0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1])).ratio).toBeNull();
    expect(pairedMedians(singlePairs([1, 1, 1, 1, 1, 1], [-1, 1, 1, 1, 1, 1])).ratio).toBeNull();
    const coarse = pairedMedians(singlePairs([1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]), 1);
    expect(coarse.ratio?.without).toEqual({ reason: "unbounded" });
  });

  it("have no interval below six", () => {
    const { difference, ratio } = pairedMedians(singlePairs([1, 2, 3, 4, 5], [2, 3, 4, 5, 6]));
    expect(difference.without).toEqual({ reason: "not-enough-runs", needs: 6 });
    expect(ratio?.interval).toBeNull();
  });
});

describe("medians of two lists", () => {
  const from = single(sizes);
  const to = single(sizes.map((size) => size + 100));

  it("differ by both intervals put together", () => {
    // Both medians lie 30 from each end of their intervals, [20, 80] and [120, 180].
    const { from: a, to: b, difference } = unpairedMedians(from, to);
    expect([a, b]).toEqual([50, 150]);
    expect(difference.value).toBe(100);
    expect(difference.interval?.[0]).toBeCloseTo(100 - Math.hypot(30, 30), 9);
    expect(difference.interval?.[1]).toBeCloseTo(100 + Math.hypot(30, 30), 9);
  });

  it("have a ratio by logarithms, the same turned round", () => {
    const ratio = unpairedMedians(from, to).ratio?.interval ?? [0, 0];
    const back = unpairedMedians(to, from).ratio?.interval ?? [0, 0];
    expect(ratio[0]).toBeCloseTo(1 / back[1], 12);
    expect(ratio[1]).toBeCloseTo(1 / back[0], 12);
    const below = Math.hypot(Math.log(150 / 120), Math.log(80 / 50));
    expect(ratio[0]).toBeCloseTo(3 * Math.exp(-below), 9);
  });

  it("are less sure on a coarse clock", () => {
    const interval = unpairedMedians(from, to, 5).difference.interval;
    expect(interval?.[0]).toBeCloseTo(100 - Math.hypot(35, 35), 9);
    expect(interval?.[1]).toBeCloseTo(100 + Math.hypot(35, 35), 9);
    expect(unpairedMedians(from, to, 10).ratio).toBeNull();
    expect(unpairedMedians(from, to, 9.9).ratio).not.toBeNull();
  });

  it("of lists that are constant have no interval, of one that is the other's", () => {
    const five = single([5, 5, 5, 5, 5, 5]);
    const { difference, ratio } = unpairedMedians(five, single([7, 7, 7, 7, 7, 7]));
    expect(difference).toMatchObject({ value: 2, without: { reason: "constant", decides: true } });
    expect(ratio).toMatchObject({ value: 1.4, without: { reason: "constant" } });
    expect(unpairedMedians(five, from).difference.interval).toEqual([15, 75]);
  });

  it("need six on each side", () => {
    const few = single([1, 2, 3, 4, 5]);
    expect(unpairedMedians(few, to).difference).toMatchObject({ n: 5, interval: null });
    expect(unpairedMedians(from, few).ratio).toMatchObject({ n: 5, interval: null });
    expect(unpairedMedians(single([0]), to).ratio).toBeNull();
  });
});

describe("the median rate of batches", () => {
  const batches = [1, 2, 3, 4, 5, 6].map((ms) => ({ count: 6, ms }));

  it("is in things a second", () => {
    expect(medianRate(batches)).toEqual(withInterval(1750, 6, [1000, 6000]));
  });

  it("is unsure by the clock, without end where a batch took no longer than it tells", () => {
    expect(medianRate(batches, 0.5).interval).toEqual([6000 / 6.5, 12_000]);
    expect(medianRate(batches, 1).without).toEqual({ reason: "unbounded" });
  });
});
