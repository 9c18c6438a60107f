/** What reports of loads have in common: summary, step figures and requests, as a file and as tables. */
import type { Cell, FigureColumn, FigureTable } from "../figures.ts";
import { interruptionOf } from "../interruptions.ts";
import { errorSchema, numberOrNull } from "../report-schema.ts";
import { z } from "../zod.ts";
import type { RequestRecord } from "./run-load.ts";
import type { StepFigures } from "./step-figures.ts";
import type { LoadSummary } from "./summary.ts";

const quantilesSchema = z.object({ n: z.int(), p50: z.number(), p95: z.number() }).nullable();

export const summarySchema = z.object({
  numFinished: z.int(),
  numFailed: z.int(),
  numAborted: z.int(),
  numInterrupted: z.int().optional(),
  wallMs: numberOrNull,
  numOutputTokens: z.number(),
  numPromptTokens: z.number(),
  numCachedTokens: z.number(),
  outputTokensPerSecond: numberOrNull,
  ttftMs: quantilesSchema,
  itlMs: quantilesSchema,
  e2eMs: quantilesSchema,
  numPreemptions: z.number(),
});

export const stepFiguresSchema = z.object({
  numSteps: z.int(),
  numSharedSteps: z.int(),
  mostSequences: z.int(),
  meanSequences: numberOrNull,
});

export const requestsSchema = z.array(
  z.looseObject({
    label: z.string(),
    requestId: z.string(),
    submittedMs: z.number(),
    metrics: z
      .looseObject({
        numPromptTokens: z.number(),
        numCachedTokens: numberOrNull,
        numOutputTokens: z.number(),
        queueTimeMs: numberOrNull,
        ttftMs: numberOrNull,
        itlMs: z.array(z.number()),
        e2eLatencyMs: z.number(),
      })
      .nullable(),
    finishReason: z.enum(["stop", "length", "abort"]).nullable(),
    error: errorSchema.nullable(),
  }),
);

/** The load's figures as columns; times as quantiles over its requests. */
export const summaryColumns: readonly FigureColumn[] = [
  { id: "wallMs", metric: "wallMs", title: "Wall time" },
  { id: "outputRate", metric: "outputRate", title: "Output rate" },
  { id: "ttftP50", metric: "ttftMs", title: "TTFT p50" },
  { id: "ttftP95", metric: "ttftMs", title: "TTFT p95" },
  { id: "itlP50", metric: "itlMs", title: "ITL p50" },
  { id: "itlP95", metric: "itlMs", title: "ITL p95" },
  { id: "e2eP50", metric: "e2eMs", title: "E2E p50" },
  { id: "sequences", metric: "sequences" },
  { id: "steps", metric: "steps" },
  { id: "preemptions", metric: "preemptions" },
  { id: "finished", metric: "finished" },
  { id: "failed", metric: "failed" },
  { id: "interrupted", metric: "interrupted" },
];

/** One a column of `summaryColumns`. */
export function summaryCells(
  { wallMs, outputTokensPerSecond, ttftMs, itlMs, e2eMs, ...counts }: LoadSummary,
  steps: StepFigures,
  requests: readonly RequestRecord[],
): readonly Cell[] {
  const done = requests.flatMap(({ metrics, finishReason }) =>
    metrics === null || finishReason === "abort" || interruptionOf([{ metrics }]) !== null ? [] : [metrics],
  );
  const p50 = (of: LoadSummary["ttftMs"], values: readonly (number | null)[]): Cell => ({
    value: of?.p50 ?? null,
    ...(of === null ? {} : { n: of.n }),
    values: values.filter((value) => value !== null),
  });
  return [
    wallMs,
    outputTokensPerSecond,
    p50(
      ttftMs,
      done.map((each) => each.ttftMs),
    ),
    ttftMs?.p95 ?? null,
    // Gaps of one request are no independent samples: no interval is made of them.
    { value: itlMs?.p50 ?? null, ...(itlMs === null ? {} : { n: itlMs.n }) },
    itlMs?.p95 ?? null,
    p50(
      e2eMs,
      done.map((each) => each.e2eLatencyMs),
    ),
    steps.meanSequences,
    steps.numSteps,
    counts.numPreemptions,
    counts.numFinished,
    counts.numFailed,
    counts.numInterrupted,
  ];
}

/** Raw: every request, `group` telling which run it was in. */
export function requestTable(
  runs: readonly { readonly group: string; readonly requests: readonly RequestRecord[] }[],
): FigureTable {
  const ids = [
    ...["request", "submittedMs", "promptTokens", "cachedTokens", "outputTokens"],
    ...["queueMs", "ttftMs", "e2eMs", "finishReason", "error"],
  ];
  return {
    id: "requests",
    title: "Requests",
    head: "run",
    isRaw: true,
    columns: ids.map((id) => ({ id, metric: null })),
    rows: runs.flatMap(({ group, requests }) =>
      requests.map(({ label, submittedMs, metrics, finishReason, error }, index) => ({
        id: `${group} ${index}`,
        title: group,
        cells: [
          label,
          submittedMs,
          metrics?.numPromptTokens ?? null,
          metrics?.numCachedTokens ?? null,
          metrics?.numOutputTokens ?? null,
          metrics?.queueTimeMs ?? null,
          metrics?.ttftMs ?? null,
          metrics?.e2eLatencyMs ?? null,
          finishReason,
          error?.message ?? null,
        ],
      })),
    ),
  };
}
