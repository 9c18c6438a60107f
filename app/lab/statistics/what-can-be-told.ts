/** What so many runs can tell, before any of them is made. */
import { normalQuantile } from "./distributions.ts";
import { leastUnits } from "./estimate.ts";
import { ranks } from "./order-statistics.ts";
import { pairedInterval } from "./proportions.ts";

/**
 * Share of the rows that two prompts of nearly the same accuracy answer differently, taken where
 * nothing was measured yet: of 100 rows one is lost and one gained.
 */
export const guessedChanging = 0.02;

/**
 * The largest loss of right answers that n rows can exclude when as many rows are lost as gained:
 * the share `changing` of them in all. Null below the n of an interval.
 */
export function excludedLoss(n: number, changing: number = guessedChanging): number | null {
  if (n < leastUnits) return null;
  return -pairedInterval(n, 0, n * changing)[0];
}

/** Rows from which a loss of `loss` can be excluded; null where more than `most` would be needed. */
export function rowsToExclude(
  loss: number,
  changing: number = guessedChanging,
  most = 10_000,
): number | null {
  return leastRows(most, (n) => (excludedLoss(n, changing) ?? Number.POSITIVE_INFINITY) <= loss);
}

/**
 * The smallest change of a median that n pairs can tell from none, as a factor above 1: 1.2 for
 * "20% more or 17% less". `spread`: by how much one row's ratio lies around the middle one, as a
 * factor less 1 (0.1 for a tenth, one standard deviation). Null below the n of an interval.
 */
export function tellableRatio(n: number, spread: number): number | null {
  const at = n < leastUnits ? null : ranks(n, 0.5);
  if (at === null) return null;
  // Where the upper of the two values between which the interval lies is expected (Blom 1958).
  const z = normalQuantile((at[1] + 1 - 0.375) / (n + 0.25));
  return (1 + spread) ** z;
}

/** Pairs from which a change by the factor `ratio` (above 1) can be told; null above `most`. */
export function rowsToTell(ratio: number, spread: number, most = 10_000): number | null {
  return leastRows(most, (n) => (tellableRatio(n, spread) ?? Number.POSITIVE_INFINITY) <= ratio);
}

function leastRows(most: number, isEnough: (n: number) => boolean): number | null {
  for (let n = leastUnits; n <= most; n += 1) if (isEnough(n)) return n;
  return null;
}
