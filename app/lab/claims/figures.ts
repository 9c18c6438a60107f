/** Figures with intervals from raw samples, by the methods of docs/statistics.md. */
import { mapEstimate, withoutInterval, type Estimate } from "../statistics/estimate.ts";
import { pairedMeans } from "../statistics/means.ts";
import { pairedMedians } from "../statistics/medians.ts";
import { singlePairs } from "../statistics/units.ts";

/** One unit: a repeat, a row, a text. */
export interface Pair {
  readonly from: number;
  readonly to: number;
}

/** Median over pairs of to / from. `resolution` as in `pairedMedians`. */
export const medianRatio = (pairs: readonly Pair[], resolution = 0): Estimate =>
  known(pairedMedians(listsOf(pairs), resolution).ratio, pairs.length);

/** mean(to) / mean(from) over pairs. */
export const meanRatio = (pairs: readonly Pair[]): Estimate =>
  known(pairedMeans(listsOf(pairs)).ratio, pairs.length);

/** 1 − ratio: what was saved. */
export const saved = (ratio: Estimate): Estimate => mapEstimate(ratio, (value) => 1 - value);

export const turned = ({ from, to }: Pair): Pair => ({ from: to, to: from });

const listsOf = (pairs: readonly Pair[]) =>
  singlePairs(
    pairs.map(({ from }) => from),
    pairs.map(({ to }) => to),
  );

/** A ratio to nothing has no value and no end. */
const known = (ratio: Estimate | null, n: number): Estimate =>
  ratio ?? withoutInterval(Number.NaN, n, { reason: "unbounded" });
