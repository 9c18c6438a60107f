/** From an estimate to a verdict, by thresholds that were declared before anything was measured. */
import { decided, type Estimate } from "./estimate.ts";

/**
 * `higher`: the figure is at least `holdsAt`. `lower`: at most. `near`: at most so far from
 * `claimed`, as a share of it. `partlyAt` is the weaker of the two thresholds.
 */
export type Thresholds = { readonly holdsAt: number; readonly partlyAt: number } & (
  { readonly direction: "higher" | "lower" } | { readonly direction: "near"; readonly claimed: number }
);

/**
 * `holds`: all that the data leave possible reaches the first threshold. `partly`: all of it reaches
 * the second. `fails`: none of it reaches the second. `undecided`: anything else, too few runs
 * included. `arithmetic`: nothing was measured. The first three are each wrong in at most 3.2% of
 * runs, one side of an interval.
 */
export type Verdict = "holds" | "partly" | "fails" | "undecided" | "arithmetic";

export function verdictOf(estimate: Estimate, thresholds: Thresholds): Verdict {
  const possible = decided(estimate);
  if (possible === null) return "undecided";
  const [nearest, farthest] = shortfalls(possible, thresholds);
  const [holds, partly] = limits(thresholds);
  if (farthest <= holds) return "holds";
  if (farthest <= partly) return "partly";
  return nearest > partly ? "fails" : "undecided";
}

/** How much the best and the worst of the interval lack, on a scale where less is nearer to the claim. */
function shortfalls(
  [low, high]: readonly [number, number],
  thresholds: Thresholds,
): readonly [number, number] {
  switch (thresholds.direction) {
    case "higher":
      return [-high, -low];
    case "lower":
      return [low, high];
    case "near": {
      const distance = (value: number): number => Math.abs(value - thresholds.claimed);
      const isInside = low <= thresholds.claimed && thresholds.claimed <= high;
      const [a, b] = [distance(low), distance(high)];
      return [isInside ? 0 : Math.min(a, b), Math.max(a, b)];
    }
  }
}

function limits(thresholds: Thresholds): readonly [holds: number, partly: number] {
  const { holdsAt, partlyAt } = thresholds;
  switch (thresholds.direction) {
    case "higher":
      return [-holdsAt, -partlyAt];
    case "lower":
      return [holdsAt, partlyAt];
    case "near": {
      const size = Math.abs(thresholds.claimed);
      return [holdsAt * size, partlyAt * size];
    }
  }
}

/**
 * Of a claim, from those of its metrics: it holds where each measured one does and fails where each
 * does, holds in part where one is shown to hold at least in part. What is arithmetic decides
 * nothing, unless there is nothing else.
 */
export function combinedVerdict(verdicts: readonly Verdict[]): Verdict {
  const measured = verdicts.filter((verdict) => verdict !== "arithmetic");
  if (measured.length === 0) return verdicts.length === 0 ? "undecided" : "arithmetic";
  if (measured.every((verdict) => verdict === "holds")) return "holds";
  if (measured.every((verdict) => verdict === "fails")) return "fails";
  return measured.some((verdict) => verdict === "holds" || verdict === "partly") ? "partly" : "undecided";
}
