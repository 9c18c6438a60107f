/** Claims on noise: how often a claim whose truth is known gets which verdict, by simulation. */
import { createRandom, type Random } from "../../random.ts";
import type { Estimate } from "../estimate.ts";
import { pairedMeans } from "../means.ts";
import { medianRate, pairedMedians } from "../medians.ts";
import { pairedProportions } from "../proportions.ts";
import { singlePairs } from "../units.ts";
import { combinedVerdict, verdictOf, type Thresholds, type Verdict } from "../verdict.ts";
import { gaussian } from "./populations.ts";

/** A claim's figure when the truth is `truth`, measured on `n` units. */
export interface ClaimKind {
  readonly name: string;
  readonly thresholds: Thresholds;
  /** True with a margin, just short of the first threshold, and just short of the second. */
  readonly truths: { readonly holds: number; readonly short: number; readonly fails: number };
  /** The n that claims of this kind measure by default: repeats of timed ones, texts, rows of judged ones. */
  readonly n: number;
  readonly measure: (truth: number, n: number, random: Random) => Estimate;
}

/** Times of a device vary from run to run by a tenth, those of rows by a half. */
const [noise, rows] = [0.1, 0.5];
const around = (value: number, sigma: number, random: Random): number =>
  value * Math.exp(sigma * gaussian(random));
const list = <Value>(n: number, make: () => Value): readonly Value[] => Array.from({ length: n }, make);

/** The same rows through both arms: `to` takes `ratio` of the time. */
function timesOfPairs(ratio: number, n: number, random: Random) {
  const row = list(n, () => around(100, rows, random));
  return singlePairs(
    row.map((size) => around(size, noise, random)),
    row.map((size) => around(size * ratio, noise, random)),
  );
}

const less = (estimate: Estimate | null): Estimate => {
  if (estimate?.interval == null) throw new Error("no interval of a ratio of positive times");
  const { value, n, interval } = estimate;
  return { value: 1 - value, n, interval: [1 - interval[1], 1 - interval[0]], without: null };
};

export const claimKinds: readonly ClaimKind[] = [
  {
    name: "time saved, half or more",
    thresholds: { direction: "higher", holdsAt: 0.5, partlyAt: 0.1 },
    truths: { holds: 0.65, short: 0.49, fails: 0.09 },
    n: 9,
    measure: (saved, n, random) => less(pairedMedians(timesOfPairs(1 - saved, n, random)).ratio),
  },
  {
    name: "times as fast, 1.5 or more",
    thresholds: { direction: "higher", holdsAt: 1.5, partlyAt: 1.1 },
    truths: { holds: 2, short: 1.48, fails: 1.08 },
    n: 9,
    measure: (times, n, random) => {
      const { ratio } = pairedMedians(timesOfPairs(times, n, random));
      if (ratio === null) throw new Error("no ratio of positive times");
      return ratio;
    },
  },
  {
    name: "tokens saved, nine tenths of 23.4%",
    thresholds: { direction: "higher", holdsAt: 0.9 * 0.234, partlyAt: 0.5 * 0.234 },
    truths: { holds: 0.26, short: 0.208, fails: 0.115 },
    n: 12,
    measure: (saved, n, random) => {
      const sizes = list(n, () => around(70, 0.2, random));
      const pairs = singlePairs(
        sizes.map(Math.round),
        sizes.map((size) => Math.round(around(size * (1 - saved), 0.03, random))),
      );
      return less(pairedMeans(pairs).ratio);
    },
  },
  {
    name: "throughput near a figure, within a fifth",
    thresholds: { direction: "near", claimed: 100, holdsAt: 0.2, partlyAt: 0.5 },
    truths: { holds: 100, short: 123, fails: 151 },
    n: 9,
    measure: (rate, n, random) =>
      medianRate(list(n, () => ({ count: 64, ms: around(64_000 / rate, 0.06, random) }))),
  },
  {
    name: "right answers gained, five points or more",
    thresholds: { direction: "higher", holdsAt: 0.05, partlyAt: 0.01 },
    truths: { holds: 0.35, short: 0.045, fails: 0.009 },
    n: 48,
    measure: (gain, n, random) => {
      const from = list(n, () => Number(random.next() < 0.6));
      // Of the wrong rows so many come right that the gain is that of all rows.
      const to = from.map((row) => (row === 1 || random.next() < gain / 0.4 ? 1 : 0));
      return pairedProportions(singlePairs(from, to)).difference;
    },
  },
];

/** Shares of `runs` in which a claim with this truth got each verdict. */
export function verdictShares(
  { measure, thresholds, n }: ClaimKind,
  truth: number,
  runs: number,
): Readonly<Record<Verdict, number>> {
  const random = createRandom(17);
  const shares = { holds: 0, partly: 0, fails: 0, undecided: 0, arithmetic: 0 };
  for (let run = 0; run < runs; run += 1) {
    const verdict = combinedVerdict([verdictOf(measure(truth, n, random), thresholds)]);
    shares[verdict] += 1 / runs;
  }
  return shares;
}
