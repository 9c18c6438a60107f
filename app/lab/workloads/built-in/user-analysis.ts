/** The user-analysis workload: plans and evaluators as user-analysis.json defines them. */
import { fill } from "../../template.ts";
import { userRows } from "./user-rows.ts";
import type {
  Answers,
  BuiltInWorkload,
  EvaluatedField,
  Evaluation,
  PlanCall,
  PromptPlan,
  Row,
} from "../workload.ts";
import definition from "./user-analysis.json" with { type: "json" };

const fieldNames = ["preferences", "recommendations", "reasoning"] as const;
type FieldName = (typeof fieldNames)[number];
type Fields = Readonly<Record<FieldName, string>>;

type PlanDefinition = (typeof definition.plans)[number];

export const userAnalysis: BuiltInWorkload = {
  id: definition.id,
  version: definition.version,
  title: definition.title,
  plans: definition.plans.map(toPlan),
  rows: userRows,
  evaluate: (planId, row, answers) => {
    const plan = definition.plans.find(({ id }) => id === planId);
    if (plan === undefined) throw new Error(`user analysis has no plan "${planId}"`);
    return plan.parse === "prose" ? evaluateFacts(plan, row, answers) : evaluateFields(plan, row, answers);
  },
};

function toPlan(plan: PlanDefinition): PromptPlan {
  const { id, title, description, calls } = plan;
  const responseFormat: Pick<PlanCall, "responseFormat"> =
    "schema" in plan ? { responseFormat: { type: "json_schema", schema: plan.schema } } : {};
  return {
    id,
    title,
    description,
    calls: calls.map((call) => ({
      id: call.id,
      after: call.after,
      maxTokens: call.maxTokens,
      system: call.system,
      user: call.user,
      ...responseFormat,
    })),
  };
}

/** Prose is not parsed: it is right when each call's answer holds every fact that is asked for. */
function evaluateFacts(plan: PlanDefinition, row: Row, answers: Answers): Evaluation {
  const facts = "facts" in plan ? (plan.facts ?? []) : [];
  const fields = facts.map(({ call, all }): EvaluatedField => {
    const got = answers[call] ?? "";
    const wanted = all.map((fact) => fill(fact, row.values));
    return {
      name: call,
      expected: wanted.map((fact) => `“${fact.trim()}”`).join(", "),
      got,
      correct: wanted.every((fact) => got.includes(fact)),
    };
  });
  return summarize(
    fields.every(({ got }) => got !== null && got !== ""),
    fields,
  );
}

function evaluateFields(plan: PlanDefinition, row: Row, answers: Answers): Evaluation {
  const parsed = unquoted(parseFields(plan, answers));
  const fields = fieldNames.map((name): EvaluatedField => {
    const expected = fill(definition.answers[name], row.values);
    const got = parsed?.[name] ?? null;
    return { name, expected, got, correct: got === expected };
  });
  return summarize(parsed !== null, fields);
}

/** Items may stand in double quotes; they are no part of the value. */
function unquoted(fields: Fields | null): Fields | null {
  return fields === null ? null : { ...fields, recommendations: fields.recommendations.replaceAll('"', "") };
}

function summarize(parsed: boolean, fields: readonly EvaluatedField[]): Evaluation {
  const numCorrect = fields.filter(({ correct }) => correct).length;
  return { parsed, correct: numCorrect === fields.length, score: numCorrect / fields.length, fields };
}

function parseFields(plan: PlanDefinition, answers: Answers): Fields | null {
  switch (plan.parse) {
    case "plain":
      return parsePlain(answers);
    case "lines":
      return parseLines(answers["all"] ?? "", "labels" in plan ? plan.labels : undefined);
    case "json":
      return parseJson(answers["all"] ?? "");
    default:
      throw new Error(`plan "${plan.id}" has an unknown parser "${plan.parse}"`);
  }
}

function parsePlain(answers: Answers): Fields | null {
  const { preferences, recommendations, reasoning } = answers;
  return preferences && recommendations && reasoning ? { preferences, recommendations, reasoning } : null;
}

/** `LABEL: value` lines; each of the plan's labels once and no other line. */
export function parseLines(text: string, labels: Fields | undefined): Fields | null {
  if (labels === undefined) return null;
  const found = new Map<string, string>();
  for (const line of text.trim().split("\n")) {
    const at = line.indexOf(": ");
    const label = at === -1 ? line : line.slice(0, at);
    if (at === -1 || found.has(label)) return null;
    found.set(label, line.slice(at + 2).trim());
  }
  const [preferences, recommendations, reasoning] = fieldNames.map((name) => found.get(labels[name]));
  if (found.size !== 3 || preferences === undefined) return null;
  if (recommendations === undefined || reasoning === undefined) return null;
  return { preferences, recommendations, reasoning };
}

/** One JSON object with exactly the three keys. */
export function parseJson(text: string): Fields | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 3) return null;
  if (!("preferences" in value && "recommendations" in value && "reasoning" in value)) return null;
  const { preferences, recommendations, reasoning } = value;
  if (typeof preferences !== "string" || typeof reasoning !== "string") return null;
  if (!Array.isArray(recommendations)) return null;
  if (!recommendations.every((item): item is string => typeof item === "string")) return null;
  return { preferences, recommendations: recommendations.join(", "), reasoning };
}
