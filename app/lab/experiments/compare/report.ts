/** The report of a comparison: environment, settings, raw samples, summary. Versioned. */
import { attribute, unitCosts, type Attribution } from "./causes.ts";
import type { Report } from "../../experiment.ts";
import { interruptionOf } from "../../interruptions.ts";
import { metricOf, type MetricId } from "../../metrics.ts";
import type { WorkloadDefinition } from "../../workloads/own/definition.ts";
import type { CompareRun, CompareSettings } from "./run.ts";
import { judgesAnswers, type Environment } from "../../environment.ts";
import { cost, type PriceSheet } from "../../pricing/pricing.ts";
import { sampleMetrics, type Sample } from "../../sample.ts";
import {
  mean,
  median,
  pairedDifference,
  spread,
  type Spread,
  type Summary,
} from "../../statistics/bootstrap.ts";
import type { StepRecord } from "../../step-records.ts";
import type { PromptPlan, Row, Workload } from "../../workloads/workload.ts";

export const compareVersion = 1;

/** Figures of one row, all in `metrics`. */
export const rowMetrics = [
  "calls",
  "promptTokens",
  "cachedTokens",
  "outputTokens",
  "ttftMs",
  "e2eMs",
  "prefillMs",
  "decodeMs",
  "costUsd",
  "parseRate",
  "accuracy",
] as const satisfies readonly MetricId[];
export type RowMetric = (typeof rowMetrics)[number];

/** Token figures, cost and rates are means per row, times medians per row. `n`: samples counted. */
export interface PlanSummary {
  readonly plan: string;
  readonly title: string;
  readonly calls: number;
  readonly promptTokens: number;
  readonly cachedTokens: number | null;
  readonly outputTokens: number;
  readonly ttftMs: number | null;
  readonly e2eMs: number;
  readonly prefillMs: number | null;
  readonly decodeMs: number;
  /** US dollars per row, under the report's price sheet. */
  readonly costUsd: number;
  /** Null, as is `accuracy`, where answers are not judged: of random weights. */
  readonly parseRate: number | null;
  readonly accuracy: number | null;
  readonly n: number;
  readonly numFailed: number;
  /** Left out: see `interruptions.ts`. Missing in old recordings. */
  readonly numInterrupted?: number;
  readonly spread: Readonly<Partial<Record<RowMetric, Spread>>>;
}

export interface Difference {
  readonly metric: RowMetric;
  /** Ids of the two plans. */
  readonly from: string;
  readonly to: string;
  readonly fromValue: number;
  readonly toValue: number;
  /** toValue − fromValue; `interval` is its 95% bootstrap interval, rows resampled in pairs. */
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
  /** toValue / fromValue, null where fromValue is 0, with its interval. */
  readonly ratio: number | null;
  readonly ratioInterval: readonly [low: number, high: number] | null;
  /** Rows that both plans answered. */
  readonly n: number;
}

export interface CompareReport extends Report {
  readonly kind: "inferscope.compare";
  readonly version: typeof compareVersion;
  readonly workload: { readonly id: string; readonly version: number; readonly title: string };
  readonly settings: {
    readonly plans: readonly string[];
    readonly rows: number;
    readonly repeats: number;
    readonly seed: number;
    readonly cache: CompareSettings["cache"];
  };
  readonly priceSheet: PriceSheet;
  readonly plans: readonly PlanSummary[];
  readonly differences: readonly Difference[];
  readonly causes: readonly Attribution[];
  readonly rows: readonly Row[];
  readonly samples: readonly Sample[];
  /** Every step of the engine during the run; missing in old recordings. */
  readonly steps?: readonly StepRecord[];
  /** Of a workload of one's own: rows, prompts and plans, so that it can be run again anywhere. */
  readonly definition?: WorkloadDefinition;
}

/** Medians of times, means of what adds up. */
export const summaryOf = (metric: MetricId): Summary =>
  metricOf(metric).summary === "median" ? median : mean;

export function buildReport(
  workload: Pick<Workload, "id" | "version" | "title">,
  settings: Omit<CompareSettings, "plans"> & { readonly plans: readonly Pick<PromptPlan, "id" | "title">[] },
  run: CompareRun,
  environment: Environment,
  priceSheet: PriceSheet,
  steps: readonly StepRecord[] = [],
): CompareReport {
  const samples = judgesAnswers(environment)
    ? run.samples
    : run.samples.map((sample): Sample => ({ ...sample, evaluation: null }));
  const samplesOf = (planId: string): readonly Sample[] =>
    samples.filter((sample) => sample.planId === planId && counts(sample));
  const answered = settings.plans.filter(({ id }) => samplesOf(id).length > 0);
  const costs = unitCosts(samples.filter(counts).flatMap(({ calls }) => calls));
  const pairs = answered.flatMap((from, index) => answered.slice(index + 1).map((to) => ({ from, to })));
  return {
    kind: "inferscope.compare",
    version: compareVersion,
    environment,
    workload: { id: workload.id, version: workload.version, title: workload.title },
    settings: {
      plans: settings.plans.map(({ id }) => id),
      // One's own rows may be fewer than were asked for.
      rows: run.rows.length,
      repeats: settings.repeats,
      seed: settings.seed,
      cache: settings.cache,
    },
    priceSheet,
    aborted: run.aborted,
    plans: answered.map(({ id, title }) => summarizePlan(id, title, samples, priceSheet)),
    differences: pairs.flatMap(({ from, to }) =>
      differences(samplesOf(from.id), samplesOf(to.id), priceSheet),
    ),
    causes: pairs.flatMap(({ from, to }) => {
      const attribution = costs === null ? null : attribute(samplesOf(from.id), samplesOf(to.id), costs);
      return attribution === null ? [] : [attribution];
    }),
    rows: run.rows,
    samples,
    ...(steps.length === 0 ? {} : { steps }),
  };
}

const isAnswered = ({ error, calls }: Sample): boolean => error === null && calls.length > 0;

export const isInterrupted = ({ calls, hidden }: Sample): boolean =>
  hidden === true || interruptionOf(calls) !== null;

export const counts = (sample: Sample): boolean => isAnswered(sample) && !isInterrupted(sample);

function summarizePlan(
  planId: string,
  title: string,
  samples: readonly Sample[],
  sheet: PriceSheet,
): PlanSummary {
  const own = samples.filter((sample) => sample.planId === planId);
  const counted = own.filter(counts);
  const values = (metric: RowMetric): readonly number[] =>
    known([...rowValues(counted, metric, sheet).values()]);
  const figure = (metric: RowMetric): number | null =>
    values(metric).length === 0 ? null : summaryOf(metric)(values(metric));
  const spreads = rowMetrics.flatMap((metric) =>
    values(metric).length === 0 ? [] : [[metric, spread(values(metric))] as const],
  );
  return {
    plan: planId,
    title,
    calls: figure("calls") ?? 0,
    promptTokens: figure("promptTokens") ?? 0,
    cachedTokens: figure("cachedTokens"),
    outputTokens: figure("outputTokens") ?? 0,
    ttftMs: figure("ttftMs"),
    e2eMs: figure("e2eMs") ?? 0,
    prefillMs: figure("prefillMs"),
    decodeMs: figure("decodeMs") ?? 0,
    costUsd: figure("costUsd") ?? 0,
    parseRate: figure("parseRate"),
    accuracy: figure("accuracy"),
    n: counted.length,
    numFailed: own.filter((sample) => !isAnswered(sample)).length,
    numInterrupted: own.filter((sample) => isAnswered(sample) && isInterrupted(sample)).length,
    spread: Object.fromEntries(spreads),
  };
}

function differences(
  from: readonly Sample[],
  to: readonly Sample[],
  sheet: PriceSheet,
): readonly Difference[] {
  return rowMetrics.flatMap((metric): Difference[] => {
    const fromRows = rowValues(from, metric, sheet);
    const toRows = rowValues(to, metric, sheet);
    const pairs = [...fromRows].flatMap(([row, a]) => {
      const b = toRows.get(row);
      return a === null || b === null || b === undefined ? [] : [{ a, b }];
    });
    if (pairs.length === 0) return [];
    const paired = pairedDifference(
      pairs.map(({ a }) => a),
      pairs.map(({ b }) => b),
      { summary: summaryOf(metric) },
    );
    const { interval, ratioInterval } = paired;
    return [
      {
        metric,
        from: from[0]?.planId ?? "",
        to: to[0]?.planId ?? "",
        fromValue: paired.from,
        toValue: paired.to,
        difference: paired.difference,
        interval: [interval.low, interval.high],
        ratio: paired.ratio,
        ratioInterval: ratioInterval === null ? null : [ratioInterval.low, ratioInterval.high],
        n: pairs.length,
      },
    ];
  });
}

/** One value per row: repeats are summarized first, so that rows stay what is resampled. */
export function rowValues(
  samples: readonly Sample[],
  metric: RowMetric,
  sheet: PriceSheet,
): ReadonlyMap<number, number | null> {
  const byRow = new Map<number, (number | null)[]>();
  for (const sample of samples) {
    byRow.set(sample.row, [...(byRow.get(sample.row) ?? []), sampleValue(sample, metric, sheet)]);
  }
  return new Map(
    [...byRow].map(([row, values]) => {
      const all = known(values);
      return [row, all.length === 0 ? null : summaryOf(metric)(all)];
    }),
  );
}

export function sampleValue(sample: Sample, metric: RowMetric, sheet: PriceSheet): number | null {
  const metrics = sampleMetrics(sample);
  switch (metric) {
    case "costUsd":
      return cost(metrics, sheet);
    case "parseRate":
      return sample.evaluation === null ? null : Number(sample.evaluation.parsed);
    case "accuracy":
      return sample.evaluation === null ? null : Number(sample.evaluation.correct);
    default:
      return metrics[metric];
  }
}

const known = (values: readonly (number | null)[]): readonly number[] =>
  values.filter((value) => value !== null);
