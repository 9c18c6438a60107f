/** A workload of one's own as data: rows, plans, and what counts as right. Kept, exported and imported as it is. */
import { InferscopeError } from "../../../../protocol/index.ts";
import { z } from "../../zod.ts";

export const ownLimits = {
  /** Of a file of rows, bytes. */
  fileBytes: 5 * 1024 * 1024,
  rows: 2000,
  columns: 100,
  cellCharacters: 20_000,
  plans: 30,
  calls: 12,
  checks: 20,
  templateCharacters: 20_000,
  /** Of all prompts, checks and schemas together. */
  allCharacters: 1_000_000,
  /** Names that a parser looks for. */
  fields: 100,
  maxTokens: 4096,
} as const;

const template = z.string().max(ownLimits.templateCharacters);
const name = z.string().max(200);
const fields = z.array(name).max(ownLimits.fields).readonly();

const row = z.object({
  /** Line of the file that the row began on, from 1. */
  line: z.int().min(1),
  values: z.record(z.string(), z.string().max(ownLimits.cellCharacters)),
});

const lineProblem = z.object({ line: z.int().min(1), reason: z.string() });

const table = z.object({
  /** What it was read from; empty before anything was. */
  source: name,
  columns: z.array(name).max(ownLimits.columns).readonly(),
  rows: z.array(row).max(ownLimits.rows).readonly(),
  /** Lines of the source that are no rows, and why. */
  problems: z
    .array(lineProblem)
    .transform((problems) => problems.slice(0, ownLimits.rows))
    .readonly(),
});

export const evaluators = ["exact", "contains", "set-f1", "regex", "json-schema"] as const;

const check = z.object({
  /** What the plan's parser calls it; case does not matter. */
  field: name,
  evaluator: z.enum(evaluators),
  /** A template of the expected answer; the pattern of `regex`, the schema (JSON) of `json-schema`. */
  expected: template,
  ignoreCase: z.boolean(),
});

/** How an answer becomes named fields. `call`: whose answer is read. */
const parser = z.discriminatedUnion("type", [
  /** Each call's whole answer is the field of that call's name. */
  z.object({ type: z.literal("text") }),
  /** `LABEL: value`, each label once and no other line. */
  z.object({ type: z.literal("lines"), call: name, fields }),
  /** One JSON object that has the keys. */
  z.object({ type: z.literal("json"), call: name, fields }),
  /** Named groups of a regular expression are the fields. */
  z.object({ type: z.literal("regex"), call: name, pattern: z.string().max(500) }),
]);

const call = z.object({
  /** `{{id}}` in a later call stands for this one's answer. */
  id: name,
  system: template,
  user: template,
  maxTokens: z.int().min(1).max(ownLimits.maxTokens),
  temperature: z.number().min(0).max(2),
  stop: z.array(z.string().min(1).max(200)).max(16).readonly(),
  /** The text of a JSON Schema that the answer is held to, by engines that can. In a file it may be the schema itself. */
  schema: z
    .union([
      template,
      z
        .record(z.string(), z.unknown())
        .transform((value) => JSON.stringify(value, null, 2))
        .pipe(template),
    ])
    .optional(),
});

const plan = z.object({
  id: z.string().regex(/^[\w.-]{1,80}$/),
  title: name,
  description: z.string().max(1000),
  calls: z.array(call).max(ownLimits.calls).readonly(),
  parser,
  /** Null: the workload's. */
  checks: z.array(check).max(ownLimits.checks).readonly().nullable(),
});

const workload = z.object({
  kind: z.literal("inferscope.workload"),
  version: z.literal(1),
  id: z.string().regex(/^own-[\w-]{1,80}$/),
  /** Grows with each change: two reports of one workload tell by it whether they measured the same. */
  revision: z.int().min(0),
  title: name,
  table,
  /** They fill the checks and never a prompt. */
  expectedColumns: z.array(name).max(ownLimits.columns).readonly(),
  checks: z.array(check).max(ownLimits.checks).readonly(),
  plans: z.array(plan).max(ownLimits.plans).readonly(),
});

export type OwnRow = Readonly<z.infer<typeof row>>;
export type LineProblem = Readonly<z.infer<typeof lineProblem>>;
export type RowTable = Readonly<z.infer<typeof table>>;
export type EvaluatorId = (typeof evaluators)[number];
export type Check = Readonly<z.infer<typeof check>>;
export type AnswerParser = Readonly<z.infer<typeof parser>>;
export type CallDefinition = Readonly<z.infer<typeof call>>;
export type PlanDefinition = Readonly<z.infer<typeof plan>>;
export type WorkloadDefinition = Readonly<z.infer<typeof workload>>;

/** Throws `invalid-request`, naming the first field that is wrong. */
export function checkDefinition(json: unknown): WorkloadDefinition {
  const checked = workload.safeParse(json);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const at = issue?.path.join(".") ?? "";
  throw new InferscopeError(
    "invalid-request",
    `This is no workload of version 1: ${at === "" ? "" : `${at}: `}${issue?.message ?? ""}.`,
    { hint: "Choose a file that the Plans view exported." },
  );
}

/** Reads an exported workload. Throws `invalid-request` with what is wrong with it. */
export function parseDefinition(text: string): WorkloadDefinition {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InferscopeError("invalid-request", `This file is no JSON: ${(cause as Error).message}`, {
      hint: "Choose a file that the Plans view exported.",
    });
  }
  return checkDefinition(json);
}
