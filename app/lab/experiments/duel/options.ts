/** What a duel can be asked for. */
import type { ModelSource } from "../../../../protocol/index.ts";
import type { LabContext } from "../../context.ts";
import { option } from "../../option.ts";
import type { PriceSheet } from "../../pricing/pricing.ts";
import type { WorkloadDefinition } from "../../workloads/own/definition.ts";
import { chosenPlans, chosenWorkload } from "../../workloads/option.ts";
import type { PromptPlan, Workload } from "../../workloads/workload.ts";
import { z } from "../../zod.ts";
import { rowOptions } from "../compare/options.ts";
import type { CompareSettings } from "../compare/run.ts";
import { defaultModel, engineTitles, type DuelEngine, type EngineId } from "./report.ts";

export interface DuelOptions {
  readonly workload: Workload;
  /** Null for a built-in workload. */
  readonly definition: WorkloadDefinition | null;
  readonly plan: PromptPlan;
  readonly engines: readonly [DuelEngine, DuelEngine];
  readonly rows: number;
  /** How often each engine answers all rows; the engines run in the order A B, B A, … */
  readonly passes: number;
  readonly seed: number;
  readonly cache: CompareSettings["cache"];
  readonly priceSheet: PriceSheet;
}

const engineIds = Object.keys(engineTitles) as [EngineId, ...EngineId[]];

export const duelOptions = z.strictObject({
  engines: option(
    z
      .array(z.enum(engineIds))
      .length(2)
      .default(["paged-gpu", "paged-cpu"])
      .refine(([a, b]) => a !== b, "two different engines: policies of one are compared in Batch and Cache"),
    { title: "Engines", help: "The two that take turns", labels: engineTitles },
  ),
  model: option(z.string().trim().min(1).default(defaultModel), {
    title: "Model",
    help: "Id or address, for both",
    // The command line's own --model names it.
    flag: null,
  }),
  models: option(z.array(z.string().trim().min(1)).length(2).optional(), {
    title: "Models",
    help: "One id or address for each engine; without it, the model for both",
  }),
  plan: option(z.string().default("structured"), { title: "Plan", help: "The plan that both run" }),
  passes: option(z.int().min(1).max(20).default(2), {
    title: "Passes",
    help: "Times that each engine answers all rows, in the order A B, B A, …",
  }),
  ...rowOptions(),
});

/** Throws `invalid-request` with what is wrong and what would be right. */
export function readDuelOptions(
  {
    engines,
    model,
    models,
    plan: planId,
    passes,
    rows,
    seed,
    cache,
    prices,
    ...given
  }: z.output<typeof duelOptions>,
  context: Pick<LabContext, "evaluateAnswers">,
): DuelOptions {
  const { workload, definition } = chosenWorkload(given.workload, context);
  const [plan] = chosenPlans(workload, [planId]);
  const [a, b] = engines.map((id, index) => engineOf(id, models?.[index] ?? model));
  if (plan === undefined || a === undefined || b === undefined) throw new Error("a duel has two engines");
  return {
    ...{ workload, definition, plan, rows, passes, seed, cache },
    engines: [a, b],
    priceSheet: prices,
  };
}

const engineOf = (id: EngineId, model: string): DuelEngine => ({
  id,
  title: engineTitles[id],
  backend: id === "web-llm" ? "web-llm" : "paged",
  runner: id === "paged-cpu" ? "cpu" : "gpu",
  model,
});

/**
 * Where an engine finds a model. WebLLM loads by the id in its own list; our engine finds the same
 * files at the place that the list names for such ids.
 */
export function sourceOf({ backend, model }: DuelEngine): ModelSource {
  if (/^https?:\/\/|^[./]/.test(model)) return { url: model };
  return backend === "paged" && model.endsWith("-MLC")
    ? { url: `https://huggingface.co/mlc-ai/${model}` }
    : { id: model };
}
