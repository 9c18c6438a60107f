import { describe, expect, it } from "vitest";

import { compareLists, comparePairs, differenceOf, recordOf, turnedRecord } from "./compare.ts";
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

  it("are kept flat, and judged by what was kept", () => {
    const record = recordOf(comparePairs("median", singlePairs(from, to)));
    expect(record).toEqual({
      fromValue: 35,
      toValue: 38,
      difference: 3.5,
      interval: [1, 8],
      without: null,
      ratio: expect.closeTo(1.11, 1) as number,
      ratioInterval: [41 / 40, 12 / 10],
      n: 6,
    });
    expect(differenceOf(record)).toEqual(withInterval(3.5, 6, [1, 8]));
    const same = recordOf(comparePairs("median", singlePairs(from, from)));
    expect(differenceOf(same).without).toMatchObject({ reason: "constant" });
  });

  it("of an old report are judged from six units only", () => {
    const old = { fromValue: 2, toValue: 1, difference: -1, ratio: 0.5, ratioInterval: null } as const;
    expect(differenceOf({ ...old, interval: [-1, -1], n: 1 })).toEqual(tooFew(-1, 1));
    expect(differenceOf({ ...old, interval: [-2, -1], n: 6 })).toEqual(withInterval(-1, 6, [-2, -1]));
    expect(differenceOf({ ...old, interval: null, n: 6 }).without).toEqual({ reason: "unbounded" });
  });

  it("are the same told from the other side", () => {
    const back = turnedRecord(recordOf(comparePairs("median", singlePairs(from, to))));
    const expected = recordOf(comparePairs("median", singlePairs(to, from)));
    expect(back).toMatchObject({
      fromValue: expected.fromValue,
      toValue: expected.toValue,
      difference: -3.5,
    });
    expect(back.interval).toEqual(expected.interval);
    expect(back.ratioInterval?.[0]).toBeCloseTo(expected.ratioInterval![0], 12);
    expect(back.ratioInterval?.[1]).toBeCloseTo(expected.ratioInterval![1], 12);
    expect(turnedRecord({ ...back, ratio: 0, ratioInterval: [0, 2], interval: null })).toMatchObject({
      ratio: null,
      ratioInterval: null,
      interval: null,
    });
    expect(turnedRecord({ ...back, ratio: null, ratioInterval: null })).toMatchObject({ ratio: null });
  });
});
