/** What a workload of one's own begins as: two plans over new rows, or parts of a built-in workload. */
import { defaultSeed } from "../built-in/index.ts";
import { userAnalysis } from "../built-in/user-analysis.ts";
import type { PromptPlan, Workload } from "../workload.ts";
import definition from "../built-in/user-analysis.json" with { type: "json" };
import {
  ownLimits,
  type AnswerParser,
  type CallDefinition,
  type Check,
  type PlanDefinition,
  type RowTable,
  type WorkloadDefinition,
} from "./definition.ts";
import { guessExpected } from "./rows.ts";

const noRows: RowTable = { source: "", columns: [], rows: [], problems: [] };

export function emptyWorkload(id: string, title: string): WorkloadDefinition {
  return {
    kind: "inferscope.workload",
    version: 1,
    id,
    revision: 0,
    title,
    table: noRows,
    expectedColumns: [],
    checks: [],
    plans: [],
  };
}

/** Other rows under the same plans; plans and checks that nobody has changed are begun anew. */
export function withTable(own: WorkloadDefinition, table: RowTable): WorkloadDefinition {
  const kept = own.expectedColumns.filter((column) => table.columns.includes(column));
  return withExpected({ ...own, table }, kept.length > 0 ? kept : guessExpected(table), own.table);
}

export function withExpected(
  own: WorkloadDefinition,
  expectedColumns: readonly string[],
  before: RowTable = own.table,
): WorkloadDefinition {
  const isNew = own.plans.length === 0 || same(own.plans, starterPlans(before, own.expectedColumns));
  const isNewCheck = own.checks.length === 0 || same(own.checks, starterChecks(own.expectedColumns));
  return {
    ...own,
    expectedColumns,
    plans: isNew ? starterPlans(own.table, expectedColumns) : own.plans,
    checks: isNewCheck ? starterChecks(expectedColumns) : own.checks,
  };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const starterChecks = (expectedColumns: readonly string[]): readonly Check[] =>
  expectedColumns.map((column) => ({
    field: "answer",
    evaluator: expectedColumns.length === 1 ? "exact" : "contains",
    expected: `{{${column}}}`,
    ignoreCase: false,
  }));

/** The same question in many words and in few: two plans that can be compared at once. */
function starterPlans(table: RowTable, expectedColumns: readonly string[]): readonly PlanDefinition[] {
  const fed = table.columns.filter((column) => !expectedColumns.includes(column));
  if (fed.length === 0) return [];
  const wanted = expectedColumns.join(" and ") || "answer";
  const maxTokens = answerTokens(table, expectedColumns);
  const labelled = fed.map((column) => `${column}: {{${column}}}`).join("\n");
  const labels = labelsOf(table, expectedColumns);
  const choice = labels === null ? "" : ` Possible answers: ${labels.join(", ")}.`;
  return [
    newPlan("full", "Full instruction", "A polite instruction and every value with its name.", {
      system: `You are a careful assistant. Please read the text below and answer with the ${wanted} only, without any explanation.${choice}`,
      user: `${labelled}\n${wanted}:`,
      maxTokens,
    }),
    newPlan("short", "Short instruction", "The same in as few words as may do.", {
      system: labels === null ? `Give the ${wanted}.` : `Give the ${wanted}: ${labels.join(", ")}.`,
      user: `${fed.map((column) => `{{${column}}}`).join(" | ")} ->`,
      maxTokens,
    }),
  ];
}

const mostLabels = 12;
const longestLabel = 40;

/** The answers to choose from, where rows share a few short ones; null where each row has its own. */
function labelsOf({ rows }: RowTable, [column, ...others]: readonly string[]): readonly string[] | null {
  if (column === undefined || others.length > 0) return null;
  const labels = [...new Set(rows.map(({ values }) => values[column] ?? ""))].filter((label) => label !== "");
  const areFew = labels.length >= 2 && labels.length <= mostLabels;
  // A template would read braces.
  const arePlain = labels.every((label) => label.length <= longestLabel && !/[{}\n]/.test(label));
  const areShared = labels.length < rows.length || rows.length <= 3;
  return areFew && arePlain && areShared ? labels.toSorted() : null;
}

/** Two characters a token are few for most tokenizers, so no expected answer is cut. */
function answerTokens({ rows }: RowTable, expectedColumns: readonly string[]): number {
  const longest = rows.reduce(
    (most, { values }) =>
      Math.max(
        most,
        expectedColumns.reduce((sum, column) => sum + (values[column]?.length ?? 0), 0),
      ),
    0,
  );
  return Math.min(256, Math.max(8, Math.ceil(longest / 2)));
}

export function newPlan(
  id: string,
  title: string,
  description: string,
  call: Pick<CallDefinition, "system" | "user" | "maxTokens">,
): PlanDefinition {
  return {
    id,
    title,
    description,
    calls: [{ id: "answer", temperature: 0, stop: [], ...call }],
    parser: { type: "text" },
    checks: null,
  };
}

/** What an answer of that call begins as when it is held to a schema: the keys that the plan reads from it, as texts. */
export function starterSchema({ parser }: PlanDefinition, callId: string): string {
  const keys = parser.type === "json" && parser.call === callId ? parser.fields : ["answer"];
  const properties = Object.fromEntries(keys.map((key) => [key, { type: "string" }]));
  return JSON.stringify({ type: "object", properties, required: keys }, null, 2);
}

/** An id that no plan has yet. */
export function freeId(plans: readonly { readonly id: string }[], wish: string): string {
  const taken = new Set(plans.map(({ id }) => id));
  for (let number = 1; ; number++) {
    const id = number === 1 ? wish : `${wish}-${number}`;
    if (!taken.has(id)) return id;
  }
}

const numCopiedRows = 100;

/** A built-in workload as one's own: chosen plans, rows as they are drawn, and what is right in them. */
export function copyOf(workload: Workload, planIds: readonly string[], id: string): WorkloadDefinition {
  const drawn = workload.rows(numCopiedRows, defaultSeed);
  const columns = Object.keys(drawn[0]?.values ?? {});
  return {
    ...emptyWorkload(id, `${workload.title}, copied`),
    table: {
      source: `${drawn.length} rows of ${workload.title}`,
      columns,
      rows: drawn.map(({ values }, index) => ({
        line: index + 1,
        // Of the built-in values only a list of addresses can be empty.
        values: Object.fromEntries(columns.map((column) => [column, String(values[column] ?? "") || "none"])),
      })),
      problems: [],
    },
    expectedColumns: columns.filter((column) =>
      ["emails", "recommendationsList", "recommendationsJson"].includes(column),
    ),
    checks: workload.id === userAnalysis.id ? userChecks : emailChecks,
    plans: workload.plans
      .filter((plan) => planIds.includes(plan.id))
      .slice(0, ownLimits.plans)
      .map((plan) => planOf(workload, plan)),
  };
}

/** A built-in plan as one's own. */
export function planOf(workload: Workload, { id, title, description, calls }: PromptPlan): PlanDefinition {
  return {
    id,
    title,
    description,
    calls: calls.map((call) => ({
      id: call.id,
      system: call.system,
      user: call.user,
      maxTokens: call.maxTokens,
      temperature: call.temperature ?? 0,
      stop: call.stop ?? [],
      ...(call.responseFormat?.type === "json_schema"
        ? { schema: JSON.stringify(call.responseFormat.schema, null, 2) }
        : {}),
    })),
    ...(workload.id === userAnalysis.id ? userParsing(id) : { parser: { type: "text" }, checks: null }),
  };
}

const emailChecks: readonly Check[] = [
  { field: "extract", evaluator: "set-f1", expected: "{{emails}}", ignoreCase: false },
];

const userChecks: readonly Check[] = [
  { field: "preferences", evaluator: "exact", expected: definition.answers.preferences, ignoreCase: false },
  {
    field: "recommendations",
    evaluator: "set-f1",
    expected: definition.answers.recommendations,
    ignoreCase: false,
  },
  { field: "reasoning", evaluator: "exact", expected: definition.answers.reasoning, ignoreCase: false },
];

function userParsing(id: string): { parser: AnswerParser; checks: readonly Check[] | null } {
  const plan = definition.plans.find((candidate) => candidate.id === id);
  const fields = userChecks.map(({ field }) => field);
  switch (plan?.parse) {
    case "lines":
      return {
        parser: { type: "lines", call: "all", fields: Object.values(plan.labels ?? {}) },
        checks: null,
      };
    case "json":
      return { parser: { type: "json", call: "all", fields }, checks: null };
    case "prose": {
      const facts = plan.facts ?? [];
      const checks = facts.flatMap(({ call, all }) =>
        all.map((expected): Check => ({ field: call, evaluator: "contains", expected, ignoreCase: false })),
      );
      return { parser: { type: "text" }, checks };
    }
    default:
      return { parser: { type: "text" }, checks: null };
  }
}
