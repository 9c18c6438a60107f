/**
 * Intervals of proportions, which stay honest where all or none of few rows are right. A row that
 * was asked several times counts by its share of right answers, once.
 */
import { leastUnits, tooFew, withInterval, type Estimate, type Interval } from "./estimate.ts";
import { mean } from "./summary.ts";
import { meansOf, type Pairs, type Units } from "./units.ts";

/**
 * In place of 1.96: Wilson's interval with that covers 87 to 92.9% at n = 4, 8, 16, 21, 25, 26, 31
 * and 40 for p = 0.2, 0.5 and 0.8, with this at least 93.7% at every n from 5 to 1,000.
 */
const zScore = 2.15;

/** Likewise for pairs: with 1.96 down to 92.8% from n = 6 on. */
const zPairs = 2;

/** Wilson's score interval of a share of rows. Values are 0 (wrong) to 1 (right). */
export const estimateProportion = (units: Units): Estimate => proportionOf(meansOf(units));

function proportionOf(shares: readonly number[]): Estimate {
  const n = shares.length;
  const share = mean(shares);
  return n < leastUnits ? tooFew(share, n) : withInterval(share, n, wilson(share, n));
}

/** Successes may be a sum of shares. Throws where n is 0. */
export function wilson(share: number, n: number): Interval {
  if (n <= 0) throw new RangeError("the interval of a proportion of nothing");
  const z2 = zScore ** 2;
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (zScore * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

export interface ProportionComparison {
  readonly from: number;
  readonly to: number;
  /** to − from, −1 to 1. */
  readonly difference: Estimate;
}

/** Difference of two proportions over the same rows. */
export function pairedProportions(pairs: Pairs): ProportionComparison {
  const from = meansOf(pairs.map((pair) => pair.from));
  const to = meansOf(pairs.map((pair) => pair.to));
  const changes = to.map((value, index) => value - (from[index] ?? Number.NaN));
  const n = changes.length;
  const difference = mean(changes);
  return {
    from: mean(from),
    to: mean(to),
    difference:
      n < leastUnits
        ? tooFew(difference, n)
        : withInterval(
            difference,
            n,
            pairedInterval(
              n,
              n * difference,
              changes.reduce((sum, change) => sum + change ** 2, 0),
            ),
          ),
  };
}

/**
 * Adjusted Wald interval of Bonett and Price (2012): one row thought of that was lost and one that
 * was gained keep it from vanishing where no row differed. `sum` and `squares`: of the rows' changes.
 */
export function pairedInterval(n: number, sum: number, squares: number): Interval {
  const centre = sum / (n + 2);
  const half = zPairs * Math.sqrt(((squares + 2) / (n + 2) - centre ** 2) / (n + 2));
  return [Math.max(-1, centre - half), Math.min(1, centre + half)];
}

/** Difference of two proportions of different rows: Newcombe's, from both intervals of Wilson. */
export function unpairedProportions(fromUnits: Units, toUnits: Units): ProportionComparison {
  const [from, to] = [proportionOf(meansOf(fromUnits)), proportionOf(meansOf(toUnits))];
  const n = Math.min(from.n, to.n);
  const difference = to.value - from.value;
  if (from.interval === null || to.interval === null) {
    return { from: from.value, to: to.value, difference: tooFew(difference, n) };
  }
  const below = Math.hypot(to.value - to.interval[0], from.interval[1] - from.value);
  const above = Math.hypot(to.interval[1] - to.value, from.value - from.interval[0]);
  const interval: Interval = [Math.max(-1, difference - below), Math.min(1, difference + above)];
  return { from: from.value, to: to.value, difference: withInterval(difference, n, interval) };
}
