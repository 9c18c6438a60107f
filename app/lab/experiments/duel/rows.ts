/** A duel's results line by line, in words. */
import { formatDifference, formatMetric } from "../../format.ts";
import { metricTitle } from "../../metrics.ts";
import type { Difference, RowMetric } from "../compare/report.ts";
import type { DuelFigure, DuelReport, DuelSide } from "./report.ts";

/** One line of the result, whichever part of the report it comes from. */
export interface DuelRow {
  readonly id: RowMetric | DuelFigure["id"];
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly difference: string;
  readonly interval: string;
  readonly ratio: number | null;
  readonly n: number;
}

const timed: readonly RowMetric[] = ["ttftMs", "e2eMs", "prefillMs", "decodeMs"];
const counted: readonly RowMetric[] = ["promptTokens", "cachedTokens", "outputTokens", "accuracy"];

/** Empty where one of the engines answered no row. */
export function duelRows({ differences, duel }: DuelReport): readonly DuelRow[] {
  const rowOf = (metric: RowMetric): readonly DuelRow[] => {
    const found = differences.find((difference) => difference.metric === metric);
    return found === undefined ? [] : [metricRow(found)];
  };
  return [...timed.flatMap(rowOf), ...duel.figures.map(figureRow), ...counted.flatMap(rowOf)];
}

function metricRow(of: Difference): DuelRow {
  const { metric, fromValue, toValue, difference, interval, ratio, n } = of;
  return {
    id: metric,
    label: metricTitle(metric),
    from: formatMetric(metric, fromValue),
    to: formatMetric(metric, toValue),
    difference: formatDifference(metric, difference),
    interval: intervalText(interval, (value) => formatDifference(metric, value), n),
    ratio,
    n,
  };
}

function figureRow({ id, from, to, difference, interval, ratio, n }: DuelFigure): DuelRow {
  const format = (value: number): string => formatFigure(id, value);
  const signed = (value: number): string =>
    (value > 0 ? "+" : value < 0 ? "−" : "±") + format(Math.abs(value));
  return {
    id,
    label: id === "itlMs" ? metricTitle("itlMs") : "Output rate",
    from: format(from),
    to: format(to),
    difference: signed(difference),
    interval: intervalText(interval, signed, n),
    ratio,
    n,
  };
}

export const formatFigure = (id: DuelFigure["id"], value: number): string =>
  id === "itlMs" ? formatMetric("itlMs", value) : formatMetric("outputRate", value);

/** One row has no interval. */
const intervalText = (
  [low, high]: readonly [number, number],
  format: (value: number) => string,
  n: number,
): string => (n < 2 ? "–" : `${format(low)} to ${format(high)}`);

export function loadText({ loadMs, error }: DuelSide): string {
  if (loadMs.length === 0) return error === null ? "not loaded" : "did not load";
  return loadMs.map((ms) => formatMetric("e2eMs", ms)).join(", ");
}

/** What ran on what: both sides differ in it, so a report's one line of environment would mislead. */
export function sideText({ environment }: DuelSide): string {
  if (environment === null) return "no model";
  const { modelId, quantization, runner, adapter, isSoftwareAdapter } = environment;
  const device =
    runner === "cpu"
      ? "the processor"
      : `${adapter ?? "an unnamed adapter"}${isSoftwareAdapter === true ? " (software, a CPU)" : ""}`;
  return `${modelId ?? "unknown model"}, ${quantization ?? "quantization unknown"}, on ${device}`;
}
