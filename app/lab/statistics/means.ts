/**
 * Means, their differences and ratios. Student's interval, made to cover at small n: two values are
 * thought of beside the measured ones, as far from the mean as the farthest of them, one on each
 * side, and two degrees of freedom are given up. Plain Student covers 91 to 92% on lognormal data
 * and 89% on two-point data at n = 6 to 10; this one 93% and more from n = 6 on (docs/statistics.md).
 */
import { studentT } from "./distributions.ts";
import { constant, leastUnits, tooFew, withInterval, withoutInterval, type Estimate } from "./estimate.ts";
import type { Comparison } from "./medians.ts";
import { mean } from "./summary.ts";
import { meansOf, type Pairs, type Units } from "./units.ts";

/** Mean over units. `resolution` as in `estimateMedian`: the width of a constant sample. */
export const estimateMean = (units: Units, resolution = 0): Estimate => meanOf(meansOf(units), resolution);

/** Mean of one value a unit. Throws where there is none. */
export function meanOf(values: readonly number[], resolution = 0): Estimate {
  const n = values.length;
  const value = mean(values);
  if (n < leastUnits) return tooFew(value, n);
  if (isConstant(values)) return constant(value, n, "mean", resolution);
  const half = halfWidth(values);
  return withInterval(value, n, [value - half, value + half]);
}

/** Of pairs: mean(to) − mean(from) and mean(to) / mean(from), both with what pairs tell. */
export function pairedMeans(pairs: Pairs, resolution = 0): Comparison {
  const from = meansOf(pairs.map((pair) => pair.from));
  const to = meansOf(pairs.map((pair) => pair.to));
  const differences = to.map((value, index) => value - (from[index] ?? Number.NaN));
  return {
    from: mean(from),
    to: mean(to),
    difference: meanOf(differences, 2 * resolution),
    ratio: mean(from) === 0 ? null : ratioOfMeans(from, to),
  };
}

/** Of two lists that do not belong together. */
export function unpairedMeans(fromUnits: Units, toUnits: Units): Comparison {
  const [from, to] = [meansOf(fromUnits), meansOf(toUnits)];
  const [a, b] = [mean(from), mean(to)];
  const n = Math.min(from.length, to.length);
  if (n < leastUnits) {
    return { from: a, to: b, difference: tooFew(b - a, n), ratio: a === 0 ? null : tooFew(b / a, n) };
  }
  if (isConstant(from) || isConstant(to)) {
    const ratio = a === 0 ? null : constant(b / a, n, "mean", 0);
    return { from: a, to: b, difference: constant(b - a, n, "mean", 0), ratio };
  }
  const [fromError, toError] = [squaredError(from), squaredError(to)];
  const half = (factor: number): number =>
    welch([factor ** 2 * fromError, from.length], [toError, to.length]);
  const difference = withInterval(b - a, n, [b - a - half(1), b - a + half(1)]);
  return { from: a, to: b, difference, ratio: a === 0 ? null : inverted(a, b, n, meanOf(from), half) };
}

/**
 * mean(to) / mean(from) over pairs: all ratios r for which the mean of to − r·from may be 0
 * (Fieller). Unbounded where mean(from) may be 0 itself. Shares of a whole are ratios like this.
 */
export function ratioOfMeans(from: readonly number[], to: readonly number[]): Estimate {
  const [a, b] = [mean(from), mean(to)];
  const n = from.length;
  if (n < leastUnits) return tooFew(b / a, n);
  const residuals = (ratio: number): readonly number[] =>
    to.map((value, index) => value - ratio * (from[index] ?? Number.NaN));
  if (isConstant(residuals(b / a), largest(to))) return constant(b / a, n, "mean", 0);
  const t = studentT(n - 3);
  return inverted(a, b, n, meanOf(from), (ratio) => t * Math.sqrt(squaredError(residuals(ratio))));
}

/**
 * The ratios r at which |b − r·a| is at most `half(r)`. b − r·a ± half(r) are concave and convex in
 * r, so that each end is crossed once where `from` keeps away from 0.
 */
function inverted(
  a: number,
  b: number,
  n: number,
  from: Estimate,
  half: (ratio: number) => number,
): Estimate {
  const [low, high] = from.interval ?? [a, a];
  if (low <= 0 && high >= 0) return withoutInterval(b / a, n, { reason: "unbounded" });
  const isOut = (ratio: number): boolean => Math.abs(b - ratio * a) > half(ratio);
  const end = (direction: -1 | 1): number => {
    let step = half(b / a) / Math.abs(a);
    while (!isOut(b / a + direction * step)) step *= 2;
    let [inside, outside] = [0, step];
    for (let round = 0; round < 30; round += 1) {
      const middle = (inside + outside) / 2;
      if (isOut(b / a + direction * middle)) outside = middle;
      else inside = middle;
    }
    return b / a + direction * outside;
  };
  return withInterval(b / a, n, [end(-1), end(1)]);
}

/** Rounding makes equal values differ in the last digits; what a person measured does not. */
function isConstant(values: readonly number[], scale: number = largest(values)): boolean {
  const centre = mean(values);
  return values.every((value) => Math.abs(value - centre) <= 1e-12 * scale);
}

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

/** Squared standard error of the mean with the two values thought of, as the head of this file says. */
function squaredError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.map((value) => (value - centre) ** 2);
  const total = squares.reduce((sum, square) => sum + square, 0) + 2 * Math.max(...squares);
  return total / (values.length + 1) / (values.length + 2);
}

const halfWidth = (values: readonly number[]): number =>
  studentT(values.length - 3) * Math.sqrt(squaredError(values));

/** Half the width of a difference of means, with Welch's degrees of freedom; of each its squared error and n. */
function welch([a, n]: readonly [number, number], [b, m]: readonly [number, number]): number {
  const freedom = (a + b) ** 2 / (a ** 2 / (n - 3) + b ** 2 / (m - 3));
  return studentT(freedom) * Math.sqrt(a + b);
}
