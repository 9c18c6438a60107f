/** The figures on top: two plans, metric by metric. Pure. */
import type { DeltaRow } from "../../charts/DeltaBars.tsx";
import type { KpiProps } from "../../ui/Kpi.tsx";
import { guidePrices } from "../../lab/pricing/pricing.ts";
import { formatDifference, formatMetric } from "../../lab/format.ts";
import { metricTitle, rowFormulas } from "../../lab/metrics.ts";
import type {
  CompareReport,
  Difference,
  RowMetric,
  PlanSummary,
} from "../../lab/experiments/compare/report.ts";
import { judgesAnswers } from "../../lab/environment.ts";
import { unknown } from "../../lab/format.ts";
import { intervalPercent, verdictOf, type Pair, type Verdict } from "./derive.ts";

/** What one asks first; the others stand in the table of every figure. */
const kpiMetrics: readonly RowMetric[] = ["e2eMs", "ttftMs", "costUsd", "promptTokens", "accuracy"];

export function kpis({ from, to, differences }: Pair, report: CompareReport): readonly KpiProps[] {
  // Fast and wrong is not better.
  const noneRight = from.accuracy === 0 && to.accuracy === 0;
  return kpiMetrics.map((metric): KpiProps => {
    const difference = differences.find((candidate) => candidate.metric === metric);
    const base = { label: metricTitle(metric), formula: rowFormulas[metric] };
    if (difference === undefined) return { ...base, value: "–", note: missingNote(metric, report) };
    const [value = "–", unit] = formatMetric(metric, difference.toValue).split(" ");
    return {
      ...base,
      value: isRate(metric) ? share(metric, to) : value,
      ...(unit === undefined ? {} : { unit }),
      delta: { text: deltaText(difference), verdict: noneRight ? "same" : toneOf(difference) },
      note: noteOf(difference, report),
      bars: {
        from: {
          label: from.title,
          value: difference.fromValue,
          text: shown(metric, from, difference.fromValue),
        },
        to: { label: to.title, value: difference.toValue, text: shown(metric, to, difference.toValue) },
      },
    };
  });
}

function missingNote(metric: RowMetric, { environment }: CompareReport): string {
  return isRate(metric) && !judgesAnswers(environment)
    ? "withheld: random weights"
    : "not told by this backend";
}

/** A time of one row may be chance; what was counted is so. */
const toneOf = (difference: Difference): Verdict =>
  difference.n < 2 && difference.metric.endsWith("Ms") ? "same" : verdictOf(difference);

const isRate = (metric: RowMetric): metric is "parseRate" | "accuracy" =>
  metric === "parseRate" || metric === "accuracy";

function share(metric: "parseRate" | "accuracy", plan: PlanSummary): string {
  const rate = plan[metric];
  return rate === null ? unknown : `${Math.round(rate * plan.n)} / ${plan.n}`;
}

/** Percent, or points for what is a percentage already; absolute where there is nothing to divide by. */
function deltaText({ metric, difference, ratio }: Difference): string {
  if (isRate(metric) || ratio === null) return formatDifference(metric, difference);
  const percent = Math.round((ratio - 1) * 100);
  return percent === 0 ? "±0%" : `${percent > 0 ? "+" : "−"}${Math.abs(percent)}%`;
}

function shown(metric: RowMetric, plan: PlanSummary, value: number): string {
  return isRate(metric) ? share(metric, plan) : formatMetric(metric, value);
}

/** Interval and n, and that a price is no measurement. */
function noteOf(difference: Difference, { priceSheet }: CompareReport): string {
  const { metric, interval, n } = difference;
  const rows = `n = ${n}`;
  if (isRate(metric)) return rows;
  const [low, high] = interval;
  const spread =
    n < 2 || low === high ? "" : `[${formatDifference(metric, low)}, ${formatDifference(metric, high)}], `;
  const sheet = priceSheet === guidePrices ? `prices of ${priceSheet.asOf}` : "own prices";
  return `${spread}${rows}${metric === "costUsd" ? `, ${sheet}, not measured` : ""}`;
}

const deltaMetrics: readonly RowMetric[] = [
  "promptTokens",
  "outputTokens",
  "ttftMs",
  "prefillMs",
  "decodeMs",
  "e2eMs",
  "costUsd",
];

export function deltaRows({ differences }: Pair): readonly DeltaRow[] {
  return deltaMetrics.flatMap((metric): DeltaRow[] => {
    const difference = differences.find((candidate) => candidate.metric === metric);
    if (difference === undefined) return [];
    return [
      {
        id: metric,
        label: metricTitle(metric),
        from: difference.fromValue,
        to: difference.toValue,
        intervalPercent: intervalPercent(difference),
        exact: !metric.endsWith("Ms"),
        better: "lower",
        format: (value) => formatMetric(metric, value),
        formula: rowFormulas[metric],
      },
    ];
  });
}
