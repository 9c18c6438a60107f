/**
 * A figure and what is known about it. A figure without an interval says why, and nothing is
 * coloured, worded or judged from it: `decided` and `betterOrWorse` are the only ways to a verdict.
 */
export type Interval = readonly [low: number, high: number];

/** Why a figure has no interval. */
export type Without =
  /** Fewer units than the method needs to cover. */
  | { readonly reason: "not-enough-runs"; readonly needs: number }
  /**
   * All units gave the same, so that there is no spread to tell an interval from. With 95% at most
   * the share `othersAtMost` of all units would give something else (1 − 0.05^(1/n), near 3/n).
   * `decides`: so many units were the same that the value may be judged.
   */
  | { readonly reason: "constant"; readonly othersAtMost: number; readonly decides: boolean }
  /** A ratio to something that may be 0. */
  | { readonly reason: "unbounded" }
  /** Counted completely, or arithmetic: nothing was sampled. */
  | { readonly reason: "counted" };

/** Plain data: it goes into reports as it is. */
export type Estimate = {
  readonly value: number;
  /** Units that were resampled: rows, texts, requests, batches; never row times repeat. */
  readonly n: number;
} & (
  | { readonly interval: Interval; readonly without: null }
  | { readonly interval: null; readonly without: Without }
);

/**
 * Units from which every interval but those of high quantiles is shown: with six the smallest and
 * the largest value hold a median in 96.9% of all draws, and the intervals of means and proportions
 * were made to cover from there on (docs/statistics.md).
 */
export const leastUnits = 6;

/** Same values from which a mean may be judged: two-point data with p = 0.8 are all alike in 4.4% of draws. */
const leastForConstantMean = 14;

export const withInterval = (value: number, n: number, interval: Interval): Estimate => ({
  value,
  n,
  interval,
  without: null,
});

export const withoutInterval = (value: number, n: number, without: Without): Estimate => ({
  value,
  n,
  interval: null,
  without,
});

export const tooFew = (value: number, n: number, needs: number = leastUnits): Estimate =>
  withoutInterval(value, n, { reason: "not-enough-runs", needs });

export const counted = (value: number, n = 1): Estimate => withoutInterval(value, n, { reason: "counted" });

/**
 * All of n units gave `value`. Where a clock gave it, it may be off by its resolution, and that is
 * the interval; counts have none.
 */
export function constant(value: number, n: number, of: "median" | "mean", resolution: number): Estimate {
  if (resolution > 0) return withInterval(value, n, [value - resolution, value + resolution]);
  return withoutInterval(value, n, {
    reason: "constant",
    othersAtMost: 1 - 0.05 ** (1 / n),
    decides: n >= (of === "median" ? leastUnits : leastForConstantMean),
  });
}

/** The values that the data leave possible for a verdict; null where they allow none. */
export function decided({ value, interval, without }: Estimate): Interval | null {
  if (interval !== null) return interval;
  switch (without.reason) {
    case "counted":
      return [value, value];
    case "constant":
      return without.decides ? [value, value] : null;
    case "not-enough-runs":
    case "unbounded":
      return null;
  }
}

/** The same figure on another scale; a falling `scale` turns the interval round. */
export function mapEstimate(estimate: Estimate, scale: (value: number) => number): Estimate {
  const { value, n, interval, without } = estimate;
  if (interval === null) return withoutInterval(scale(value), n, without);
  const [a, b] = [scale(interval[0]), scale(interval[1])];
  return withInterval(scale(value), n, [Math.min(a, b), Math.max(a, b)]);
}

/** Why there is no interval, in words that stand where it would: "3 rows, an interval needs 6". */
export function withoutText({ n, without }: Estimate, unit: readonly [one: string, many: string]): string {
  const count = `${n} ${n === 1 ? unit[0] : unit[1]}`;
  if (without === null) return count;
  switch (without.reason) {
    case "not-enough-runs":
      return `${count}, an interval needs ${without.needs}`;
    case "constant":
      return `the same in all ${count}`;
    case "unbounded":
      return `${count}, divided by what may be 0`;
    case "counted":
      return "counted, not sampled";
  }
}
