/** The comparison as text: for terminals, and for people who paste it into a document. */
import { whereText } from "./environment-text.ts";
import type { Attribution } from "./causes.ts";
import { markdownSafe } from "./markdown-safe.ts";
import { markdownTable } from "./markdown-table.ts";
import type { CompareReport, Difference, MetricId } from "./report.ts";

export const metricTitles: Readonly<Record<MetricId, string>> = {
  calls: "Calls per row",
  promptTokens: "Prompt tokens",
  cachedTokens: "Cached tokens",
  outputTokens: "Output tokens",
  ttftMs: "TTFT, median",
  e2eMs: "End to end, median",
  prefillMs: "Prefill, median",
  decodeMs: "Decode, median",
  costUsd: "Cost per 1k rows",
  parseRate: "Parsed",
  accuracy: "Accuracy",
};

/** A value of a metric with its unit; cost is shown per 1,000 rows. */
export function formatMetric(metric: MetricId, value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  switch (metric) {
    case "ttftMs":
    case "e2eMs":
    case "prefillMs":
    case "decodeMs":
      return `${figures(value)} ms`;
    case "costUsd":
      return `$${(value * 1000).toFixed(2)}`;
    case "parseRate":
    case "accuracy":
      return `${Math.round(value * 1000) / 10}%`;
    default:
      return figures(value);
  }
}

/** A signed difference, in the metric's unit. */
export function formatDifference(metric: MetricId, value: number): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  return sign + formatMetric(metric, Math.abs(value)).replace("%", " points");
}

function figures(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

export function reportMarkdown(given: CompareReport): string {
  const report = markdownSafe(given);
  return [
    `# ${report.workload.title}: ${report.plans.map(({ title }) => title).join(", ")}`,
    environmentLine(report),
    planTable(report),
    ...report.causes.flatMap((attribution) => {
      const of = report.differences.filter(
        ({ from, to }) => from === attribution.fromPlan && to === attribution.toPlan,
      );
      return [
        `## ${title(report, attribution.fromPlan)} → ${title(report, attribution.toPlan)}`,
        differenceTable(of),
        causesTable(attribution),
      ];
    }),
    "Token figures, cost and rates are means per row, times medians per row; causes add up means. " +
      "Intervals: 95%, bootstrap over rows in pairs. Cost: " +
      `${report.priceSheet.name} (${report.priceSheet.asOf}), arithmetic and not measured.`,
  ].join("\n\n");
}

const title = (report: CompareReport, id: string): string =>
  report.plans.find(({ plan }) => plan === id)?.title ?? id;

export function environmentLine({ environment, settings, aborted }: CompareReport): string {
  return [
    `Model ${environment.modelId ?? "unknown"}`,
    ...whereText(environment),
    `clock ${environment.clockResolution ?? "unknown"} ms`,
    `${settings.rows} rows × ${settings.repeats}, interleaved, prefix cache ${settings.cache} at each row`,
    ...(aborted ? ["cancelled before the end"] : []),
  ].join(", ");
}

const shown = [
  "calls",
  "promptTokens",
  "cachedTokens",
  "outputTokens",
  "ttftMs",
  "e2eMs",
  "costUsd",
] as const;

function planTable({ plans }: CompareReport): string {
  const metrics: readonly MetricId[] = [...shown, "parseRate", "accuracy"];
  return markdownTable(
    ["Plan", ...metrics.map((metric) => metricTitles[metric]), "n", "failed", "interrupted"],
    plans.map((plan) => [
      plan.title,
      ...metrics.map((metric) => formatMetric(metric, plan[metric])),
      String(plan.n),
      String(plan.numFailed),
      String(plan.numInterrupted ?? 0),
    ]),
  );
}

function differenceTable(differences: readonly Difference[]): string {
  return markdownTable(
    ["Metric", "From", "To", "Difference", "95% interval", "Ratio", "n"],
    differences.map(({ metric, fromValue, toValue, difference, interval: [low, high], ratio, n }) => [
      metricTitles[metric],
      formatMetric(metric, fromValue),
      formatMetric(metric, toValue),
      formatDifference(metric, difference),
      `${formatDifference(metric, low)} to ${formatDifference(metric, high)}`,
      ratio === null ? "–" : ratio.toFixed(2),
      String(n),
    ]),
  );
}

function causesTable({ causes, residualMs, differenceMs, unitCosts }: Attribution): string {
  const ms = (value: number): string => formatDifference("e2eMs", value);
  const fit = unitCosts.r2 === null ? "" : `, R² ${unitCosts.r2.toFixed(2)}`;
  return markdownTable(
    ["Cause", "Amount per row", "Unit cost", "Contribution"],
    [
      ...causes.map(({ label, amount, unit, unitCostMs, contributionMs }) => [
        label,
        `${amount > 0 ? "+" : ""}${figures(amount)} ${unit}`,
        unitCostMs === null ? "measured" : `${unitCostMs.toFixed(3)} ms`,
        ms(contributionMs),
      ]),
      [`Residual (${unitCosts.n} calls${fit})`, "", "", ms(residualMs)],
      ["Mean end to end, measured", "", "", ms(differenceMs)],
    ],
  );
}
