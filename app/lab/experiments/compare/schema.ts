/** A comparison's report as a file must have it. */
import { intervalSchema, numberOrNull, reportSchema, textOrNull } from "../../report-schema.ts";
import { z } from "../../zod.ts";
import { compareVersion, rowMetrics } from "./report.ts";

const metrics = z.object({
  numPromptTokens: z.number(),
  numCachedTokens: numberOrNull,
  numOutputTokens: z.number(),
  queueTimeMs: numberOrNull,
  prefillTimeMs: numberOrNull,
  ttftMs: numberOrNull,
  itlMs: z.array(z.number()),
  chunkGapMs: z.array(z.number()).optional(),
  rateLimited: z.object({ numRefused: z.number(), waitedMs: z.number() }).optional(),
  tpotMs: numberOrNull,
  e2eLatencyMs: z.number(),
  interrupted: z.enum(["hidden", "frozen", "clock-jump"]).optional(),
  constraint: z.object({ compileMs: z.number(), maskMs: z.number(), numMasks: z.number() }).optional(),
});
const call = z.object({
  callId: z.string(),
  requestId: z.string().optional(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  startMs: z.number(),
  tokens: z.array(z.object({ text: z.string(), atMs: z.number() })),
  text: z.string(),
  finishReason: z.enum(["stop", "length", "abort"]),
  metrics,
  promptPieces: z.array(z.string()).nullable(),
});
const field = z.object({
  name: z.string(),
  expected: z.string(),
  got: textOrNull,
  correct: z.boolean(),
});
const sample = z.object({
  planId: z.string(),
  row: z.int(),
  rowLabel: z.string(),
  repeat: z.int(),
  order: z.int(),
  startedMs: z.number().optional(),
  calls: z.array(call),
  evaluation: z.object({ parsed: z.boolean(), correct: z.boolean(), fields: z.array(field) }).nullable(),
  error: z.object({ kind: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
  hidden: z.boolean().optional(),
});
export const priceSheetSchema = z.object({
  name: z.string(),
  asOf: z.string(),
  inputPerMillion: z.number(),
  cachedInputPerMillion: z.number(),
  outputPerMillion: z.number(),
});
const spread = z.object({
  n: z.number(),
  median: z.number(),
  mean: z.number(),
  p25: z.number(),
  p75: z.number(),
  min: z.number(),
  max: z.number(),
});
const metricId = z.enum(rowMetrics);
const plan = z.object({
  plan: z.string(),
  title: z.string(),
  calls: z.number(),
  promptTokens: z.number(),
  cachedTokens: numberOrNull,
  outputTokens: z.number(),
  ttftMs: numberOrNull,
  e2eMs: z.number(),
  prefillMs: numberOrNull,
  decodeMs: z.number(),
  costUsd: z.number(),
  parseRate: z.number().nullable(),
  accuracy: z.number().nullable(),
  n: z.number(),
  numFailed: z.number(),
  numInterrupted: z.number().optional(),
  spread: z.partialRecord(metricId, spread),
});
const difference = z.object({
  metric: metricId,
  from: z.string(),
  to: z.string(),
  fromValue: z.number(),
  toValue: z.number(),
  difference: z.number(),
  interval: intervalSchema,
  ratio: numberOrNull,
  ratioInterval: intervalSchema.nullable(),
  n: z.number(),
});
const cause = z.object({
  id: z.string(),
  label: z.string(),
  amount: z.number(),
  unit: z.string(),
  unitCostMs: numberOrNull,
  contributionMs: z.number(),
});
const attribution = z.object({
  fromPlan: z.string(),
  toPlan: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  differenceMs: z.number(),
  unitCosts: z.object({
    perCallMs: z.number(),
    perComputedPromptTokenMs: z.number(),
    perOutputTokenMs: z.number(),
    n: z.number(),
    r2: numberOrNull,
  }),
  causes: z.array(cause),
  residualMs: z.number(),
});
const step = z.object({
  step: z.number(),
  startMs: z.number(),
  scheduleMs: z.number(),
  maskMs: z.number().optional(),
  encodeMs: z.number(),
  gpuMs: numberOrNull,
  readbackMs: z.number(),
  totalMs: z.number(),
  numPrefillTokens: z.number(),
  numDecodeTokens: z.number(),
  numWaiting: z.number(),
  numRunning: z.number(),
});
/** Also of a duel, whose plans are engines. */
export const compareShape = {
  workload: z.object({ id: z.string(), version: z.number(), title: z.string() }),
  settings: z.object({
    plans: z.array(z.string()),
    rows: z.int(),
    repeats: z.int(),
    seed: z.int(),
    cache: z.enum(["cold", "warm"]),
  }),
  priceSheet: priceSheetSchema,
  plans: z.array(plan),
  differences: z.array(difference),
  causes: z.array(attribution),
  rows: z.array(
    z.object({ label: z.string(), values: z.record(z.string(), z.union([z.string(), z.number()])) }),
  ),
  samples: z.array(sample),
  steps: z.array(step).optional(),
  definition: z.looseObject({ id: z.string(), title: z.string() }).optional(),
};

export const compareSchema = reportSchema("compare", compareVersion, compareShape);
