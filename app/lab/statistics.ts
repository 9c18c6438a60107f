/** Summaries and intervals. All functions throw on an empty list: there is no summary of nothing. */
import { createRandom } from "./random.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the mean of no values");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Quantile `q` in [0, 1] with linear interpolation (R's type 7, NumPy's default). */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("a quantile of no values");
  return below + (above - below) * (position - Math.floor(position));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export interface Spread {
  readonly n: number;
  readonly median: number;
  readonly mean: number;
  readonly p25: number;
  readonly p75: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return {
    n: values.length,
    median: median(values),
    mean: mean(values),
    p25: quantile(values, 0.25),
    p75: quantile(values, 0.75),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** The middle of a list of numbers: medians for times, means for counts. */
export type Summary = (values: readonly number[]) => number;

export interface PairedDifference {
  readonly from: number;
  readonly to: number;
  /** to − from */
  readonly difference: number;
  /** to / from; null where `from` is 0. */
  readonly ratio: number | null;
  readonly interval: Interval;
  /** Null where a resample had `from` = 0. */
  readonly ratioInterval: Interval | null;
}

export interface BootstrapOptions {
  readonly summary: Summary;
  readonly resamples?: number;
  readonly confidence?: number;
  readonly seed?: number;
}

/**
 * Percentile bootstrap of the difference of two summaries. `from[i]` and `to[i]` belong to one
 * row, and rows are drawn with both their values, so that differences between rows cancel.
 */
export function pairedDifference(
  from: readonly number[],
  to: readonly number[],
  { summary, resamples = 2000, confidence = 0.95, seed = 1 }: BootstrapOptions,
): PairedDifference {
  if (from.length !== to.length) throw new RangeError(`${from.length} and ${to.length} values are no pairs`);
  const random = createRandom(seed);
  const differences: number[] = [];
  const ratios: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const drawn = from.map(() => random.below(from.length));
    const a = summary(drawn.map((row) => from[row] ?? Number.NaN));
    const b = summary(drawn.map((row) => to[row] ?? Number.NaN));
    differences.push(b - a);
    if (a !== 0) ratios.push(b / a);
  }
  const tail = (1 - confidence) / 2;
  const bounds = (values: readonly number[]): Interval => ({
    low: quantile(values, tail),
    high: quantile(values, 1 - tail),
  });
  const [a, b] = [summary(from), summary(to)];
  return {
    from: a,
    to: b,
    difference: b - a,
    ratio: a === 0 ? null : b / a,
    interval: bounds(differences),
    ratioInterval: ratios.length === resamples ? bounds(ratios) : null,
  };
}

/**
 * Percentile bootstrap of any statistic: units are drawn with all that belongs to them. Resamples
 * in which the statistic is no number are left out.
 */
export function bootstrap<Unit>(
  units: readonly Unit[],
  statistic: (units: readonly Unit[]) => number,
  { resamples = 2000, confidence = 0.95, seed = 1 }: Omit<BootstrapOptions, "summary"> = {},
): Interval {
  const random = createRandom(seed);
  const values = Array.from({ length: resamples }, () => statistic(units.map(() => random.choice(units))));
  const known = values.filter((value) => !Number.isNaN(value));
  const tail = (1 - confidence) / 2;
  return { low: quantile(known, tail), high: quantile(known, 1 - tail) };
}

/** to − from of two lists that do not belong together, each resampled by itself. */
export function independentDifference(
  from: readonly number[],
  to: readonly number[],
  { summary, resamples = 2000, confidence = 0.95, seed = 1 }: BootstrapOptions,
): { readonly difference: number; readonly interval: Interval } {
  const random = createRandom(seed);
  const draw = (values: readonly number[]): number => summary(values.map(() => random.choice(values)));
  const differences = Array.from({ length: resamples }, () => draw(to) - draw(from));
  const tail = (1 - confidence) / 2;
  return {
    difference: summary(to) - summary(from),
    interval: { low: quantile(differences, tail), high: quantile(differences, 1 - tail) },
  };
}

export interface Line {
  readonly intercept: number;
  readonly slope: number;
  /** Share of the variance explained; null where y does not vary. */
  readonly r2: number | null;
  readonly n: number;
}

/** Least squares y = intercept + slope·x. Slope 0 where x does not vary. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  let [varianceX, covariance, varianceY] = [0, 0, 0];
  for (const [x, y] of points) {
    varianceX += (x - meanX) ** 2;
    covariance += (x - meanX) * (y - meanY);
    varianceY += (y - meanY) ** 2;
  }
  const slope = varianceX === 0 ? 0 : covariance / varianceX;
  return {
    intercept: meanY - slope * meanX,
    slope,
    r2: varianceY === 0 ? null : (slope * covariance) / varianceY,
    n: points.length,
  };
}
