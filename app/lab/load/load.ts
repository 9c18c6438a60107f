/** A load: which requests are sent, when, and how long their answers are. */
import type { GenerateRequest } from "../../../protocol/index.ts";
import { emailExtraction } from "../workloads/built-in/email-extraction.ts";
import { createRandom } from "../random.ts";
import { fill } from "../template.ts";
import { userAnalysis } from "../workloads/built-in/user-analysis.ts";
import type { PlanCall, Row, Workload } from "../workloads/workload.ts";
import { arrivalTimes, type ArrivalKind } from "./arrivals.ts";

export type LoadSource = "mixed" | "user-analysis" | "email-extraction" | "prompt";

/**
 * natural  until the model ends its answer, at most maxTokens
 * same     exactly maxTokens each, past the model's end
 * mixed    exactly so many tokens, drawn from maxTokens / 8 to maxTokens with the seed
 */
export type OutputLengths = "natural" | "same" | "mixed";

export interface LoadSettings {
  readonly source: LoadSource;
  /** The message of `source: "prompt"`; `{{n}}` becomes the request's number. */
  readonly prompt: string;
  readonly numRequests: number;
  readonly arrivals: ArrivalKind;
  readonly ratePerSecond: number;
  /** Of rows, arrival times and drawn lengths. */
  readonly seed: number;
  readonly maxTokens: number;
  readonly lengths: OutputLengths;
}

export interface PlannedRequest {
  /** Short, for people: "3 email". */
  readonly label: string;
  /** From the run's start. */
  readonly atMs: number;
  readonly request: GenerateRequest;
}

export const defaultLoad: LoadSettings = {
  source: "mixed",
  prompt: "Analyze user number {{n}}.",
  numRequests: 8,
  arrivals: "burst",
  ratePerSecond: 8,
  seed: 20,
  maxTokens: 96,
  lengths: "natural",
};

export const loadLimits = {
  numRequests: { min: 1, max: 200 },
  ratePerSecond: { min: 0.1, max: 1000 },
  seed: { min: 0, max: 2 ** 31 - 1 },
  maxTokens: { min: 1, max: 1024 },
} as const;

/** The first thing wrong with a load, in words, or null. */
export function loadProblem(load: LoadSettings): string | null {
  for (const key of ["numRequests", "maxTokens", "seed", "ratePerSecond"] as const) {
    const { min, max } = loadLimits[key];
    const value = load[key];
    const isWhole = key === "ratePerSecond" || Number.isInteger(value);
    if (!isWhole || !(value >= min && value <= max)) {
      return `${loadNames[key]} is ${value}, it must be a ${key === "ratePerSecond" ? "" : "whole "}number from ${min} to ${max}`;
    }
  }
  if (load.source === "prompt" && load.prompt.trim() === "") return "the prompt is empty";
  return null;
}

const loadNames = {
  numRequests: "the number of requests",
  maxTokens: "the number of output tokens",
  seed: "the seed",
  ratePerSecond: "the rate",
} as const;

/** "all at once", "Poisson, 8 a second, seed 20". */
export function arrivalText({ arrivals, ratePerSecond, seed }: LoadSettings): string {
  if (arrivals === "burst") return "all at once";
  return `${arrivals === "poisson" ? "Poisson, " : ""}${ratePerSecond} a second, seed ${seed}`;
}

/** "8 requests, all at once, at most 96 tokens each". */
export function loadText(load: LoadSettings): string {
  const lengths = {
    natural: `at most ${load.maxTokens} tokens each`,
    same: `exactly ${load.maxTokens} tokens each`,
    mixed: `${Math.max(1, Math.floor(load.maxTokens / 8))} to ${load.maxTokens} tokens each`,
  }[load.lengths];
  return `${load.numRequests} requests, ${arrivalText(load)}, ${lengths}`;
}

/** The same settings give the same requests at the same times. Throws `RangeError` on a bad load. */
export function planLoad(load: LoadSettings): readonly PlannedRequest[] {
  const problem = loadProblem(load);
  if (problem !== null) throw new RangeError(problem);
  const { numRequests, arrivals, ratePerSecond, seed } = load;
  const times = arrivalTimes(numRequests, { kind: arrivals, ratePerSecond, seed });
  const prompts = promptsOf(load);
  const limits = outputLimits(load);
  return times.map((atMs, index) => {
    const prompt = prompts[index];
    if (prompt === undefined) throw new RangeError(`request ${index + 1} has no prompt`);
    return {
      label: `${index + 1} ${prompt.label}`,
      atMs,
      request: {
        messages: prompt.messages,
        sampling: {
          temperature: 0,
          maxTokens: limits[index] ?? load.maxTokens,
          ignoreEos: load.lengths !== "natural",
        },
      },
    };
  });
}

function outputLimits({ numRequests, maxTokens, lengths, seed }: LoadSettings): readonly number[] {
  if (lengths !== "mixed") return Array.from({ length: numRequests }, () => maxTokens);
  const random = createRandom(seed + 1);
  const least = Math.max(1, Math.floor(maxTokens / 8));
  return Array.from({ length: numRequests }, () => least + random.below(maxTokens - least + 1));
}

interface LabelledPrompt {
  readonly label: string;
  readonly messages: NonNullable<GenerateRequest["messages"]>;
}

function promptsOf(load: LoadSettings): readonly LabelledPrompt[] {
  const { source, prompt, numRequests, seed } = load;
  switch (source) {
    case "prompt":
      return Array.from({ length: numRequests }, (_, index) => ({
        label: "prompt",
        messages: [{ role: "user", content: prompt.replaceAll("{{n}}", String(index + 1)) }],
      }));
    case "user-analysis":
      return rowPrompts("user", userAnalysis, "structured", numRequests, seed);
    case "email-extraction":
      return rowPrompts("email", emailExtraction, emailPlan, numRequests, seed);
    case "mixed": {
      const half = Math.ceil(numRequests / 2);
      const users = rowPrompts("user", userAnalysis, "structured", half, seed);
      const emails = rowPrompts("email", emailExtraction, emailPlan, half, seed);
      return users.flatMap((user, index) => [user, ...emails.slice(index, index + 1)]);
    }
  }
}

const emailPlan = "standard-arrow-2";

function rowPrompts(label: string, workload: Workload, planId: string, count: number, seed: number) {
  const call = workload.plans.find(({ id }) => id === planId)?.calls[0];
  if (call === undefined) throw new RangeError(`${workload.id} has no plan "${planId}"`);
  return workload.rows(count, seed).map((row) => rowPrompt(label, call, row));
}

function rowPrompt(label: string, { system, user }: PlanCall, { values }: Row): LabelledPrompt {
  return {
    label,
    messages: [
      { role: "system", content: fill(system, values) },
      { role: "user", content: fill(user, values) },
    ],
  };
}
