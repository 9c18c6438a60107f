/** A comparison's figures: plans, what differs between each two, why, and every sample. */
import { judgesAnswers, whereText } from "../../environment.ts";
import type { Cell, FigureTable, Figures } from "../../figures.ts";
import { formatNumber } from "../../format.ts";
import { interruptedFormula, rowFormulas } from "../../metrics.ts";
import type { Attribution } from "./causes.ts";
import {
  counts,
  isInterrupted,
  rowMetrics,
  rowValues,
  sampleValue,
  type CompareReport,
  type Difference,
  type PlanSummary,
  type RowMetric,
} from "./report.ts";

export function compareFigures(report: CompareReport): Figures {
  const { workload, plans, causes, priceSheet, environment } = report;
  return {
    title: `${workload.title}: ${plans.map(({ title }) => title).join(", ")}`,
    settings: settingTexts(report),
    findings: [],
    tables: [
      planTable(report),
      ...causes.flatMap((attribution) => [
        differenceTable(report, attribution),
        causesTable(report, attribution),
      ]),
      sampleTable(report),
    ],
    notes: [
      "Token figures, cost and rates are means per row, times medians per row; causes add up means. " +
        `Intervals: 95%, bootstrap over rows in pairs. Cost: ${priceSheet.name} (${priceSheet.asOf}), arithmetic and not measured.` +
        (judgesAnswers(environment) ? "" : " Answers of random weights are not judged."),
    ],
  };
}

export const settingTexts = ({
  settings: { rows, repeats, seed, cache },
}: Pick<CompareReport, "settings">) => [
  `${rows} ${rows === 1 ? "row" : "rows"} × ${repeats}, interleaved`,
  `seed ${seed}`,
  `prefix cache ${cache} at each row`,
];

/** Where and how it was measured, in a line. */
export function environmentLine(report: Pick<CompareReport, "settings" | "environment" | "aborted">): string {
  const { environment, aborted } = report;
  return [
    `Model ${environment.modelId ?? "unknown"}`,
    ...whereText(environment),
    `clock ${environment.clockResolution ?? "unknown"} ms`,
    ...settingTexts(report),
    ...(aborted ? ["cancelled before the end"] : []),
  ].join(", ");
}

const title = ({ plans }: CompareReport, id: string): string =>
  plans.find(({ plan }) => plan === id)?.title ?? id;

const columns = (metrics: readonly RowMetric[]) =>
  metrics.map((metric) => ({ id: metric, metric, formula: rowFormulas[metric] }));

/** Also of a duel, whose plans are engines. */
export function planTable(report: Pick<CompareReport, "plans" | "samples" | "priceSheet">): FigureTable {
  const { plans, samples, priceSheet } = report;
  const cell = (plan: PlanSummary, metric: RowMetric): Cell => {
    const own = samples.filter((sample) => sample.planId === plan.plan && counts(sample));
    const values = [...rowValues(own, metric, priceSheet).values()].filter((value) => value !== null);
    return { value: plan[metric], n: values.length, values };
  };
  return {
    id: "plans",
    title: "Plans",
    head: "Plan",
    columns: [
      ...columns(rowMetrics),
      { id: "n", metric: null, title: "n" },
      { id: "numFailed", metric: null, title: "failed" },
      { id: "numInterrupted", metric: null, title: "interrupted", formula: interruptedFormula },
    ],
    rows: plans.map((plan) => ({
      id: plan.plan,
      title: plan.title,
      cells: [
        ...rowMetrics.map((metric) => cell(plan, metric)),
        plan.n,
        plan.numFailed,
        plan.numInterrupted ?? 0,
      ],
    })),
  };
}

function differenceTable(report: CompareReport, { fromPlan, toPlan }: Attribution): FigureTable {
  const own = report.differences.filter(({ from, to }) => from === fromPlan && to === toPlan);
  return {
    id: `differences ${fromPlan} ${toPlan}`,
    title: `${title(report, fromPlan)} → ${title(report, toPlan)}`,
    head: "Difference",
    isDerived: true,
    // One metric a column: each has its own unit.
    columns: own.map(({ metric }) => ({ id: metric, metric, isDifference: true })),
    rows: [
      {
        id: "difference",
        title: "Difference [95% interval]",
        cells: own.map(({ difference, interval, n }: Difference) => ({ value: difference, interval, n })),
      },
      {
        id: "ratio",
        title: "Ratio",
        cells: own.map(({ ratio }) => (ratio === null ? null : ratio.toFixed(2))),
      },
      { id: "n", title: "n", cells: own.map(({ n }) => String(n)) },
    ],
  };
}

function causesTable(report: CompareReport, attribution: Attribution): FigureTable {
  const { causes, residualMs, differenceMs, unitCosts, fromPlan, toPlan } = attribution;
  const fit = unitCosts.r2 === null ? "" : `, R² ${unitCosts.r2.toFixed(2)}`;
  return {
    id: `causes ${fromPlan} ${toPlan}`,
    title: `Why: ${title(report, fromPlan)} → ${title(report, toPlan)}`,
    head: "Cause",
    isDerived: true,
    columns: [
      { id: "amount", metric: null, title: "Amount per row" },
      { id: "unitCost", metric: null, title: "Unit cost" },
      { id: "contribution", metric: "e2eMs", title: "Contribution", isDifference: true },
    ],
    rows: [
      ...causes.map(({ id, label, amount, unit, unitCostMs, contributionMs }) => ({
        id,
        title: label,
        cells: [
          `${amount > 0 ? "+" : ""}${formatNumber(amount)} ${unit}`,
          unitCostMs === null ? "measured" : `${unitCostMs.toFixed(3)} ms`,
          contributionMs,
        ],
      })),
      {
        id: "residual",
        title: `Residual (${unitCosts.n} calls${fit})`,
        cells: ["", "", residualMs],
      },
      { id: "measured", title: "Mean end to end, measured", cells: ["", "", differenceMs] },
    ],
  };
}

const sampleMetrics: readonly RowMetric[] = [
  "calls",
  "promptTokens",
  "cachedTokens",
  "outputTokens",
  "ttftMs",
  "prefillMs",
  "decodeMs",
  "e2eMs",
  "costUsd",
];

/** Also of a duel. */
export function sampleTable({
  samples,
  priceSheet,
}: Pick<CompareReport, "samples" | "priceSheet">): FigureTable {
  return {
    id: "samples",
    title: "Samples",
    head: "order",
    isRaw: true,
    columns: [
      ...["plan", "row", "label", "repeat"],
      ...sampleMetrics,
      ...["parsed", "correct", "interrupted", "error", "answers"],
    ].map((id) => ({ id, metric: null })),
    rows: samples.map((sample) => ({
      id: String(sample.order),
      title: String(sample.order),
      cells: [
        sample.planId,
        sample.row,
        sample.rowLabel,
        sample.repeat,
        ...sampleMetrics.map((metric) =>
          sample.calls.length === 0 ? null : sampleValue(sample, metric, priceSheet),
        ),
        sample.evaluation?.parsed ?? null,
        sample.evaluation?.correct ?? null,
        isInterrupted(sample),
        sample.error?.message ?? null,
        sample.calls.map(({ text }) => text.trim()).join("\n"),
      ],
    })),
  };
}
