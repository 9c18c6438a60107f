/** Options of `inferscope.run("compare", options)`, checked: they come from DevTools and command lines. */
import { InferscopeError } from "../../protocol/index.ts";
import type { CompareSettings } from "./compare.ts";
import type { EvaluateAnswers } from "./own/evaluate-answers.ts";
import { guidePrices, priceProblem, priceSheet, type PriceSheet } from "./pricing.ts";
import type { Workload } from "./workload.ts";

export const defaultPlans = ["naive-chain", "same-answers-chain", "structured"] as const;
/** The rows that are shown and measured unless another seed is asked for. */
export const defaultSeed = 20;

export interface CompareOptions {
  readonly workload: Workload;
  readonly settings: CompareSettings;
  readonly priceSheet: PriceSheet;
}

/** Throws `invalid-request` with what is wrong and what would be right. */
export async function parseCompareOptions(
  options: Readonly<Record<string, unknown>>,
  workloads: readonly Workload[],
  evaluate: EvaluateAnswers,
): Promise<CompareOptions> {
  const workload = await workloadOf(options["workload"], workloads, evaluate);
  const cache = options["cache"] ?? "cold";
  if (cache !== "cold" && cache !== "warm") throw invalid(`cache is ${show(cache)}`, `Use "cold" or "warm".`);
  return {
    workload,
    settings: {
      plans: plansOf(workload, options["plans"]),
      rows: count(options, "rows", 5, 1, 500),
      repeats: count(options, "repeats", 1, 1, 100),
      seed: count(options, "seed", defaultSeed, 0, 2 ** 31),
      cache,
    },
    priceSheet: pricesOf(options["prices"]),
  };
}

/** A built-in one by its id, the first unless told; or the definition of one's own. */
async function workloadOf(
  value: unknown,
  workloads: readonly Workload[],
  evaluate: EvaluateAnswers,
): Promise<Workload> {
  if (typeof value === "object" && value !== null) {
    return (await import("./own/workload-of.ts")).readWorkload(value, evaluate);
  }
  const [first] = workloads;
  const workload = value === undefined ? first : workloads.find(({ id }) => id === value);
  if (workload !== undefined) return workload;
  throw invalid(`workload is ${show(value)}`, `Use one of: ${workloads.map(({ id }) => id).join(", ")}.`);
}

function plansOf(workload: Workload, value: unknown): CompareSettings["plans"] {
  const fallback = workload.plans.filter(({ id }) => defaultPlans.some((plan) => plan === id));
  if (value === undefined) return fallback.length > 0 ? fallback : workload.plans.slice(0, 2);
  const known = `Use plans of ${workload.id}: ${workload.plans.map(({ id }) => id).join(", ")}.`;
  if (!Array.isArray(value) || value.length === 0) throw invalid(`plans is ${show(value)}`, known);
  if (new Set(value).size !== value.length) throw invalid("a plan is named twice", known);
  return value.map((id: unknown) => {
    const plan = workload.plans.find((candidate) => candidate.id === id);
    if (plan === undefined) throw invalid(`there is no plan ${show(id)}`, known);
    return plan;
  });
}

export function pricesOf(value: unknown): PriceSheet {
  if (value === undefined) return guidePrices;
  const usage = "Give {inputPerMillion, cachedInputPerMillion, outputPerMillion} in US dollars.";
  if (typeof value !== "object" || value === null) throw invalid(`prices is ${show(value)}`, usage);
  const price = (key: string): number => {
    const amount: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
    return typeof amount === "number" ? amount : Number.NaN;
  };
  const sheet = priceSheet({
    inputPerMillion: price("inputPerMillion"),
    cachedInputPerMillion: price("cachedInputPerMillion"),
    outputPerMillion: price("outputPerMillion"),
  });
  const problem = priceProblem(sheet);
  if (problem !== null) throw invalid(problem, usage);
  return sheet;
}

function count(
  options: Readonly<Record<string, unknown>>,
  key: string,
  fallback: number,
  least: number,
  most: number,
): number {
  const value = options[key] ?? fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw invalid(`${key} is ${show(value)}`, `Use a whole number from ${least} to ${most}.`);
  }
  return value;
}

const show = (value: unknown): string => (value === undefined ? "undefined" : JSON.stringify(value));

function invalid(problem: string, hint: string): InferscopeError {
  return new InferscopeError("invalid-request", `The comparison cannot start: ${problem}.`, { hint });
}
