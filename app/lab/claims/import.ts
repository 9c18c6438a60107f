/** Reads a report of the claims board back. Its verdicts are computed anew from its figures. */

import { environmentSchema } from "../environment-schema.ts";
import { checkReport, priceSheetSchema } from "../import-report.ts";
import { claimsReportVersion, type ClaimPart, type ClaimsReport } from "./report.ts";
import { combinedVerdict } from "../statistics/verdict.ts";
import { metricVerdict, thresholdText } from "./verdict.ts";
import { z } from "../zod.ts";

const interval = z.tuple([z.number(), z.number()]).nullable();
const without = z
  .discriminatedUnion("reason", [
    z.object({ reason: z.literal("not-enough-runs"), needs: z.number() }),
    z.object({ reason: z.literal("constant"), othersAtMost: z.number(), decides: z.boolean() }),
    z.object({ reason: z.literal("unbounded") }),
    z.object({ reason: z.literal("counted") }),
  ])
  .nullable();
const metric = z.object({
  id: z.string(),
  label: z.string(),
  unit: z.enum(["×", "%", "tokens", "USD", "per token", "points"]),
  formula: z.string(),
  direction: z.enum(["higher", "lower", "near"]),
  claimed: z.number().nullable(),
  holdsAt: z.number(),
  partlyAt: z.number(),
  basis: z.enum(["measured", "arithmetic"]),
});
const part = z
  .object({ metric, value: z.number(), interval, without, n: z.number() })
  .refine((read) => (read.interval === null) !== (read.without === null), {
    message: "a figure has an interval or says why not",
  });
const claim = z.object({
  id: z.int().min(1).max(14),
  title: z.string(),
  claim: z.string(),
  method: z.string(),
  basis: z.enum(["measured", "arithmetic"]),
  measured: z.number(),
  unit: z.string(),
  formula: z.string(),
  n: z.number(),
  interval,
  without,
  clock: z.string(),
  parts: z.array(part).min(1),
  notes: z.array(z.string()),
  seconds: z.number(),
});
const failure = z.object({
  id: z.int(),
  title: z.string(),
  claim: z.string(),
  error: z.object({ kind: z.string(), message: z.string() }),
});
const report = z.object({
  kind: z.literal("inferscope.claims"),
  version: z.literal(claimsReportVersion),
  environment: environmentSchema,
  settings: z.object({
    ids: z.array(z.int()),
    repeats: z.int(),
    policy: z.object({ batching: z.enum(["continuous", "static", "none"]), prefixCache: z.boolean() }),
  }),
  priceSheet: priceSheetSchema,
  aborted: z.boolean(),
  claims: z.array(claim),
  failed: z.array(failure),
});

/** Throws `invalid-request`, naming the first field that is wrong. */
export function importClaimsReport(json: unknown): ClaimsReport {
  checkReport(report, json, `no claims report of version ${claimsReportVersion}`);
  // Checked above; verdicts in the file count for nothing.
  const read = json as ClaimsReport;
  return {
    ...read,
    claims: read.claims.map((claim) => {
      const parts = claim.parts.map((part): ClaimPart => ({
        ...part,
        verdict: metricVerdict(part.metric, part),
        thresholds: thresholdText(part.metric),
      }));
      return { ...claim, parts, verdict: combinedVerdict(parts.map(({ verdict }) => verdict)) };
    }),
  };
}
