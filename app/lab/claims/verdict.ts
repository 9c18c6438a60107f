/** Verdicts, thresholds and figures of claims in words; how they are found is in `statistics/verdict.ts`. */
import type { Estimate } from "../statistics/estimate.ts";
import { verdictOf, type Verdict } from "../statistics/verdict.ts";
import { thresholdsOf, type Metric } from "./claim.ts";

/** What is computed from given prices and counts is no measurement, and gets no other verdict. */
export const metricVerdict = (metric: Metric, estimate: Estimate): Verdict =>
  metric.basis === "arithmetic" ? "arithmetic" : verdictOf(estimate, thresholdsOf(metric));

export const verdictWords: Readonly<Record<Verdict, string>> = {
  holds: "Holds here",
  partly: "Holds in part",
  fails: "Does not hold here",
  undecided: "Undecided",
  arithmetic: "Arithmetic",
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

/** A figure without its interval; "–" where there is none, as of a ratio to nothing. */
export const valueText = ({ metric, value }: { readonly metric: Metric; readonly value: number }): string =>
  Number.isFinite(value) ? formatFigure(metric, value) : "–";
