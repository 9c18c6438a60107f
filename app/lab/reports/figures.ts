/** What of two reports can be compared: figures by key, with raw values where there are any. */
import { formatFigure } from "../claims/verdict.ts";
import { formatMetric, metricTitles } from "../markdown.ts";
import { counts, metricSummaries, sampleValue, type CompareReport, type MetricId } from "../report.ts";
import type { ClaimsReport } from "../claims/report.ts";
import { independentDifference, type Summary } from "../statistics.ts";
import type { SavedReport } from "./saved.ts";

export interface ReportFigure {
  /** The same in two reports that measured the same thing. */
  readonly key: string;
  readonly label: string;
  readonly value: number;
  readonly n: number;
  readonly better: "lower" | "higher" | "neither";
  readonly format: (value: number) => string;
  /** Null where the report keeps no raw values. */
  readonly raw: { readonly values: readonly number[]; readonly summary: Summary } | null;
}

export const reportFigures = (report: SavedReport): readonly ReportFigure[] =>
  report.kind === "inferscope.claims" ? claimFigures(report) : compareFigures(report);

const compared: readonly MetricId[] = [
  "e2eMs",
  "ttftMs",
  "prefillMs",
  "decodeMs",
  "promptTokens",
  "cachedTokens",
  "outputTokens",
  "costUsd",
  "parseRate",
  "accuracy",
];

function compareFigures({ plans, samples, priceSheet }: CompareReport): readonly ReportFigure[] {
  return plans.flatMap(({ plan, title }) => {
    const own = samples.filter((sample) => sample.planId === plan && counts(sample));
    return compared.flatMap((metric): readonly ReportFigure[] => {
      const values = own
        .map((sample) => sampleValue(sample, metric, priceSheet))
        .filter((value) => value !== null);
      const summary = metricSummaries[metric];
      if (values.length === 0) return [];
      return [
        {
          key: `${plan}/${metric}`,
          label: `${title}: ${metricTitles[metric]}`,
          value: summary(values),
          n: values.length,
          better: betterOf(metric),
          format: (value) => formatMetric(metric, value),
          raw: { values, summary },
        },
      ];
    });
  });
}

function betterOf(metric: MetricId): ReportFigure["better"] {
  if (metric === "cachedTokens") return "neither";
  return metric === "parseRate" || metric === "accuracy" ? "higher" : "lower";
}

const claimFigures = ({ claims }: ClaimsReport): readonly ReportFigure[] =>
  claims.flatMap(({ id, parts }) =>
    parts.map(({ metric, value, n }): ReportFigure => ({
      key: `claim ${id}/${metric.id}`,
      label: `${id}. ${metric.label}`,
      value,
      n,
      better: "neither",
      format: (figure) => formatFigure(metric, figure),
      raw: null,
    })),
  );

export interface ReportDelta {
  readonly key: string;
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** 95% interval of to − from, each report resampled by itself; null without raw values or below two of them. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly n: readonly [from: number, to: number];
  readonly better: ReportFigure["better"];
  /** `same`: the interval holds zero, or there is none. */
  readonly verdict: "better" | "worse" | "same";
  readonly format: (value: number) => string;
}

/** Figures that both reports have. */
export function reportDeltas(baseline: SavedReport, other: SavedReport): readonly ReportDelta[] {
  const figures = new Map(reportFigures(baseline).map((figure) => [figure.key, figure]));
  return reportFigures(other).flatMap((to): readonly ReportDelta[] => {
    const from = figures.get(to.key);
    if (from === undefined) return [];
    const interval = deltaInterval(from, to);
    const { key, label, better, format } = to;
    const n = [from.n, to.n] as const;
    const verdict = verdictOf(to.value - from.value, interval, better);
    return [{ key, label, from: from.value, to: to.value, interval, n, better, verdict, format }];
  });
}

function deltaInterval(
  { raw: from }: ReportFigure,
  { raw: to }: ReportFigure,
): readonly [number, number] | null {
  if (from === null || to === null || from.values.length < 2 || to.values.length < 2) return null;
  const { interval } = independentDifference(from.values, to.values, { summary: to.summary });
  return [interval.low, interval.high];
}

function verdictOf(
  difference: number,
  interval: readonly [number, number] | null,
  better: ReportFigure["better"],
): ReportDelta["verdict"] {
  if (interval === null || better === "neither" || difference === 0) return "same";
  if (interval[0] <= 0 && interval[1] >= 0) return "same";
  return difference > 0 === (better === "higher") ? "better" : "worse";
}

/** What makes a comparison of the two unfair or senseless, in words. */
export function comparability(baseline: SavedReport, other: SavedReport): readonly string[] {
  const [from, to] = [baseline.environment, other.environment];
  const differ = (what: string, a: Fact, b: Fact): readonly string[] =>
    a === b ? [] : [`${what}: ${show(a)} against ${show(b)}`];
  if (baseline.kind !== other.kind) return ["The two are reports of different experiments."];
  return [
    ...differ("Model", from.modelId, to.modelId),
    ...(from.modelId === to.modelId ? differ("Weights", from.weightsHash, to.weightsHash) : []),
    ...differ("Runner", from.runner, to.runner),
    ...differ("Adapter", from.adapter, to.adapter),
    ...differ("App version", from.appVersion, to.appVersion),
    ...("workload" in baseline && "workload" in other ? workloadDifferences(baseline, other, differ) : []),
  ];
}

function workloadDifferences(
  baseline: CompareReport,
  other: CompareReport,
  differ: (what: string, a: Fact, b: Fact) => readonly string[],
): readonly string[] {
  return [
    ...differ("Workload", baseline.workload.id, other.workload.id),
    ...differ("Workload version", baseline.workload.version, other.workload.version),
    ...(["rows", "seed", "cache"] as const).flatMap((key) =>
      differ(`Setting ${key}`, baseline.settings[key], other.settings[key]),
    ),
  ];
}

const show = (value: Fact): string => (value === null ? "unknown" : String(value));

type Fact = string | number | null;
