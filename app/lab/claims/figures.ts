/** Figures with intervals from raw samples. */
import { bootstrap, type Summary } from "../statistics.ts";
import type { Figure } from "./claim.ts";

/** Any statistic of n units, which are resampled together with all that belongs to them. */
export function figure<Unit>(units: readonly Unit[], statistic: (units: readonly Unit[]) => number): Figure {
  const { low, high } = bootstrap(units, statistic);
  return { value: statistic(units), interval: [low, high], n: units.length };
}

/** What needs no sample: prices times counts. */
export const exact = (value: number): Figure => ({ value, interval: [value, value], n: 1 });

export interface Pair {
  readonly from: number;
  readonly to: number;
}

/** 1 − to / from, of the summaries of pairs. */
export const reduction = (pairs: readonly Pair[], summary: Summary): Figure =>
  figure(pairs, (drawn) => 1 - quotient(drawn, summary));

/** from / to, of the summaries of pairs. */
export const speedup = (pairs: readonly Pair[], summary: Summary): Figure =>
  figure(pairs, (drawn) => 1 / quotient(drawn, summary));

const quotient = (pairs: readonly Pair[], summary: Summary): number =>
  summary(pairs.map(({ to }) => to)) / summary(pairs.map(({ from }) => from));
