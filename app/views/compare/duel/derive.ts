/** What the duel's view says, from its report. Pure. */
import type { DeltaRow } from "../../../charts/DeltaBars.tsx";
import { figureFormulas } from "../../../lab/experiments/duel/figures.ts";
import { duelRows, formatFigure, type DuelRow } from "../../../lab/experiments/duel/rows.ts";
import type { DuelReport } from "../../../lab/experiments/duel/report.ts";
import { formatMetric } from "../../../lab/format.ts";
import { metricTitle, rowFormulas } from "../../../lab/metrics.ts";
import type { Difference, RowMetric } from "../../../lab/experiments/compare/report.ts";
import { intervalPercent, verdictOf } from "../derive.ts";

/** The finding in words, whichever way it came out. */
export function duelFinding(report: DuelReport): string {
  const [a, b] = report.duel.sides;
  const rate = report.duel.figures.find(({ id }) => id === "outputTokensPerSecond");
  if (rate === undefined || rate.ratio === null) {
    const failed = [a, b].filter(({ error }) => error !== null).map(({ title }) => title);
    return failed.length === 0
      ? "The two answered no row in common yet, so there is no difference to tell."
      : `${failed.join(" and ")} could not be measured, so there is no difference to tell.`;
  }
  const rows = rate.n === 1 ? "one row, so this may be chance" : `${rate.n} rows`;
  const [low, high] = rate.interval;
  if (rate.n > 1 && low <= 0 && high >= 0) {
    return `No difference in output rate between the two can be told from chance here (${rows}).`;
  }
  const [fast, slow, ratio] = rate.ratio >= 1 ? [b, a, rate.ratio] : [a, b, 1 / rate.ratio];
  return `${fast.title} gave ${ratio.toFixed(2)} times the output rate of ${slow.title} (${rows}).`;
}

const barMetrics: readonly RowMetric[] = ["ttftMs", "prefillMs", "decodeMs", "e2eMs"];

/** Relative change of each time and rate. */
export function duelBars({ differences, duel }: DuelReport): readonly DeltaRow[] {
  const metricBars = barMetrics.flatMap((metric) => {
    const found = differences.find((difference) => difference.metric === metric);
    return found === undefined ? [] : [metricBar(found)];
  });
  const figureBars = duel.figures.map((figure): DeltaRow => ({
    id: figure.id,
    label: figure.id === "itlMs" ? "ITL" : "Output rate",
    from: figure.from,
    to: figure.to,
    intervalPercent: intervalPercent(figure),
    better: figure.id === "itlMs" ? "lower" : "higher",
    format: (value) => formatFigure(figure.id, value),
    formula: figureFormulas[figure.id],
  }));
  return [...metricBars, ...figureBars];
}

function metricBar(difference: Difference): DeltaRow {
  const { metric, fromValue, toValue } = difference;
  return {
    id: metric,
    label: metricTitle(metric),
    from: fromValue,
    to: toValue,
    intervalPercent: intervalPercent(difference),
    better: "lower",
    format: (value) => formatMetric(metric, value),
    formula: rowFormulas[metric],
  };
}

export function formulaOf(id: DuelRow["id"]): string {
  return id === "itlMs" || id === "outputTokensPerSecond" ? figureFormulas[id] : rowFormulas[id];
}

export interface DuelKpi {
  readonly row: DuelRow;
  readonly verdict: "better" | "worse" | "same";
}

/** The four figures that answer the question. */
export function duelKpis(report: DuelReport): readonly DuelKpi[] {
  const rows = duelRows(report);
  return (["ttftMs", "itlMs", "outputTokensPerSecond", "e2eMs"] as const).flatMap((id) => {
    const row = rows.find((each) => each.id === id);
    return row === undefined ? [] : [{ row, verdict: verdictFor(report, id) }];
  });
}

function verdictFor(report: DuelReport, id: DuelRow["id"]): DuelKpi["verdict"] {
  const difference = report.differences.find(({ metric }) => metric === id);
  if (difference !== undefined) return verdictOf(difference);
  const figure = report.duel.figures.find((each) => each.id === id);
  if (figure === undefined) return "same";
  const [low, high] = figure.interval;
  if (figure.difference === 0 || (figure.n > 1 && low <= 0 && high >= 0)) return "same";
  return figure.difference > 0 === (id === "outputTokensPerSecond") ? "better" : "worse";
}
