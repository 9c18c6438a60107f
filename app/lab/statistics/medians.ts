/** Differences and ratios of medians: of pairs, and of lists that do not belong together. */
import { constant, tooFew, withInterval, leastUnits, type Estimate, type Interval } from "./estimate.ts";
import { quantileOf, ranks, within } from "./order-statistics.ts";
import { ascending, median, quantileOfSorted } from "./summary.ts";
import { mediansOf, type Pairs, type Units } from "./units.ts";

/** What two arms come to. `ratio` is null where a value is 0 or less, which nothing can be a multiple of. */
export interface Comparison {
  readonly from: number;
  readonly to: number;
  readonly difference: Estimate;
  readonly ratio: Estimate | null;
}

/**
 * Of pairs, each unit is compared with itself first: `difference` is the median over units of
 * to − from, `ratio` that of to / from, which need not be the difference and ratio of the two
 * medians. Only so do differences between units cancel, and only so does an interval cover whatever
 * the values are distributed as. `resolution`: of one value's clock, as in `estimateMedian`.
 */
export function pairedMedians(pairs: Pairs, resolution = 0): Comparison {
  const from = mediansOf(pairs.map((pair) => pair.from));
  const to = mediansOf(pairs.map((pair) => pair.to));
  const both = from.map((value, index) => [value, to[index] ?? Number.NaN] as const);
  return {
    from: median(from),
    to: median(to),
    difference: quantileOf(
      both.map(([a, b]) => within(b - a, 2 * resolution)),
      0.5,
    ),
    ratio: both.some(([a, b]) => a <= 0 || b < 0)
      ? null
      : quantileOf(both.map(boundedRatio(resolution)), 0.5),
  };
}

/** A denominator within a clock's resolution of 0 leaves the ratio open above. */
const boundedRatio =
  (resolution: number) =>
  ([a, b]: readonly [number, number]) => ({
    value: b / a,
    low: Math.max(0, b - resolution) / (a + resolution),
    high: a > resolution ? (b + resolution) / (a - resolution) : Number.POSITIVE_INFINITY,
  });

/**
 * Of two lists: the difference and the ratio of their medians. The two exact intervals are put
 * together by the squares of their arms (MOVER, Zou and Donner 2008), the ratio's as logarithms.
 */
export function unpairedMedians(fromUnits: Units, toUnits: Units, resolution = 0): Comparison {
  const [from, to] = [ascending(mediansOf(fromUnits)), ascending(mediansOf(toUnits))];
  const [a, b] = [quantileOfSorted(from, 0.5), quantileOfSorted(to, 0.5)];
  const n = Math.min(from.length, to.length);
  const isPositive = [...from, ...to].every((value) => value > resolution);
  if (n < leastUnits) {
    return { from: a, to: b, difference: tooFew(b - a, n), ratio: isPositive ? tooFew(b / a, n) : null };
  }
  const [inner, outer] = [intervalOf(from), intervalOf(to)];
  const together = (scale: (value: number) => number): Interval =>
    combine([a, inner], [b, outer], scale, resolution);
  const difference = together((value) => value);
  const isConstant = difference[0] === difference[1];
  return {
    from: a,
    to: b,
    difference: isConstant ? constant(b - a, n, "median", 0) : withInterval(b - a, n, difference),
    ratio: isPositive ? ratioOf(b / a, n, isConstant, together(Math.log)) : null,
  };
}

const ratioOf = (value: number, n: number, isConstant: boolean, [low, high]: Interval): Estimate =>
  isConstant ? constant(value, n, "median", 0) : withInterval(value, n, [Math.exp(low), Math.exp(high)]);

function intervalOf(sorted: readonly number[]): Interval {
  const [low, high] = ranks(sorted.length, 0.5) ?? [0, sorted.length - 1];
  return [sorted[low] ?? Number.NaN, sorted[high] ?? Number.NaN];
}

function combine(
  [a, [aLow, aHigh]]: readonly [number, Interval],
  [b, [bLow, bHigh]]: readonly [number, Interval],
  scale: (value: number) => number,
  resolution: number,
): Interval {
  const difference = scale(b) - scale(a);
  const below = Math.hypot(scale(b) - scale(bLow - resolution), scale(aHigh + resolution) - scale(a));
  const above = Math.hypot(scale(bHigh + resolution) - scale(b), scale(a) - scale(aLow - resolution));
  return [difference - below, difference + above];
}

/** A batch: so many things (tokens, requests) in so many milliseconds. */
export interface Batch {
  readonly count: number;
  readonly ms: number;
}

/** Median over batches of things a second. `resolutionMs`: of the clock. Throws where there is no batch. */
export const medianRate = (batches: readonly Batch[], resolutionMs = 0): Estimate =>
  quantileOf(
    batches.map(({ count, ms }) => ({
      value: (1000 * count) / ms,
      low: (1000 * count) / (ms + resolutionMs),
      high: ms > resolutionMs ? (1000 * count) / (ms - resolutionMs) : Number.POSITIVE_INFINITY,
    })),
    0.5,
  );
