/** Options of `inferscope.run("duel", options)`, checked: they come from DevTools and command lines. */
import { InferscopeError, type ModelSource } from "../../../protocol/index.ts";
import { wholeOption } from "../check-options.ts";
import type { CompareSettings } from "../compare.ts";
import { parseCompareOptions } from "../options.ts";
import type { EvaluateAnswers } from "../own/evaluate-answers.ts";
import type { PriceSheet } from "../pricing.ts";
import type { PromptPlan, Workload } from "../workload.ts";
import { engineTitles, type DuelEngine, type EngineId } from "./report.ts";

export const defaultModel = "scope-2m-q4f16_1";
const engineIds = Object.keys(engineTitles) as readonly EngineId[];

export interface DuelOptions {
  readonly workload: Workload;
  readonly plan: PromptPlan;
  readonly engines: readonly [DuelEngine, DuelEngine];
  readonly rows: number;
  /** How often each engine answers all rows; the engines run in the order A B, B A, … */
  readonly passes: number;
  readonly seed: number;
  readonly cache: CompareSettings["cache"];
  readonly priceSheet: PriceSheet;
}

/** Throws `invalid-request` with what is wrong and what would be right. */
export async function parseDuelOptions(
  options: Readonly<Record<string, unknown>>,
  workloads: readonly Workload[],
  evaluateAnswers: EvaluateAnswers,
): Promise<DuelOptions> {
  const { plan: planId = "structured" } = options;
  const { workload, settings, priceSheet } = await parseCompareOptions(
    { ...options, plans: [planId], repeats: 1 },
    workloads,
    evaluateAnswers,
  );
  const [plan] = settings.plans;
  if (plan === undefined) throw invalid("there is no plan", "Name one.");
  return {
    workload,
    plan,
    engines: enginesOf(options),
    rows: settings.rows,
    passes: wholeOption(options, "passes", 2, [1, 20]),
    seed: settings.seed,
    cache: settings.cache,
    priceSheet,
  };
}

function enginesOf(options: Readonly<Record<string, unknown>>): DuelOptions["engines"] {
  const { engines = ["paged-gpu", "paged-cpu"], models } = options;
  const known = `Use two of: ${engineIds.join(", ")}.`;
  if (!Array.isArray(engines) || engines.length !== 2) throw invalid("engines is no list of two", known);
  const model = options["model"] ?? defaultModel;
  const all: readonly unknown[] = models === undefined ? [model, model] : Array.isArray(models) ? models : [];
  const [first, second] = engines.map((name: unknown, index): DuelEngine => {
    const id = engineIds.find((candidate) => candidate === name);
    if (id === undefined) throw invalid(`there is no engine ${JSON.stringify(name)}`, known);
    const wanted = all[index];
    if (typeof wanted !== "string" || wanted.trim() === "") {
      throw invalid("an engine has no model", "Give model, or models with one for each engine.");
    }
    return {
      id,
      title: engineTitles[id],
      backend: id === "web-llm" ? "web-llm" : "paged",
      runner: id === "paged-cpu" ? "cpu" : "gpu",
      model: wanted.trim(),
    };
  });
  if (first === undefined || second === undefined) throw invalid("engines is no list of two", known);
  if (first.id === second.id) {
    throw invalid("both engines are the same", "Compare policies of one engine in Batch and Cache.");
  }
  return [first, second];
}

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

function invalid(problem: string, hint: string): InferscopeError {
  return new InferscopeError("invalid-request", `The duel cannot start: ${problem}.`, { hint });
}
