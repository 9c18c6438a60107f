/** From a figure to a verdict, by thresholds that were declared before. */
import type { Figure, Metric } from "./claim.ts";

export type Verdict = "holds" | "partly" | "fails";

/**
 * `holds`: all of the interval reaches the first threshold. `fails`: all of it misses the second.
 * `partly`: anything between, an interval too wide to tell included.
 */
export function metricVerdict(metric: Metric, { interval: [low, high] }: Figure): Verdict {
  const { holdsAt, partlyAt } = metric;
  switch (metric.direction) {
    case "higher":
      return low >= holdsAt ? "holds" : high < partlyAt ? "fails" : "partly";
    case "lower":
      return high <= holdsAt ? "holds" : low > partlyAt ? "fails" : "partly";
    case "near": {
      const [nearest, farthest] = distances(metric, low, high);
      return farthest <= holdsAt ? "holds" : nearest > partlyAt ? "fails" : "partly";
    }
  }
}

/** Distance of the interval's nearest and farthest point from the claimed figure, as a share of it. */
function distances({ claimed }: Metric, low: number, high: number): readonly [number, number] {
  const target = claimed ?? 0;
  const of = (value: number): number => Math.abs(value - target) / Math.abs(target);
  const inside = low <= target && target <= high;
  return [inside ? 0 : Math.min(of(low), of(high)), Math.max(of(low), of(high))];
}

/** A claim holds when each of its metrics does and fails when each of them does. */
export function claimVerdict(verdicts: readonly Verdict[]): Verdict {
  const [first = "partly"] = verdicts;
  return verdicts.every((verdict) => verdict === first) ? first : "partly";
}

export const verdictWords: Readonly<Record<Verdict, string>> = {
  holds: "Holds here",
  partly: "Holds in part",
  fails: "Does not hold here",
};

/** What a metric asks for, in words: "holds from 50%, in part from 10%". */
export function thresholdText(metric: Metric): string {
  const show = (value: number): string => formatFigure(metric, value);
  const { holdsAt, partlyAt, claimed } = metric;
  switch (metric.direction) {
    case "higher":
      return `holds from ${show(holdsAt)}, in part from ${show(partlyAt)}`;
    case "lower":
      return `holds up to ${show(holdsAt)}, in part up to ${show(partlyAt)}`;
    case "near":
      return `holds within ${percent(holdsAt)} of ${show(claimed ?? 0)}, in part within ${percent(partlyAt)}`;
  }
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))}%`;

/** A value in the metric's unit: "48%", "12.3×", "$2,565.00". */
export function formatFigure({ unit }: Pick<Metric, "unit">, value: number): string {
  switch (unit) {
    case "%":
      return percent(value);
    case "points":
      return `${Number((100 * value).toPrecision(3))} points`;
    case "×":
      return `${value.toPrecision(3)}×`;
    case "USD":
      return dollars(value);
    case "tokens":
    case "per token":
      return String(Number(value.toPrecision(value >= 1000 ? 4 : 3)));
  }
}

function dollars(value: number): string {
  const digits = Math.abs(value) < 1 ? 3 : 2;
  return `$${value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}
