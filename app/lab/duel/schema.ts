/** The part of an imported report that tells of a duel, checked field by field. */
import { environmentSchema } from "../environment-schema.ts";
import { z } from "../zod.ts";

const engineId = z.enum(["paged-gpu", "paged-cpu", "web-llm"]);
const side = z.object({
  id: engineId,
  title: z.string(),
  backend: z.string(),
  runner: z.enum(["gpu", "cpu"]),
  model: z.string(),
  loadMs: z.array(z.number()),
  environment: environmentSchema.nullable(),
  error: z.object({ kind: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
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
  interval: z.tuple([z.number(), z.number()]),
  ratio: z.number().nullable(),
  ratioInterval: z.tuple([z.number(), z.number()]).nullable(),
  n: z.number(),
});

export const duelSchema = z.object({
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
