/** A duel's report as a file must have it. */
import { environmentSchema, errorSchema, intervalSchema, reportSchema } from "../../report-schema.ts";
import { z } from "../../zod.ts";
import { compareShape } from "../compare/schema.ts";
import { duelVersion } from "./report.ts";

const engineId = z.enum(["paged-gpu", "paged-cpu", "web-llm"]);
const side = z.object({
  id: engineId,
  title: z.string(),
  backend: z.string(),
  runner: z.enum(["gpu", "cpu"]),
  model: z.string(),
  loadMs: z.array(z.number()),
  environment: environmentSchema.nullable(),
  error: errorSchema.nullable(),
});
const answer = z.object({
  row: z.int(),
  label: z.string(),
  basis: z.enum(["token ids", "text"]),
  firstDifference: z
    .object({ callId: z.string(), position: z.int(), from: z.string(), to: z.string() })
    .nullable(),
});
const figure = z.object({
  id: z.enum(["itlMs", "outputTokensPerSecond"]),
  from: z.number(),
  to: z.number(),
  difference: z.number(),
  interval: intervalSchema,
  ratio: z.number().nullable(),
  ratioInterval: intervalSchema.nullable(),
  n: z.number(),
});

const duel = z.object({
  plan: z.object({ id: z.string(), title: z.string() }),
  sides: z.tuple([side, side]),
  order: z.array(engineId),
  weights: z.object({
    verdict: z.enum(["same", "named-alike", "different", "unknown"]),
    text: z.string(),
  }),
  answers: z.array(answer),
  figures: z.array(figure),
});

export const duelSchema = reportSchema("duel", duelVersion, { ...compareShape, duel });

/** Duels were kept as comparisons before they had a kind of their own. */
export const migrateDuel = (json: Readonly<Record<string, unknown>>) =>
  json["kind"] === "inferscope.compare" && json["duel"] !== undefined
    ? { ...json, kind: "inferscope.duel", version: duelVersion }
    : null;
