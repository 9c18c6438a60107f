/** Reads a report back, from a recorded trace or a file that somebody exported. */
import { InferscopeError } from "../../protocol/index.ts";
import { z } from "zod";

import { compareReportVersion, type CompareReport } from "./report.ts";

// The content policy forbids `new Function`, which zod would compile validators with.
z.config({ jitless: true });

const numberOrNull = z.number().nullable();
const metrics = z.object({
  numPromptTokens: z.number(),
  numCachedTokens: numberOrNull,
  numOutputTokens: z.number(),
  queueTimeMs: numberOrNull,
  prefillTimeMs: numberOrNull,
  ttftMs: numberOrNull,
  itlMs: z.array(z.number()),
  e2eLatencyMs: z.number(),
});
const call = z.object({
  callId: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  startMs: z.number(),
  tokens: z.array(z.object({ text: z.string(), atMs: z.number() })),
  text: z.string(),
  metrics,
  promptPieces: z.array(z.string()).nullable(),
});
const sample = z.object({
  planId: z.string(),
  row: z.number(),
  rowLabel: z.string(),
  repeat: z.number(),
  calls: z.array(call),
  evaluation: z
    .object({ parsed: z.boolean(), correct: z.boolean(), fields: z.array(z.unknown()) })
    .nullable(),
  error: z.object({ kind: z.string(), message: z.string() }).nullable(),
  hidden: z.boolean(),
});
const report = z.object({
  kind: z.literal("inferscope.compare"),
  version: z.literal(compareReportVersion),
  environment: z.object({ adapter: z.string().nullable(), modelId: z.string().nullable(), date: z.string() }),
  workload: z.object({ id: z.string(), title: z.string() }),
  settings: z.object({
    plans: z.array(z.string()),
    rows: z.number(),
    repeats: z.number(),
    cache: z.string(),
  }),
  priceSheet: z.object({ name: z.string(), asOf: z.string() }),
  plans: z.array(z.object({ plan: z.string(), title: z.string(), e2eMs: z.number(), n: z.number() })),
  differences: z.array(z.object({ metric: z.string(), interval: z.array(z.number()).length(2) })),
  causes: z.array(
    z.object({ differenceMs: z.number(), causes: z.array(z.unknown()), residualMs: z.number() }),
  ),
  rows: z.array(z.object({ label: z.string() })),
  samples: z.array(sample),
});

/** Throws `invalid-request`, naming the first field that is wrong. */
export function importCompareReport(json: unknown): CompareReport {
  const checked = report.safeParse(json);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const field = issue?.path.join(".") ?? "";
    throw new InferscopeError(
      "invalid-request",
      `This is no comparison report of version ${compareReportVersion}: ${field === "" ? "" : `${field}: `}${issue?.message ?? ""}`,
    );
  }
  // Checked above as far as the views read it; unknown fields pass through.
  return json as CompareReport;
}
