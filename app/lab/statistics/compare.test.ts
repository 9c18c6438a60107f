import { describe, expect, it } from "vitest";

import { compareLists, comparePairs, turned } from "./compare.ts";
import { tooFew, withInterval } from "./estimate.ts";
import { pairedMeans, unpairedMeans } from "./means.ts";
import { pairedMedians, unpairedMedians } from "./medians.ts";
import { pairedProportions, unpairedProportions } from "./proportions.ts";
import { single, singlePairs } from "./units.ts";

const from = [10, 20, 30, 40, 50, 60];
const to = [12, 21, 35, 41, 58, 66];
const [wrong, right] = [
  [0, 0, 1, 0, 1, 0],
  [1, 0, 1, 1, 1, 1],
];

describe("two arms", () => {
  it("over the same rows are compared by what the metric is", () => {
    const pairs = singlePairs(from, to);
    expect(comparePairs("median", pairs, 0.5)).toEqual(pairedMedians(pairs, 0.5));
    expect(comparePairs("mean", pairs, 0.5)).toEqual(pairedMeans(pairs));
    const answers = singlePairs(wrong, right);
    expect(comparePairs("proportion", answers)).toEqual({ ...pairedProportions(answers), ratio: null });
  });

  it("of two reports likewise", () => {
    const [a, b] = [single(from), single(to)];
    expect(compareLists("median", a, b, 0.5)).toEqual(unpairedMedians(a, b, 0.5));
    expect(compareLists("mean", a, b, 0.5)).toEqual(unpairedMeans(a, b));
    const [before, after] = [single(wrong), single(right)];
    expect(compareLists("proportion", before, after)).toEqual({
      ...unpairedProportions(before, after),
      ratio: null,
    });
  });

  it("are the same told from the other side", () => {
    const back = turned(comparePairs("median", singlePairs(from, to)));
    const expected = comparePairs("median", singlePairs(to, from));
    expect(back.from).toBe(expected.from);
    expect(back.to).toBe(expected.to);
    expect(back.difference).toEqual(expected.difference);
    expect(back.ratio?.interval?.[0]).toBeCloseTo(expected.ratio!.interval![0], 12);
    expect(back.ratio?.interval?.[1]).toBeCloseTo(expected.ratio!.interval![1], 12);
  });

  it("of which one may be nothing have no ratio the other way", () => {
    const comparison = { from: 1, to: 1, difference: tooFew(0, 2), ratio: withInterval(1, 9, [0, 2]) };
    expect(turned(comparison).ratio?.without).toEqual({ reason: "unbounded" });
    expect(turned({ ...comparison, ratio: withInterval(1, 9, [-1, 2]) }).ratio?.interval).toBeNull();
    expect(turned({ ...comparison, ratio: tooFew(4, 2) })).toMatchObject({ ratio: tooFew(0.25, 2) });
    expect(turned({ ...comparison, ratio: null }).ratio).toBeNull();
  });
});
