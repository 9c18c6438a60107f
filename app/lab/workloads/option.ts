/** The option `workload`: a built-in one by its id, or the definition of one's own. */
import { InferscopeError } from "../../../protocol/index.ts";
import type { LabContext } from "../context.ts";
import { option } from "../option.ts";
import { z } from "../zod.ts";
import { builtInWorkloads } from "./built-in/index.ts";
import type { WorkloadDefinition } from "./own/definition.ts";
import { readWorkload } from "./own/workload-of.ts";
import type { PromptPlan, Workload } from "./workload.ts";

export const workloadOption = () =>
  option(z.union([z.string(), z.looseObject({})]).default(builtInWorkloads[0]?.id ?? ""), {
    title: "Workload",
    help: `${builtInWorkloads.map(({ id }) => id).join(" or ")}; a file of rows (CSV, JSON), or one exported from Plans`,
    input: "workload",
  });

export interface ChosenWorkload {
  readonly workload: Workload;
  /** Null for a built-in one. */
  readonly definition: WorkloadDefinition | null;
}

/** Throws `invalid-request` where there is none of that id, or the definition cannot run. */
export function chosenWorkload(
  value: string | object,
  { evaluateAnswers }: Pick<LabContext, "evaluateAnswers">,
): ChosenWorkload {
  if (typeof value !== "string") return readWorkload(value, evaluateAnswers);
  const workload = builtInWorkloads.find(({ id }) => id === value);
  if (workload !== undefined) return { workload, definition: null };
  throw new InferscopeError("invalid-request", `There is no workload "${value}".`, {
    hint: `Use one of: ${builtInWorkloads.map(({ id }) => id).join(", ")}.`,
  });
}

/** The plans of those ids, in their order. Throws `invalid-request`. */
export function chosenPlans(workload: Workload, ids: readonly string[]): readonly PromptPlan[] {
  const known = `Use plans of ${workload.id}: ${workload.plans.map(({ id }) => id).join(", ")}.`;
  if (new Set(ids).size !== ids.length) {
    throw new InferscopeError("invalid-request", "A plan is named twice.", { hint: known });
  }
  return ids.map((id) => {
    const plan = workload.plans.find((candidate) => candidate.id === id);
    if (plan !== undefined) return plan;
    throw new InferscopeError("invalid-request", `There is no plan "${id}".`, { hint: known });
  });
}
