/** Two arms compared by what a metric is: the one place where a method is chosen. */
import {
  leastUnits,
  tooFew,
  withInterval,
  withoutInterval,
  type Estimate,
  type Interval,
  type Without,
} from "./estimate.ts";
import { pairedMeans, unpairedMeans } from "./means.ts";
import { pairedMedians, unpairedMedians, type Comparison } from "./medians.ts";
import { pairedProportions, unpairedProportions, type ProportionComparison } from "./proportions.ts";
import type { Pairs, Units } from "./units.ts";

/** Times have medians, what adds up has means, right or wrong has proportions. */
export type Kind = "median" | "mean" | "proportion";

/** The same rows through both arms. `resolution`: of the clock, for times. */
export function comparePairs(kind: Kind, pairs: Pairs, resolution = 0): Comparison {
  switch (kind) {
    case "median":
      return pairedMedians(pairs, resolution);
    case "mean":
      return pairedMeans(pairs);
    case "proportion":
      return withoutRatio(pairedProportions(pairs));
  }
}

/** Units that do not belong together, as of two reports. */
export function compareLists(kind: Kind, from: Units, to: Units, resolution = 0): Comparison {
  switch (kind) {
    case "median":
      return unpairedMedians(from, to, resolution);
    case "mean":
      return unpairedMeans(from, to);
    case "proportion":
      return withoutRatio(unpairedProportions(from, to));
  }
}

/** Of shares the difference in points is told: 2% to 4% is no doubling that anybody should read. */
const withoutRatio = ({ from, to, difference }: ProportionComparison): Comparison => ({
  from,
  to,
  difference,
  ratio: null,
});

/** A comparison as reports keep it. `interval` and `ratioInterval` are null where `without` says why. */
export interface ComparisonRecord {
  readonly fromValue: number;
  readonly toValue: number;
  /** Of pairs the median or mean over rows of the row's own difference, and ratio. */
  readonly difference: number;
  readonly interval: Interval | null;
  /** Missing in old reports. */
  readonly without?: Without | null;
  /** Null for shares, and where there is nothing to be a multiple of. */
  readonly ratio: number | null;
  readonly ratioInterval: Interval | null;
  /** Units that both sides have. */
  readonly n: number;
}

export const recordOf = ({ from, to, difference, ratio }: Comparison): ComparisonRecord => ({
  fromValue: from,
  toValue: to,
  difference: difference.value,
  interval: difference.interval,
  without: difference.without,
  ratio: ratio?.value ?? null,
  ratioInterval: ratio?.interval ?? null,
  n: difference.n,
});

/** For `betterOrWorse`. What an old report says of fewer units than an interval needs counts for nothing. */
export function differenceOf({ difference, n, interval, without }: ComparisonRecord): Estimate {
  if (n < leastUnits) return tooFew(difference, n);
  if (interval !== null) return withInterval(difference, n, interval);
  return withoutInterval(difference, n, without ?? { reason: "unbounded" });
}

/** The same record told from the other side. */
export const turnedRecord = (record: ComparisonRecord): ComparisonRecord => {
  const { fromValue, toValue, difference, interval, ratio, ratioInterval } = record;
  return {
    ...record,
    fromValue: toValue,
    toValue: fromValue,
    difference: -difference,
    interval: interval === null ? null : [-interval[1], -interval[0]],
    ratio: ratio === null || ratio === 0 ? null : 1 / ratio,
    ratioInterval:
      ratioInterval === null || ratioInterval[0] <= 0 ? null : [1 / ratioInterval[1], 1 / ratioInterval[0]],
  };
};
