/** Changes of a workload that the editor makes. Pure. */
import type {
  CallDefinition,
  Check,
  PlanDefinition,
  WorkloadDefinition,
} from "../../lab/workloads/own/definition.ts";
import type { DefinitionProblem } from "../../lab/workloads/own/problems.ts";

/** The first problem at a place, null where there is none. */
export type ProblemAt = (place: string) => string | null;

export const problemsAt =
  (problems: readonly DefinitionProblem[]): ProblemAt =>
  (place) =>
    problems.find((problem) => problem.place === place)?.message ?? null;

export const replaced = <Item>(list: readonly Item[], index: number, item: Item): readonly Item[] =>
  list.map((old, at) => (at === index ? item : old));

export const without = <Item>(list: readonly Item[], index: number): readonly Item[] =>
  list.filter((_, at) => at !== index);

/** The item one place further up (-1) or down (1); the same list at its ends. */
export function moved<Item>(list: readonly Item[], index: number, by: -1 | 1): readonly Item[] {
  const [item, other] = [list[index], list[index + by]];
  if (item === undefined || other === undefined) return list;
  return replaced(replaced(list, index, other), index + by, item);
}

export const withPlan = (own: WorkloadDefinition, plan: PlanDefinition): WorkloadDefinition => ({
  ...own,
  plans: own.plans.map((old) => (old.id === plan.id ? plan : old)),
});

/** A call that asks about the answer of the last one. */
export function nextCall(calls: readonly CallDefinition[]): CallDefinition {
  const last = calls.at(-1);
  const taken = new Set(calls.map(({ id }) => id));
  let number = calls.length + 1;
  while (taken.has(`call${number}`)) number += 1;
  return {
    id: `call${number}`,
    system: "",
    user: last === undefined ? "" : `{{${last.id}}}`,
    maxTokens: last?.maxTokens ?? 64,
    temperature: 0,
    stop: [],
  };
}

export const newCheck = (field: string, column: string | undefined): Check => ({
  field,
  evaluator: "exact",
  expected: column === undefined ? "" : `{{${column}}}`,
  ignoreCase: false,
});

/** "a, b" as typed, to names. */
export const names = (text: string): readonly string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** "my tickets.csv" to "my tickets". */
export const titleOf = (fileName: string): string => fileName.replace(/\.[a-z]{2,6}$/i, "") || "My rows";

/** For a file of that workload. */
export const exportName = (title: string): string =>
  `${
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "workload"
  }.workload.json`;
