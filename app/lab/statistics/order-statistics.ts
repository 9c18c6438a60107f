/**
 * Intervals between two of the sorted values. They cover with a known chance whatever the values
 * are distributed as: the k-th smallest of n lies above the quantile q when fewer than k values
 * fall below it, which is a binomial chance.
 */
import { lastOfTail } from "./distributions.ts";
import {
  constant,
  leastUnits,
  tooFew,
  withInterval,
  withoutInterval,
  type Estimate,
  type Interval,
} from "./estimate.ts";
import { ascending, quantileOfSorted } from "./summary.ts";
import { mediansOf, type Units } from "./units.ts";

/** Chance that both ends together may miss. */
const missed = 0.05;

/** Positions from 0 of the values that bound quantile q with 95%; null below the n where two do. */
export function ranks(n: number, q: number): readonly [low: number, high: number] | null {
  if (n > 1000) return normalRanks(n, q);
  // So many of the n lie below the quantile, and the interval misses it when at most `low` do.
  const [missedBelow, missedAbove] = [(1 - q) ** n, q ** n];
  if (missedBelow + missedAbove > missed) return null;
  // Each tail may take a half, and what the other one cannot do with less.
  const low = lastOfTail(n, q, Math.min(missed / 2, missed - missedAbove));
  const high = lastOfTail(n, 1 - q, Math.min(missed / 2, missed - missedBelow));
  return [Math.max(0, low), n - 1 - Math.max(0, high)];
}

/** Where the binomial is as good as normal, with a value more on each side. */
function normalRanks(n: number, q: number): readonly [low: number, high: number] {
  const half = 1.96 * Math.sqrt(n * q * (1 - q));
  return [Math.max(0, Math.floor(n * q - half) - 1), Math.min(n - 1, Math.ceil(n * q + half))];
}

/** Units from which quantile q has an interval: 6 for a median, 29 for p90, 59 for p95, 299 for p99. */
export function leastForQuantile(q: number): number {
  let n = leastUnits;
  while (ranks(n, q) === null) n += 1;
  return n;
}

/** Values that are known up to a clock: what each may have been at the least and at the most. */
export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export const within = (value: number, resolution: number): Bounded => ({
  value,
  low: value - resolution,
  high: value + resolution,
});

/** Interval of quantile q between two of the sorted bounds. */
export function quantileOf(values: readonly Bounded[], q: number): Estimate {
  const n = values.length;
  const sorted = ascending(values.map(({ value }) => value));
  const value = quantileOfSorted(sorted, q);
  const at = n < leastUnits ? null : ranks(n, q);
  if (at === null) return tooFew(value, n, leastForQuantile(q));
  const isExact = values.every((bounded) => bounded.low === bounded.high);
  const lows = isExact ? sorted : ascending(values.map(({ low }) => low));
  const highs = isExact ? sorted : ascending(values.map(({ high }) => high));
  const interval = widened(lows, highs, at);
  if (interval === null) return constant(value, n, "median", 0);
  return interval.every(Number.isFinite)
    ? withInterval(value, n, interval)
    : withoutInterval(value, n, { reason: "unbounded" });
}

/** Ties never make an interval a point: it grows to the next value on each side. Null where all are the same. */
function widened(
  lows: readonly number[],
  highs: readonly number[],
  [low, high]: readonly [number, number],
): Interval | null {
  const [from, to] = [lows[low] ?? Number.NaN, highs[high] ?? Number.NaN];
  if (from < to) return [from, to];
  const below = lows.findLast((value) => value < from) ?? from;
  const above = highs.find((value) => value > to) ?? to;
  return below === above ? null : [below, above];
}

/**
 * Median over units, with the interval between two sorted values; exact at every n from 6 on.
 * `resolution`: how far a value may be off because of its clock, in the unit of the values; 0 for counts.
 */
export const estimateMedian = (units: Units, resolution = 0): Estimate =>
  estimateQuantile(units, 0.5, resolution);

/** Quantile q over units, likewise. Throws where there is no unit. */
export const estimateQuantile = (units: Units, q: number, resolution = 0): Estimate =>
  quantileOf(
    mediansOf(units).map((value) => within(value, resolution)),
    q,
  );
