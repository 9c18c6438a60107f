/** Every figure that the lab compares, said once: views, tables, files and help read it here. */
import { metricFormulas } from "../../protocol/index.ts";

/**
 * ms: times; share: 0 to 1; usd: a row's cost, shown per 1,000 rows; ratio: times so much;
 * count: things; tokens, rate (tokens a second), perMinute, gbps.
 */
export type MetricUnit =
  "ms" | "share" | "usd" | "ratio" | "count" | "tokens" | "rate" | "perMinute" | "gbps";

export interface Metric {
  readonly title: string;
  readonly formula: string;
  readonly unit: MetricUnit;
  readonly better: "lower" | "higher" | "neither";
  /** The middle of a list of its values: medians for times, means for what adds up. */
  readonly summary: "mean" | "median";
}

export const metrics = {
  calls: {
    title: "Calls per row",
    formula: "requests sent for a row",
    unit: "count",
    better: "lower",
    summary: "mean",
  },
  promptTokens: {
    title: "Prompt tokens",
    formula: "tokens of all prompts, templates included",
    unit: "tokens",
    better: "lower",
    summary: "mean",
  },
  cachedTokens: {
    title: "Cached tokens",
    formula: "prompt tokens found in the prefix cache",
    unit: "tokens",
    better: "neither",
    summary: "mean",
  },
  outputTokens: {
    title: "Output tokens",
    formula: "tokens of all answers",
    unit: "tokens",
    better: "lower",
    summary: "mean",
  },
  ttftMs: {
    title: "TTFT",
    formula: metricFormulas.ttftMs,
    unit: "ms",
    better: "lower",
    summary: "median",
  },
  ttftCostMs: {
    title: "TTFT cost",
    formula: "median TTFT with − median TTFT without; interval: bootstrap over the pairs",
    unit: "ms",
    better: "lower",
    summary: "median",
  },
  itlMs: { title: "ITL", formula: metricFormulas.itlMs, unit: "ms", better: "lower", summary: "median" },
  e2eMs: {
    title: "End to end",
    formula: metricFormulas.e2eLatencyMs,
    unit: "ms",
    better: "lower",
    summary: "median",
  },
  queueMs: {
    title: "Queue",
    formula: metricFormulas.queueTimeMs,
    unit: "ms",
    better: "lower",
    summary: "median",
  },
  prefillMs: {
    title: "Prefill",
    formula: metricFormulas.prefillTimeMs,
    unit: "ms",
    better: "lower",
    summary: "median",
  },
  decodeMs: {
    title: "Decode",
    formula: "last token − first token, of all calls",
    unit: "ms",
    better: "lower",
    summary: "median",
  },
  wallMs: {
    title: "Wall time",
    formula: "last token of the last request − first request sent",
    unit: "ms",
    better: "lower",
    summary: "median",
  },
  stepMs: {
    title: "Step time",
    formula: "end − start of an engine step",
    unit: "ms",
    better: "lower",
    summary: "median",
  },
  outputRate: {
    title: "Output rate",
    formula: metricFormulas.outputTokensPerSecond,
    unit: "rate",
    better: "higher",
    summary: "median",
  },
  prefillRate: {
    title: "Prefill rate",
    formula: "prompt tokens computed / prefill time",
    unit: "rate",
    better: "higher",
    summary: "median",
  },
  speedup: {
    title: "Times the first",
    formula: "output rate / output rate of the first",
    unit: "ratio",
    better: "higher",
    summary: "median",
  },
  requestRate: {
    title: "Requests a minute",
    formula: "requests answered / wall time",
    unit: "perMinute",
    better: "higher",
    summary: "median",
  },
  hitShare: {
    title: "Hit rate",
    formula: "cached prompt tokens / prompt tokens",
    unit: "share",
    better: "higher",
    summary: "mean",
  },
  breakBlock: {
    title: "Broke at block",
    formula: "the first block of the prompt that was computed, from 1",
    unit: "count",
    better: "higher",
    summary: "median",
  },
  sequences: {
    title: "Sequences a step",
    formula: "mean over the steps, weighted by their time",
    unit: "count",
    better: "neither",
    summary: "mean",
  },
  steps: {
    title: "Steps",
    formula: "engine steps that served these requests",
    unit: "count",
    better: "lower",
    summary: "mean",
  },
  preemptions: {
    title: "Preemptions",
    formula: "times a running request lost its blocks and had to wait again",
    unit: "count",
    better: "lower",
    summary: "mean",
  },
  evictions: {
    title: "Evictions",
    formula: "times cached blocks were dropped to make room",
    unit: "count",
    better: "neither",
    summary: "mean",
  },
  finished: {
    title: "Finished",
    formula: "requests that ran to their end",
    unit: "count",
    better: "neither",
    summary: "mean",
  },
  failed: {
    title: "Failed",
    formula: "requests without an answer",
    unit: "count",
    better: "lower",
    summary: "mean",
  },
  interrupted: {
    title: "Interrupted",
    formula: "requests whose times are left out: the tab was hidden or frozen, or the machine slept",
    unit: "count",
    better: "neither",
    summary: "mean",
  },
  costUsd: {
    title: "Cost per 1k rows",
    formula: "tokens × price, under the report's price sheet; arithmetic, not measured",
    unit: "usd",
    better: "lower",
    summary: "mean",
  },
  parseRate: {
    title: "Parsed",
    formula: "answers in the format asked for / answers",
    unit: "share",
    better: "higher",
    summary: "mean",
  },
  accuracy: {
    title: "Accuracy",
    formula: "right answers / answers",
    unit: "share",
    better: "higher",
    summary: "mean",
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricId = keyof typeof metrics;

export const metricOf = (id: MetricId): Metric => metrics[id];

/** "End to end, median"; means are not said. */
export function metricTitle(id: MetricId): string {
  const { title, summary } = metricOf(id);
  return summary === "median" ? `${title}, median` : title;
}

/** Of a row that takes several calls: what is summed over them, and the middle over the rows. */
export const rowFormulas = {
  calls: "calls to the model per row, mean",
  promptTokens: "sum over a row's calls of their prompt tokens, template included; mean over rows",
  cachedTokens: "prompt tokens that came from the prefix cache, sum over a row's calls; mean over rows",
  outputTokens: "sum over a row's calls of their output tokens; mean over rows",
  ttftMs: "first token of the row's first answer − start of the row; median over rows",
  e2eMs: "last token of the row's last answer − start of the row; median over rows",
  prefillMs: "sum over a row's calls of first token − first scheduled; median over rows",
  decodeMs: "sum over a row's calls of last token − first token; median over rows",
  costUsd: "1,000 × (computed prompt tokens × input price + cached × cached price + output × output price)",
  parseRate: "rows whose answer could be parsed / rows (free prose: whose answers are not empty)",
  accuracy: "rows with every expected field right (free prose: every expected fact) / rows",
  itlMs: "median over rows of the row's median gap between consecutive tokens",
  outputRate: "mean over rows of output tokens / end-to-end time",
} as const satisfies Readonly<Partial<Record<MetricId, string>>>;

export const interruptedFormula =
  "samples under way while the tab was hidden or frozen, the machine slept or a clock jumped; in no figure";
