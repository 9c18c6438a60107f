/** Two arms compared by what a metric is: the one place where a method is chosen. */
import type { Estimate } from "./estimate.ts";
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

/** The same comparison told from the other side. */
export function turned({ from, to, difference, ratio }: Comparison): Comparison {
  return {
    from: to,
    to: from,
    difference: negated(difference),
    ratio: ratio === null ? null : inverse(ratio),
  };
}

const negated = (estimate: Estimate): Estimate => mapped(estimate, (value) => -value);
const inverse = (estimate: Estimate): Estimate => mapped(estimate, (value) => 1 / value);

/** Both turn an interval round; a ratio whose interval reaches 0 has no end the other way. */
function mapped(estimate: Estimate, scale: (value: number) => number): Estimate {
  const { n, interval, without } = estimate;
  const value = scale(estimate.value);
  if (interval === null) return { value, n, interval, without };
  const [low, high] = [scale(interval[1]), scale(interval[0])];
  return Number.isFinite(high) && low <= high
    ? { value, n, interval: [low, high], without: null }
    : { value, n, interval: null, without: { reason: "unbounded" } };
}
