/** What the bench measures, and how often. */
import { InferscopeError } from "../../../protocol/index.ts";

export interface BenchSettings {
  /** Concurrent sequences of the decode runs; the first is what the others are compared with. */
  readonly batchSizes: readonly number[];
  /** Output tokens of each sequence in a decode run. */
  readonly decodeTokens: number;
  /** Times that everything is measured; every second time in the reverse order (A B B A). */
  readonly passes: number;
  /** Prompt tokens of the prefill and time-to-first-token runs that two requests share. */
  readonly prefixTokens: number;
  /** Prompt tokens after the shared prefix, different in each request. */
  readonly suffixTokens: number;
  /** Requests of the continuous-against-static runs, served so many at a time. */
  readonly mixedRequests: number;
  readonly mixedConcurrency: number;
  readonly seed: number;
  /** Said with every figure: nothing about the answers of random weights means anything. */
  readonly weights: "trained" | "random";
}

const standard: BenchSettings = {
  batchSizes: [1, 2, 4, 8, 16],
  decodeTokens: 32,
  passes: 4,
  prefixTokens: 512,
  suffixTokens: 16,
  mixedRequests: 16,
  mixedConcurrency: 4,
  seed: 1,
  weights: "trained",
};

/** A smoke run: every part once, on the fewest sequences and tokens. */
const quick: BenchSettings = {
  ...standard,
  batchSizes: [1, 8],
  decodeTokens: 8,
  passes: 1,
  prefixTokens: 128,
  mixedRequests: 8,
};

/** Options `{quick, passes, decodeTokens, weights}`, all optional. Throws `invalid-request`. */
export function parseBenchSettings(options: Readonly<Record<string, unknown>>): BenchSettings {
  const base = options["quick"] === true ? quick : standard;
  const count = (key: "passes" | "decodeTokens", least: number): number => {
    const value = options[key] ?? base[key];
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= 1000) return value;
    throw invalid(`${key} is ${JSON.stringify(value)}`, `Use a whole number from ${least} to 1000.`);
  };
  const weights = options["weights"] ?? base.weights;
  if (weights !== "trained" && weights !== "random") {
    throw invalid(`weights is ${JSON.stringify(weights)}`, 'Use "trained" or "random".');
  }
  // Two steps are the fewest that have a time between them, and the prompt's own step is no decode.
  return { ...base, passes: count("passes", 1), decodeTokens: count("decodeTokens", 4), weights };
}

function invalid(problem: string, hint: string): InferscopeError {
  return new InferscopeError("invalid-request", `The bench cannot start: ${problem}.`, { hint });
}

/** What is measured in one pass, in its order. */
export type Arm =
  | { readonly type: "decode"; readonly batchSize: number }
  | { readonly type: "prefill" }
  | { readonly type: "ttft"; readonly cache: "cold" | "cached" }
  | { readonly type: "mixed"; readonly batching: "continuous" | "static" };

/** All arms, every second pass backwards: what drifts with time hits both ends of a ratio alike. */
export function benchSchedule({ batchSizes, passes }: BenchSettings): readonly (readonly Arm[])[] {
  const arms: readonly Arm[] = [
    ...batchSizes.map((batchSize): Arm => ({ type: "decode", batchSize })),
    { type: "ttft", cache: "cold" },
    { type: "ttft", cache: "cached" },
    { type: "prefill" },
    { type: "mixed", batching: "continuous" },
    { type: "mixed", batching: "static" },
  ];
  return Array.from({ length: passes }, (_, pass) => (pass % 2 === 0 ? arms : arms.toReversed()));
}
