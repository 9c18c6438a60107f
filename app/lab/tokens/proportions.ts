/** Intervals of proportions. They stay honest where all or none of few rows are right. */
import type { Interval } from "../statistics.ts";

/** 97.5% quantile of the standard normal distribution, for intervals of 95%. */
const z = 1.959964;

/** Wilson's score interval of a proportion, 95%. Throws where n is 0. */
export function proportionInterval(successes: number, n: number): Interval {
  if (n <= 0) throw new RangeError("the interval of a proportion of nothing");
  const share = successes / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Rows that both of two methods answered. */
export interface PairCounts {
  readonly n: number;
  /** Right before, wrong now. */
  readonly lost: number;
  /** Wrong before, right now. */
  readonly gained: number;
}

/**
 * Difference of two proportions over the same rows, with the adjusted Wald interval of Bonett and
 * Price (2012), 95%: half a pseudo-pair each way keeps it from vanishing where no row differed.
 */
export function pairedProportions({ n, lost, gained }: PairCounts): {
  readonly difference: number;
  readonly interval: Interval;
} {
  if (n <= 0) return { difference: 0, interval: { low: -1, high: 1 } };
  const down = (lost + 1) / (n + 2);
  const up = (gained + 1) / (n + 2);
  const half = z * Math.sqrt((up + down - (up - down) ** 2) / (n + 2));
  return {
    difference: (gained - lost) / n,
    interval: { low: Math.max(-1, up - down - half), high: Math.min(1, up - down + half) },
  };
}
