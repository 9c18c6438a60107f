/** A workload that can be run, from its definition. */
import { InferscopeError, type ResponseFormat } from "../../../../protocol/index.ts";
import { createRandom } from "../../random.ts";
import type { PlanCall, PromptPlan, Row, Workload } from "../workload.ts";
import {
  checkDefinition,
  type CallDefinition,
  type OwnRow,
  type PlanDefinition,
  type WorkloadDefinition,
} from "./definition.ts";
import type { EvaluateAnswers } from "./evaluate-answers.ts";
import { answerOf, placeholders, renamed } from "./placeholders.ts";
import { definitionProblems } from "./problems.ts";
import { usableRows, type UsableRows } from "./rows.ts";

/**
 * Throws `invalid-request` where the definition is none, has problems, or leaves no row. evaluate:
 * `evaluateAnswers`, wherever it shall run.
 */
export function readWorkload(
  json: unknown,
  evaluate: EvaluateAnswers,
): { readonly workload: Workload; readonly definition: WorkloadDefinition } {
  const definition = checkDefinition(json);
  return { definition, workload: workloadOf(definition, evaluate) };
}

function workloadOf(definition: WorkloadDefinition, evaluate: EvaluateAnswers): Workload {
  const { id, revision, title, plans, checks } = definition;
  const [problem] = definitionProblems(definition);
  if (problem !== undefined) throw cannotRun(definition, problem.message);
  const { rows } = definitionRows(definition);
  if (rows.length === 0)
    throw cannotRun(definition, "No row has all values that its prompts and checks want.");
  return {
    id,
    version: revision,
    title,
    plans: plans.map((plan) => promptPlan(plan)),
    rows: (count, seed) => draw(rows, count, seed).map((row) => toRow(row, definition)),
    evaluate: (planId, row, answers) => {
      const plan = plans.find((candidate) => candidate.id === planId);
      if (plan === undefined) throw new Error(`${title} has no plan "${planId}"`);
      return evaluate({ parser: plan.parser, checks: plan.checks ?? checks, values: row.values, answers });
    },
  };
}

const cannotRun = ({ title }: WorkloadDefinition, why: string): InferscopeError =>
  new InferscopeError("invalid-request", `“${title}” cannot run yet: ${why}`, {
    hint: "The Plans view shows each problem at its place.",
  });

/** The rows that run, and why the others do not. */
export function definitionRows({ table, plans, expectedColumns }: WorkloadDefinition): UsableRows {
  const templates = plans.flatMap(({ calls }) => calls.flatMap(({ system, user }) => [system, user]));
  const named = new Set(templates.flatMap((template) => placeholders(template).map(({ name }) => name)));
  return usableRows(
    table,
    table.columns.filter((column) => named.has(column)),
    expectedColumns,
  );
}

/** A random choice, the same for the same seed, in the order of the file. */
function draw(rows: readonly OwnRow[], count: number, seed: number): readonly OwnRow[] {
  if (count >= rows.length) return rows;
  const chosen = new Set(createRandom(seed).sample(rows, count));
  return rows.filter((row) => chosen.has(row));
}

function toRow({ line, values }: OwnRow, { table, expectedColumns }: WorkloadDefinition): Row {
  const shown = table.columns.find(
    (column) => !expectedColumns.includes(column) && values[column] !== undefined,
  );
  const text = (values[shown ?? ""] ?? "").replaceAll(/\s+/g, " ").trim();
  return { label: `line ${line}: ${text.length > 60 ? `${text.slice(0, 59)}…` : text}`, values };
}

export function promptPlan(plan: PlanDefinition): PromptPlan {
  const { id, title, description, calls } = plan;
  const order = callOrder(plan);
  return {
    id,
    title,
    description,
    calls: calls.map((call, index) => {
      const earlier = calls.slice(0, index).map((before) => before.id);
      return promptCall(call, earlier, order[index] ?? []);
    }),
  };
}

/** For each call the earlier ones whose answers its templates name. */
export const callOrder = ({ calls }: PlanDefinition): readonly (readonly string[])[] =>
  calls.map(({ system, user }, index) => {
    const used = placeholders(system + user).map(({ name }) => answerOf(name));
    const earlier = calls.slice(0, index).map(({ id }) => id);
    return earlier.filter((id) => used.includes(id));
  });

/** Throws `SyntaxError` on a schema that `definitionProblems` finds fault with. */
function promptCall(
  { id, system, user, maxTokens, temperature, stop, schema }: CallDefinition,
  earlier: readonly string[],
  after: readonly string[],
): PlanCall {
  const asAnswer = (name: string): string | null =>
    earlier.includes(answerOf(name)) ? `answers.${answerOf(name)}` : null;
  return {
    id,
    after,
    maxTokens,
    temperature,
    stop,
    system: renamed(system, asAnswer),
    user: renamed(user, asAnswer),
    ...(schema === undefined ? {} : { responseFormat: schemaFormat(schema) }),
  };
}

/** Throws `SyntaxError` on a text that `schemaProblem` finds fault with. */
export const schemaFormat = (text: string): ResponseFormat => ({
  type: "json_schema",
  schema: JSON.parse(text) as Readonly<Record<string, unknown>>,
});
