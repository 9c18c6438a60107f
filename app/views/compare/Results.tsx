import { CausesWaterfall } from "../../charts/CausesWaterfall.tsx";
import { DeltaBars } from "../../charts/DeltaBars.tsx";
import type { Attribution } from "../../lab/experiments/compare/causes.ts";
import { formatMetric } from "../../lab/format.ts";
import { interruptedFormula, metricTitle, rowFormulas } from "../../lab/metrics.ts";
import type { CompareReport, RowMetric, PlanSummary } from "../../lab/experiments/compare/report.ts";
import { judgesAnswers } from "../../lab/environment.ts";
import type { EvaluatedField } from "../../lab/workloads/workload.ts";
import { Card } from "../../ui/Card.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { formatMs, formatNumber, formatSigned } from "../../lab/format.ts";
import { Grid, Note } from "../../ui/layout.tsx";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./compare.module.css";
import { sampleOf, type Pair } from "./derive.ts";
import { deltaRows } from "./kpis.ts";

/** Why the times differ: priced causes and what they leave over, beside the relative changes. */
export function Differences({ report, pair }: { report: CompareReport; pair: Pair }) {
  const { from, to, differences } = pair;
  const attribution = attributionOf(report, from.plan, to.plan);
  const n = differences[0]?.n ?? 0;
  return (
    <Grid top>
      {attribution !== null && (
        <Card title="Where does the time go?" tag="means per row">
          <CausesWaterfall
            title={`${from.title} → ${to.title}`}
            caption="Causes of the difference in end-to-end time"
            unit="ms"
            from={{ label: from.title, value: attribution.fromMs }}
            to={{ label: to.title, value: attribution.toMs }}
            causes={attribution.causes.map(({ id, label, amount, unit, unitCostMs, contributionMs }) => ({
              id,
              label,
              value: contributionMs,
              explanation:
                unitCostMs === null
                  ? "measured: end-to-end time − sum of the calls' times"
                  : `${formatSigned(amount)} ${unit} × ${formatNumber(Math.abs(unitCostMs))} ms`,
            }))}
            residual={attribution.residualMs}
            format={formatMs}
          />
          <Note>{unitCostText(attribution)}</Note>
        </Card>
      )}
      <Card title="How much does it change?" tag={`n = ${n} ${n === 1 ? "row" : "rows"}`}>
        <DeltaBars
          title={`${from.title} → ${to.title}`}
          caption="Relative change of each metric"
          rows={deltaRows(pair)}
        />
        <Note>
          {n > 1
            ? "Whiskers: 95% intervals, bootstrap over rows in pairs."
            : "One row gives no interval; choose more rows for one."}
        </Note>
        {attribution === null && (
          <Note>
            The difference in time is not split into causes: that takes answers of both, and an engine that
            tells how many prompt tokens came from its cache.
          </Note>
        )}
      </Card>
    </Grid>
  );
}

/** The attribution of the pair, turned around where it was computed the other way. */
export function attributionOf(report: CompareReport, from: string, to: string): Attribution | null {
  const own = report.causes.find(({ fromPlan, toPlan }) => fromPlan === from && toPlan === to);
  if (own !== undefined) return own;
  const other = report.causes.find(({ fromPlan, toPlan }) => fromPlan === to && toPlan === from);
  if (other === undefined) return null;
  return {
    ...other,
    fromPlan: from,
    toPlan: to,
    fromMs: other.toMs,
    toMs: other.fromMs,
    differenceMs: -other.differenceMs,
    residualMs: -other.residualMs,
    causes: other.causes.map((cause) => ({
      ...cause,
      amount: -cause.amount,
      contributionMs: -cause.contributionMs,
    })),
  };
}

function unitCostText({ unitCosts }: Attribution): string {
  const { perCallMs, perComputedPromptTokenMs, perOutputTokenMs, n, r2 } = unitCosts;
  const fit = r2 === null ? "" : `, which explains ${Math.round(r2 * 100)}% of the TTFT's variance`;
  return (
    `Unit costs measured in this run: ${formatMs(perCallMs)} a call, ` +
    `${formatMs(perComputedPromptTokenMs)} a computed prompt token, ${formatMs(perOutputTokenMs)} an output token ` +
    `(least squares over ${n} calls${fit}). The residual is what these leave over.`
  );
}

/** What was parsed out of the answers of one row, against what was expected. */
export function Answers({ report, pair, row }: { report: CompareReport; pair: Pair; row: number }) {
  const isJudged = judgesAnswers(report.environment);
  return (
    <Card title="Is the answer right?" tag={report.rows[row]?.label}>
      <Grid least={360} top>
        {[pair.from, pair.to].map((plan) => {
          const evaluation = sampleOf(report, plan.plan, row)?.evaluation ?? null;
          return (
            <div key={plan.plan} className={styles["answers"]}>
              <h3>
                {plan.title}{" "}
                {evaluation === null ? (
                  isJudged ? (
                    <Tag tone="bad">failed</Tag>
                  ) : (
                    <Tag tone="warn">not judged: random weights</Tag>
                  )
                ) : (
                  <Tag tone={evaluation.correct ? "good" : "bad"}>
                    {evaluation.correct ? "right" : evaluation.parsed ? "wrong" : "not parsed"}
                  </Tag>
                )}
              </h3>
              {evaluation !== null && (
                <DataTable
                  caption={`${plan.title}: parsed answer against the expected one`}
                  columns={fieldColumns}
                  rows={evaluation.fields}
                  rowKey={({ name }) => name}
                />
              )}
            </div>
          );
        })}
      </Grid>
    </Card>
  );
}

const fieldColumns: readonly Column<EvaluatedField>[] = [
  { key: "field", header: "field", cell: ({ name }) => name },
  { key: "answer", header: "answered", cell: ({ got }) => got ?? "–" },
  { key: "expected", header: "expected", cell: ({ expected }) => expected },
  {
    key: "right",
    header: "verdict",
    cell: ({ correct }) => <span className={styles["mark"]}>{correct ? "✓ right" : "✗ wrong"}</span>,
  },
];

const metrics: readonly RowMetric[] = [
  "calls",
  "promptTokens",
  "cachedTokens",
  "outputTokens",
  "ttftMs",
  "prefillMs",
  "decodeMs",
  "e2eMs",
  "costUsd",
  "parseRate",
  "accuracy",
];

const planColumns: readonly Column<PlanSummary>[] = [
  { key: "plan", header: "plan", cell: ({ title }) => title },
  ...metrics.map((metric): Column<PlanSummary> => {
    return {
      key: metric,
      header: metricTitle(metric),
      align: "right",
      formula: rowFormulas[metric],
      cell: (plan) => formatMetric(metric, plan[metric]),
    };
  }),
  { key: "n", header: "n", align: "right", cell: ({ n }) => n },
  { key: "failed", header: "failed", align: "right", cell: ({ numFailed }) => numFailed },
  {
    key: "interrupted",
    header: "interrupted",
    align: "right",
    formula: interruptedFormula,
    cell: ({ numInterrupted = 0 }) => numInterrupted,
  },
];

/** All plans of the run, all metrics. */
export function PlanTable({ report }: { report: CompareReport }) {
  return (
    <Card title="All plans of this run">
      <DataTable
        caption="Plans and their figures"
        columns={planColumns}
        rows={report.plans}
        rowKey={({ plan }) => plan}
      />
    </Card>
  );
}
