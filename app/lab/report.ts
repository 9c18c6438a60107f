/** The report of a comparison: environment, settings, raw samples, summary. Versioned. */
import { attribute, unitCosts, type Attribution } from "./causes.ts";
import type { CompareRun, CompareSettings } from "./compare.ts";
import type { Duel } from "./duel/report.ts";
import { interruptionOf } from "./interruptions.ts";
import { cost, type PriceSheet } from "./pricing.ts";
import { sampleMetrics, type Sample } from "./sample.ts";
import { mean, median, pairedDifference, spread, type Spread, type Summary } from "./statistics.ts";
import type { StepRecord } from "./step-records.ts";
import type { PromptPlan, Row, Workload } from "./workload.ts";

export const compareReportVersion = 1;

/** Where the figures were measured. `null`: not known. */
export interface Environment {
  readonly adapter: string | null;
  readonly isSoftwareAdapter: boolean | null;
  readonly features: readonly string[];
  readonly isolation: boolean;
  /** Milliseconds between two values of the page's clock. */
  readonly clockResolution: number | null;
  readonly appVersion: string;
  readonly modelId: string | null;
  readonly weightsHash: string | null;
  readonly quantization: string | null;
  readonly runner: string | null;
  readonly backend: string | null;
  /** Origin of the server that answered; missing where the model ran in the browser. */
  readonly server?: string;
  readonly syntheticWeights: boolean | null;
  readonly userAgent: string;
  /** ISO 8601. */
  readonly date: string;
}

export type MetricId =
  | "calls"
  | "promptTokens"
  | "cachedTokens"
  | "outputTokens"
  | "ttftMs"
  | "e2eMs"
  | "prefillMs"
  | "decodeMs"
  | "costUsd"
  | "parseRate"
  | "accuracy";

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
  readonly spread: Readonly<Partial<Record<MetricId, Spread>>>;
}

export interface Difference {
  readonly metric: MetricId;
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

export interface CompareReport {
  readonly kind: "inferscope.compare";
  readonly version: typeof compareReportVersion;
  readonly environment: Environment;
  readonly workload: { readonly id: string; readonly version: number; readonly title: string };
  readonly settings: {
    readonly plans: readonly string[];
    readonly rows: number;
    readonly repeats: number;
    readonly seed: number;
    readonly cache: CompareSettings["cache"];
  };
  readonly priceSheet: PriceSheet;
  readonly aborted: boolean;
  readonly plans: readonly PlanSummary[];
  readonly differences: readonly Difference[];
  readonly causes: readonly Attribution[];
  readonly rows: readonly Row[];
  readonly samples: readonly Sample[];
  /** Every step of the engine during the run; missing in old recordings. */
  readonly steps?: readonly StepRecord[];
  /** Where two engines were compared under one plan: `plans` are the engines then. */
  readonly duel?: Duel;
}

export const metricSummaries: Readonly<Record<MetricId, Summary>> = {
  calls: mean,
  promptTokens: mean,
  cachedTokens: mean,
  outputTokens: mean,
  ttftMs: median,
  e2eMs: median,
  prefillMs: median,
  decodeMs: median,
  costUsd: mean,
  parseRate: mean,
  accuracy: mean,
};
const metricIds = Object.keys(metricSummaries) as MetricId[];

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
    version: compareReportVersion,
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

/** Answers of random weights are noise: nothing is said about their quality. */
export const judgesAnswers = ({ syntheticWeights }: Environment): boolean => syntheticWeights !== true;

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
  const values = (metric: MetricId): readonly number[] =>
    known([...rowValues(counted, metric, sheet).values()]);
  const figure = (metric: MetricId): number | null =>
    values(metric).length === 0 ? null : metricSummaries[metric](values(metric));
  const spreads = metricIds.flatMap((metric) =>
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
  return metricIds.flatMap((metric): Difference[] => {
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
      { summary: metricSummaries[metric] },
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
function rowValues(
  samples: readonly Sample[],
  metric: MetricId,
  sheet: PriceSheet,
): ReadonlyMap<number, number | null> {
  const byRow = new Map<number, (number | null)[]>();
  for (const sample of samples) {
    byRow.set(sample.row, [...(byRow.get(sample.row) ?? []), sampleValue(sample, metric, sheet)]);
  }
  return new Map(
    [...byRow].map(([row, values]) => {
      const all = known(values);
      return [row, all.length === 0 ? null : metricSummaries[metric](all)];
    }),
  );
}

export function sampleValue(sample: Sample, metric: MetricId, sheet: PriceSheet): number | null {
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
