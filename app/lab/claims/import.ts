/** Reads a report of the claims board back. Its verdicts are computed anew from its figures. */

import { environmentSchema } from "../report-schema.ts";
import { priceSheetSchema } from "../experiments/compare/schema.ts";
import { claimsReportVersion, type ClaimPart, type ClaimsReport } from "./report.ts";
import { leastUnits } from "../statistics/estimate.ts";
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
export const claimsSchema = z.object({
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

/** Verdicts in a file count for nothing. */
export function completeClaims(read: ClaimsReport): ClaimsReport {
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

/**
 * Version 1 had an interval for everything, by a bootstrap that did not cover below six units, and
 * points as intervals of what is arithmetic.
 */
export function migrateClaims(json: Readonly<Record<string, unknown>>) {
  if (json["version"] !== 1 || !Array.isArray(json["claims"])) return null;
  const claims = json["claims"].map((claim: unknown) =>
    isObject(claim) ? { ...migrateEstimate(claim), parts: partsOf(claim) } : claim,
  );
  return { ...json, version: claimsReportVersion, claims };
}

const partsOf = ({ parts }: Readonly<Record<string, unknown>>): unknown =>
  Array.isArray(parts)
    ? parts.map((each: unknown) => (isObject(each) ? migrateEstimate(each) : each))
    : parts;

function migrateEstimate(of: Readonly<Record<string, unknown>>) {
  const { n, interval: old } = of;
  const isPoint = Array.isArray(old) && old[0] === old[1];
  if (isPoint) return { ...of, interval: null, without: { reason: "counted" } };
  const isShown = typeof n === "number" && n >= leastUnits;
  return isShown
    ? { ...of, without: null }
    : { ...of, interval: null, without: { reason: "not-enough-runs", needs: leastUnits } };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
