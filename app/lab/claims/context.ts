/** What a claim measures with: the engine, its own requests, prices, tokenizers, a clock. */
import {
  InferscopeError,
  type AbortSignalLike,
  type EnginePolicy,
  type GenerateRequest,
  type GenerationResult,
  type Inferscope,
  type StepTrace,
} from "../../../protocol/index.ts";
import { interruptedError, interruptionOf } from "../interruptions.ts";
import type { LabClock } from "../limited-run.ts";
import type { PriceSheet } from "../pricing/pricing.ts";
import type { Random } from "../random.ts";

export type ClaimsEngine = Pick<
  Inferscope,
  "generate" | "configure" | "onStep" | "clearCache" | "status" | "encode"
>;

/** Counts the tokens of a text. */
export interface Tokenizer {
  readonly name: string;
  readonly count: (text: string) => Promise<number>;
}

export interface ClaimContext {
  readonly engine: ClaimsEngine;
  /** In effect for the run; a claim that changes it puts it back. */
  readonly policy: EnginePolicy;
  readonly prices: PriceSheet;
  readonly random: Random;
  readonly clock: LabClock;
  /** Times that each arm of a timed claim is measured. */
  readonly repeats: number;
  /** Ids below it may be drawn for prompts; null where the backend tells none. */
  readonly vocabSize: number | null;
  /** cl100k and o200k, loaded when first asked for. */
  readonly tokenizer: (id: "model" | "cl100k" | "o200k") => Promise<Tokenizer>;
  /** False where the loaded model's weights are random. */
  readonly judgesAnswers: boolean;
  readonly signal: AbortSignalLike | undefined;
}

/** Throws `unsupported` where what a claim measures are answers, and they are noise. */
export function requireJudgement({ judgesAnswers }: Pick<ClaimContext, "judgesAnswers">): void {
  if (judgesAnswers) return;
  throw new InferscopeError("unsupported", "The loaded model has random weights: its answers are noise.", {
    hint: "Load a model with trained weights; claims about times and tokens are measured on this one too.",
  });
}

/**
 * Submits all at once and waits for all. Rejects with `aborted` when the run is cancelled, and with
 * `interrupted` where such times do not count.
 */
export async function serve(
  { engine, signal }: Pick<ClaimContext, "engine" | "signal">,
  requests: readonly GenerateRequest[],
): Promise<readonly GenerationResult[]> {
  const cancelled = (): InferscopeError => new InferscopeError("aborted", "The measurement was cancelled.");
  if (signal?.aborted === true) throw cancelled();
  const generations = requests.map((request) => engine.generate(request));
  signal?.addEventListener("abort", () => generations.forEach((generation) => generation.abort()));
  const results = await Promise.all(generations.map(({ result }) => result));
  if (results.some(({ finishReason }) => finishReason === "abort")) throw cancelled();
  const interruption = interruptionOf(results);
  if (interruption !== null) throw interruptedError(interruption);
  return results;
}

/** Random token ids past the first ones, which tend to be special tokens. Times do not depend on them. */
export function drawTokens(
  { random, vocabSize }: Pick<ClaimContext, "random" | "vocabSize">,
  count: number,
): number[] {
  if (vocabSize === null) {
    throw new InferscopeError("unsupported", "This backend tells no vocabulary, so no prompt can be drawn.");
  }
  const first = Math.min(16, vocabSize - 1);
  return Array.from({ length: count }, () => first + random.below(vocabSize - first));
}

/** A request of random tokens that generates exactly `maxTokens`. */
export const timingRequest = (
  context: Pick<ClaimContext, "random" | "vocabSize">,
  promptTokens: number,
  maxTokens: number,
): GenerateRequest => ({
  promptTokenIds: drawTokens(context, promptTokens),
  sampling: { temperature: 0, maxTokens, ignoreEos: true },
});

/** Runs `work` under a changed policy and puts the run's own back, whatever happens. */
export async function underPolicy<Value>(
  { engine, policy }: ClaimContext,
  change: Partial<EnginePolicy>,
  work: () => Promise<Value>,
): Promise<Value> {
  await engine.configure(change);
  try {
    return await work();
  } finally {
    await engine.configure(policy);
  }
}

/** Every step that the engine takes while `work` runs. */
export async function withSteps<Value>(
  { engine }: ClaimContext,
  work: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly steps: readonly StepTrace[] }> {
  const steps: StepTrace[] = [];
  const stop = engine.onStep((step) => steps.push(step));
  try {
    return { value: await work(), steps };
  } finally {
    stop();
  }
}

/** First submit to last token, ms. */
export function wallMs(results: readonly GenerationResult[]): number {
  const start = Math.min(...results.map(({ submittedMs }) => submittedMs));
  return Math.max(...results.map(({ submittedMs, metrics }) => submittedMs + metrics.e2eLatencyMs)) - start;
}

/** Throws where a backend does not tell a figure that the claim is about. */
export function told(value: number | null | undefined, what: string): number {
  if (value === null || value === undefined) {
    throw new InferscopeError(
      "unsupported",
      `This engine does not tell ${what}, so the claim cannot be measured on it.`,
    );
  }
  return value;
}
