import { describe, expect, it } from "vitest";

import { withInterval } from "./estimate.ts";
import { estimateMean, meanOf, pairedMeans, ratioOfMeans, unpairedMeans } from "./means.ts";
import { single, singlePairs } from "./units.ts";

const values = [1, 2, 3, 4, 5, 9];
// Squares around the mean of 4: 9, 4, 1, 0, 1, 25; the two values thought of add 25 each.
const half = 3.179 * Math.sqrt((40 + 50) / 7 / 8);

describe("the interval of a mean", () => {
  it("is Student's with two values thought of and two degrees of freedom given up", () => {
    const { value, n, interval } = estimateMean(single(values));
    expect([value, n]).toEqual([4, 6]);
    expect(interval?.[0]).toBeCloseTo(4 - half, 2);
    expect(interval?.[1]).toBeCloseTo(4 + half, 2);
  });

  it("moves and stretches with its values", () => {
    const interval = meanOf(values.map((value) => 10 - 2 * value)).interval;
    expect(interval?.[0]).toBeCloseTo(2 - 2 * half, 2);
    expect(interval?.[1]).toBeCloseTo(2 + 2 * half, 2);
  });

  it("counts rows, not repeats", () => {
    const repeated = estimateMean(values.map((value) => [value - 1, value + 1, value, value]));
    expect(repeated).toEqual(estimateMean(single(values)));
  });

  it("is not there below six or where all are the same, the last digit aside", () => {
    expect(meanOf([1, 2, 3, 4, 5]).without).toEqual({ reason: "not-enough-runs", needs: 6 });
    const same = [0.1 + 0.2, 0.3, 0.3, 0.3, 0.3, 0.3];
    expect(meanOf(same).without).toMatchObject({ reason: "constant", decides: false });
    expect(meanOf([0, 0, 0, 0, 0, 0]).without).toMatchObject({ reason: "constant" });
    expect(meanOf(same, 0.1).interval).toEqual([meanOf(same).value - 0.1, meanOf(same).value + 0.1]);
    expect(meanOf([0.3001, 0.3, 0.3, 0.3, 0.3, 0.3]).interval).not.toBeNull();
  });
});

describe("means of pairs", () => {
  const from = [10, 20, 30, 40, 50, 60];
  const to = from.map((value, index) => value / 2 + values[index]!);

  it("differ by the mean of the units' differences", () => {
    const { from: a, to: b, difference } = pairedMeans(singlePairs(from, to));
    expect([a, b]).toEqual([35, 21.5]);
    expect(difference).toEqual(meanOf(to.map((value, index) => value - from[index]!)));
  });

  it("have all ratios r at which the mean of to − r·from may be 0", () => {
    const ratio = pairedMeans(singlePairs(from, to)).ratio;
    expect(ratio?.value).toBeCloseTo(21.5 / 35, 12);
    const [low, high] = ratio?.interval ?? [0, 0];
    expect(low).toBeLessThan(21.5 / 35);
    expect(high).toBeGreaterThan(21.5 / 35);
    const rest = (r: number) => meanOf(to.map((value, index) => value - r * from[index]!)).interval!;
    expect(rest(low)[0]).toBeCloseTo(0, 5);
    expect(rest(high)[1]).toBeCloseTo(0, 5);
  });

  it("have the same ratio of what is counted downwards", () => {
    const down = ratioOfMeans(
      from.map((value) => -value),
      to,
    ).interval;
    const up = ratioOfMeans(from, to).interval;
    expect(down?.[0]).toBeCloseTo(-up![1], 9);
    expect(down?.[1]).toBeCloseTo(-up![0], 9);
  });

  it("have no end of a ratio to what may be 0, and none to 0", () => {
    const around = [-2, -1, 1, 2, 3, -2.5];
    expect(ratioOfMeans(around, to).without).toEqual({ reason: "unbounded" });
    expect(pairedMeans(singlePairs([-1, 1, -1, 1, -1, 1], to)).ratio).toBeNull();
  });

  it("of an exact multiple have no interval", () => {
    const third = from.map((value) => value / 3);
    expect(ratioOfMeans(from, third)).toMatchObject({ n: 6, without: { reason: "constant" } });
    expect(pairedMeans(singlePairs(from, third)).difference.interval).not.toBeNull();
  });

  it("take a constant denominator as it is", () => {
    const interval = ratioOfMeans([2, 2, 2, 2, 2, 2], values).interval;
    expect(interval?.[0]).toBeCloseTo((4 - half) / 2, 2);
    expect(interval?.[1]).toBeCloseTo((4 + half) / 2, 2);
  });

  it("are as wide as two readings of a clock where every pair is alike", () => {
    const pairs = singlePairs(
      from,
      from.map((value) => value + 5),
    );
    expect(pairedMeans(pairs, 0.1).difference).toEqual(withInterval(5, 6, [4.8, 5.2]));
  });

  it("need six", () => {
    expect(ratioOfMeans([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).without).toEqual({
      reason: "not-enough-runs",
      needs: 6,
    });
  });
});

describe("means of two lists", () => {
  const other = [11, 12, 13, 14, 15, 19, 14, 14];

  it("differ with Welch's degrees of freedom", () => {
    const { from, to, difference } = unpairedMeans(single(values), single(other));
    expect([from, to]).toEqual([4, 14]);
    const a = 90 / 7 / 8;
    const b = 90 / 9 / 10;
    const freedom = (a + b) ** 2 / (a ** 2 / 3 + b ** 2 / 5);
    expect(freedom).toBeCloseTo(6.4, 1);
    // scipy.stats.t.ppf(0.975, 6.4)
    const wide = 2.41 * Math.sqrt(a + b);
    expect(difference.interval?.[0]).toBeCloseTo(10 - wide, 2);
    expect(difference.interval?.[1]).toBeCloseTo(10 + wide, 2);
    expect(difference.n).toBe(6);
  });

  it("have a ratio that is 1 where they are alike, and turns round with them", () => {
    const ratio = unpairedMeans(single(other), single(other)).ratio?.interval ?? [0, 0];
    expect(ratio[0]).toBeLessThan(1);
    expect(ratio[0] * ratio[1]).toBeCloseTo(1, 6);
  });

  it("have no interval where one is constant or short, no ratio to 0", () => {
    const same = single([3, 3, 3, 3, 3, 3]);
    expect(unpairedMeans(same, single(other)).difference).toMatchObject({
      value: 11,
      without: { reason: "constant" },
    });
    expect(unpairedMeans(single(other), same).ratio).toMatchObject({ without: { reason: "constant" } });
    const short = unpairedMeans(single([1, 2]), single(other));
    expect(short.difference).toMatchObject({ n: 2, without: { reason: "not-enough-runs" } });
    expect(short.ratio).toMatchObject({ n: 2, without: { reason: "not-enough-runs" } });
    expect(unpairedMeans(single([0, 0]), single(other)).ratio).toBeNull();
    expect(unpairedMeans(single([0, 0, 0, 0, 0, 0]), single(other)).ratio).toBeNull();
    expect(unpairedMeans(single([-1, 1, -1, 1, -1, 1]), single(other)).ratio).toBeNull();
  });
});
