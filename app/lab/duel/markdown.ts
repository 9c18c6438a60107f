/** A duel as text: for terminals, and for people who paste it into a document. */
import { markdownSafe } from "../markdown-safe.ts";
import { markdownTable } from "../markdown-table.ts";
import { formatDifference, formatMetric, metricTitles } from "../markdown.ts";
import type { Difference, MetricId } from "../report.ts";
import { answersText } from "./answers.ts";
import type { DuelFigure, DuelReport, DuelSide } from "./report.ts";

/** One line of the result, whichever part of the report it comes from. */
export interface DuelRow {
  readonly id: MetricId | DuelFigure["id"];
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly difference: string;
  readonly interval: string;
  readonly ratio: number | null;
  readonly n: number;
}

const timed: readonly MetricId[] = ["ttftMs", "e2eMs", "prefillMs", "decodeMs"];
const counted: readonly MetricId[] = ["promptTokens", "cachedTokens", "outputTokens", "accuracy"];

/** Empty where one of the engines answered no row. */
export function duelRows({ differences, duel }: DuelReport): readonly DuelRow[] {
  const rowOf = (metric: MetricId): readonly DuelRow[] => {
    const found = differences.find((difference) => difference.metric === metric);
    return found === undefined ? [] : [metricRow(found)];
  };
  return [...timed.flatMap(rowOf), ...duel.figures.map(figureRow), ...counted.flatMap(rowOf)];
}

function metricRow(of: Difference): DuelRow {
  const { metric, fromValue, toValue, difference, interval, ratio, n } = of;
  return {
    id: metric,
    label: metricTitles[metric],
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
    label: id === "itlMs" ? "ITL, median" : "Output rate",
    from: format(from),
    to: format(to),
    difference: signed(difference),
    interval: intervalText(interval, signed, n),
    ratio,
    n,
  };
}

export const formatFigure = (id: DuelFigure["id"], value: number): string =>
  id === "itlMs" ? formatMetric("ttftMs", value) : `${value.toFixed(1)} tok/s`;

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

export function settingsText({ settings, duel, aborted }: DuelReport): string {
  const order = duel.order.map((id) => (id === duel.sides[0].id ? "A" : "B")).join(" ");
  return [
    `${settings.rows} ${settings.rows === 1 ? "row" : "rows"} × ${settings.repeats} ${settings.repeats === 1 ? "pass" : "passes"} each, by turns (loads: ${order === "" ? "none" : order})`,
    `prefix cache ${settings.cache} at each row`,
    ...(aborted ? ["cancelled before the end"] : []),
  ].join(", ");
}

export function duelMarkdown(given: DuelReport): string {
  const report = markdownSafe(given);
  const { duel, workload } = report;
  const [a, b] = duel.sides;
  const parted = duel.answers.filter(({ firstDifference }) => firstDifference !== null);
  return [
    `# ${workload.title}: ${a.title} against ${b.title}`,
    settingsText(report),
    markdownTable(
      ["", "Engine", "Ran", "Loads", "Rows answered", "Error"],
      [a, b].map((side, index) => {
        const plan = report.plans.find(({ plan: id }) => id === side.id);
        return [
          index === 0 ? "A" : "B",
          side.title,
          sideText(side),
          loadText(side),
          String(plan?.n ?? 0),
          side.error === null ? "–" : `${side.error.kind}: ${side.error.message}`,
        ];
      }),
    ),
    duel.weights.text,
    ...(duelRows(report).length === 0
      ? []
      : [
          markdownTable(
            ["Metric", "A", "B", "B − A", "95% interval", "B / A", "rows"],
            duelRows(report).map((row) => [
              row.label,
              row.from,
              row.to,
              row.difference,
              row.interval,
              row.ratio === null ? "–" : row.ratio.toFixed(2),
              String(row.n),
            ]),
          ),
        ]),
    ...(duel.answers.length === 0 ? [] : [`${answersText(duel.answers) ?? ""}.`]),
    ...(parted.length === 0
      ? []
      : [
          markdownTable(
            ["Row", "Call", "First difference at", "A", "B"],
            parted.map(({ label, basis, firstDifference }) => [
              label,
              firstDifference?.callId ?? "",
              `${basis === "text" ? "character" : "token"} ${(firstDifference?.position ?? 0) + 1}`,
              JSON.stringify(firstDifference?.from ?? ""),
              JSON.stringify(firstDifference?.to ?? ""),
            ]),
          ),
        ]),
    "Counts and rates are means per row, times medians per row. Intervals: 95%, bootstrap over rows in pairs.",
  ].join("\n\n");
}
