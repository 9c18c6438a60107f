/** Summaries of lists. All functions throw on an empty list: there is no summary of nothing. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the mean of no values");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Quantile `q` in [0, 1] with linear interpolation (R's type 7, NumPy's default). */
export const quantile = (values: readonly number[], q: number): number =>
  quantileOfSorted(ascending(values), q);

export function quantileOfSorted(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("a quantile of no values");
  // Not by the difference alone: of two infinities it is no number.
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A typed array sorts by numbers, several times as quick as by a function. */
export const ascending = (values: readonly number[]): readonly number[] => [
  ...Float64Array.from(values).sort(),
];

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
  const sorted = ascending(values);
  return {
    n: values.length,
    median: quantileOfSorted(sorted, 0.5),
    mean: mean(values),
    p25: quantileOfSorted(sorted, 0.25),
    p75: quantileOfSorted(sorted, 0.75),
    min: quantileOfSorted(sorted, 0),
    max: quantileOfSorted(sorted, 1),
  };
}

/** The middle of a list of numbers: medians for times, means for counts. */
export type Summary = (values: readonly number[]) => number;
