/**
 * Why one plan takes longer than another. Every call of the run is put as
 *
 *   ttft   = fixed + perPromptToken · computed prompt tokens     (least squares)
 *   decode = perOutputToken · (output tokens − 1)                 (ratio of sums)
 *
 * and the mean difference of two plans is split by these unit costs. What the line does not
 * explain is the residual: contributions + residual = measured difference, always.
 */
import { fitLine, mean, type Line } from "../../statistics/bootstrap.ts";
import { sampleMetrics, type CallRecord, type Sample } from "../../sample.ts";

/** Milliseconds, measured in the same run. */
export interface UnitCosts {
  readonly perCallMs: number;
  readonly perComputedPromptTokenMs: number;
  readonly perOutputTokenMs: number;
  /** Calls that the line was fitted to, and the share of the TTFT's variance that it explains. */
  readonly n: number;
  readonly r2: number | null;
}

export type CauseId = "calls" | "prompt-tokens" | "cached-tokens" | "output-tokens" | "overlap";

export interface Cause {
  readonly id: CauseId;
  readonly label: string;
  /** How much of the thing `to` has more than `from`, per row. */
  readonly amount: number;
  readonly unit: "calls" | "tokens" | "ms";
  /** Null where the contribution is measured and not priced. */
  readonly unitCostMs: number | null;
  readonly contributionMs: number;
}

export interface Attribution {
  readonly fromPlan: string;
  readonly toPlan: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Mean end-to-end time of `to` − that of `from`. */
  readonly differenceMs: number;
  readonly unitCosts: UnitCosts;
  readonly causes: readonly Cause[];
  readonly residualMs: number;
}

/**
 * Null where no call tells enough to price anything, or one does not tell its cached tokens, as some
 * servers' do not: taken as 0, they would move time from one cause to another.
 */
export function unitCosts(calls: readonly CallRecord[]): UnitCosts | null {
  if (calls.some(({ metrics }) => metrics.numCachedTokens === null)) return null;
  const points = calls.flatMap(({ metrics }): (readonly [number, number])[] =>
    metrics.ttftMs === null ? [] : [[computedTokens(metrics), metrics.ttftMs]],
  );
  if (points.length === 0) return null;
  const { intercept, slope, r2, n } = nonNegative(points);
  const decodeSteps = calls.reduce((sum, { metrics }) => sum + Math.max(0, metrics.numOutputTokens - 1), 0);
  const decodeMs = calls.reduce((sum, { metrics }) => sum + decodeTime(metrics), 0);
  return {
    perCallMs: intercept,
    perComputedPromptTokenMs: slope,
    perOutputTokenMs: decodeSteps === 0 ? 0 : decodeMs / decodeSteps,
    n,
    r2,
  };
}

/** A negative cost is noise: the line is fitted again without that term. */
function nonNegative(points: readonly (readonly [number, number])[]): Line {
  const line = fitLine(points);
  if (line.slope < 0) return { ...line, slope: 0, intercept: mean(points.map(([, y]) => y)), r2: 0 };
  if (line.intercept >= 0) return line;
  const xy = points.reduce((sum, [x, y]) => sum + x * y, 0);
  const xx = points.reduce((sum, [x]) => sum + x * x, 0);
  const slope = xx === 0 ? 0 : xy / xx;
  const meanY = mean(points.map(([, y]) => y));
  const total = points.reduce((sum, [, y]) => sum + (y - meanY) ** 2, 0);
  const rest = points.reduce((sum, [x, y]) => sum + (y - slope * x) ** 2, 0);
  return { intercept: 0, slope, r2: total === 0 ? null : 1 - rest / total, n: points.length };
}

type CallMetrics = CallRecord["metrics"];
const computedTokens = (metrics: CallMetrics): number =>
  metrics.numPromptTokens - (metrics.numCachedTokens ?? 0);
const decodeTime = (metrics: CallMetrics): number =>
  metrics.e2eLatencyMs - (metrics.ttftMs ?? metrics.e2eLatencyMs);

/** Samples of both plans; failed ones must be left out. Null where one plan has none. */
export function attribute(
  fromSamples: readonly Sample[],
  toSamples: readonly Sample[],
  costs: UnitCosts,
): Attribution | null {
  const [fromFirst] = fromSamples;
  const [toFirst] = toSamples;
  if (fromFirst === undefined || toFirst === undefined) return null;
  const from = perRow(fromSamples);
  const to = perRow(toSamples);
  const price = (
    id: CauseId,
    label: string,
    amount: number,
    unitCostMs: number,
    unit: Cause["unit"],
  ): Cause => ({
    id,
    label,
    amount,
    unit,
    unitCostMs,
    contributionMs: amount * unitCostMs + 0, // no −0, which JSON would turn into 0
  });
  const overlapMs = to.outsideMs - from.outsideMs;
  const causes: readonly Cause[] = [
    price("calls", "Number of calls", to.calls - from.calls, costs.perCallMs, "calls"),
    price(
      "prompt-tokens",
      "Prompt tokens sent (record and answers, again with each call)",
      to.promptTokens - from.promptTokens,
      costs.perComputedPromptTokenMs,
      "tokens",
    ),
    price(
      "cached-tokens",
      "Prompt tokens saved by the prefix cache",
      to.cachedTokens - from.cachedTokens,
      -costs.perComputedPromptTokenMs,
      "tokens",
    ),
    price(
      "output-tokens",
      "Output tokens",
      to.decodeSteps - from.decodeSteps,
      costs.perOutputTokenMs,
      "tokens",
    ),
    {
      id: "overlap",
      label: "Calls at the same time, pauses between calls",
      amount: overlapMs,
      unit: "ms",
      unitCostMs: null,
      contributionMs: overlapMs,
    },
  ];
  const differenceMs = to.e2eMs - from.e2eMs;
  const explained = causes.reduce((sum, { contributionMs }) => sum + contributionMs, 0);
  return {
    fromPlan: fromFirst.planId,
    toPlan: toFirst.planId,
    fromMs: from.e2eMs,
    toMs: to.e2eMs,
    differenceMs,
    unitCosts: costs,
    causes,
    residualMs: differenceMs - explained,
  };
}

/** Means over samples. Means and not medians, because only means add up. */
function perRow(samples: readonly Sample[]) {
  const of = (value: (sample: Sample) => number): number => mean(samples.map(value));
  const overCalls = (value: (metrics: CallMetrics) => number): number =>
    of(({ calls }) => calls.reduce((sum, { metrics }) => sum + value(metrics), 0));
  const e2eMs = of((sample) => sampleMetrics(sample).e2eMs);
  return {
    e2eMs,
    calls: of(({ calls }) => calls.length),
    promptTokens: overCalls(({ numPromptTokens }) => numPromptTokens),
    cachedTokens: overCalls(({ numCachedTokens }) => numCachedTokens ?? 0),
    decodeSteps: overCalls(({ numOutputTokens }) => Math.max(0, numOutputTokens - 1)),
    /** Time outside of any call (> 0), or saved by calls at the same time (< 0). */
    outsideMs: e2eMs - overCalls(({ e2eLatencyMs }) => e2eLatencyMs),
  };
}
