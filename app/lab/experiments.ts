/** The experiments of `inferscope.run(name, options)`. */
import { InferscopeError, type Inferscope, type Message } from "../../protocol/index.ts";
import { runCompare, type CompareEvent } from "./compare.ts";
import { emailExtraction } from "./email-extraction.ts";
import { interruptedError, interruptionOf } from "./interruptions.ts";
import type { EvaluateAnswers } from "./own/evaluate-answers.ts";
import { parseCompareOptions } from "./options.ts";
import { buildReport, counts, type CompareReport, type Environment } from "./report.ts";
import type { LabEngine } from "./run-plan.ts";
import type { ServingEngine } from "./serving-engine.ts";
import { isSignal } from "./signal.ts";
import { recordSteps } from "./step-records.ts";
import type { SweetSpotEvent, SweetSpotReport } from "./tokens/sweet-spot.ts";
import { userAnalysis } from "./user-analysis.ts";
import type { Workload } from "./workload.ts";

export const workloads: readonly Workload[] = [userAnalysis, emailExtraction];

/** What an experiment needs from the page. */
export interface LabContext {
  readonly engine: LabEngine;
  readonly serving: ServingEngine;
  /** Loads a model in place of the one there is: an experiment over several engines. */
  readonly load: Inferscope["load"];
  /** The prompt of a chat as the model reads it: ids, and the text of each. */
  readonly encodeChat: (
    messages: readonly Message[],
  ) => Promise<{ readonly tokenIds: readonly number[]; readonly pieces: readonly string[] }>;
  /** Judges rows of one's own apart from the page's thread. */
  readonly evaluateAnswers: EvaluateAnswers;
  readonly environment: () => Promise<Environment>;
}

export type Experiment = (options?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** By name, for `createInferscope`. What the first view does not need loads when it is asked for. */
export function createExperiments(context: LabContext): Readonly<Record<string, Experiment>> {
  return {
    compare: (options = {}) => compareExperiment(context, options),
    claims: async (options = {}) => (await import("./claims/run-claims.ts")).runClaims(context, options),
    bench: async (options = {}) =>
      (await import("./bench/run-bench.ts")).runBench(context.serving, context.environment, options),
    "sweet-spot": (options = {}) => sweetSpotExperiment(context, options),
    cache: async (options = {}) => (await import("./cache/run-cache.ts")).runCache(context, options),
    batch: async (options = {}) => (await import("./batch/run-batch.ts")).runBatch(context, options),
    "rate-limit": async (options = {}) =>
      (await import("./limits/run-rate-limit.ts")).runRateLimit(context, options),
    duel: async (options = {}) => (await import("./duel/run-duel.ts")).runDuel(context, workloads, options),
    // A workload from the texts of files: `{definition, leftOut}`, see `readWorkloadFile`.
    workload: async (options = {}) => (await import("./own/read-file.ts")).readWorkloadFile(options),
    // The text of a report, `{report}`: what the command line prints, and handy in DevTools.
    markdown: async ({ report } = {}) => (await import("./markdown-of.ts")).markdownOf(report),
  };
}

/**
 * Options: `{workload, plans, rows, repeats, seed, cache, prices, signal, onEvent}`, all optional.
 * Rejects when not one sample succeeded; a run that was cancelled later resolves with what there is.
 */
export async function compareExperiment(
  { engine, serving, environment, evaluateAnswers }: LabContext,
  options: Readonly<Record<string, unknown>>,
): Promise<CompareReport> {
  const {
    workload,
    settings: asked,
    priceSheet,
  } = await parseCompareOptions(options, workloads, evaluateAnswers);
  const settings = engine.canClearCache?.() === false ? { ...asked, cache: "warm" as const } : asked;
  const { signal, onEvent } = options;
  const { value: run, steps } = await recordSteps(serving, () =>
    runCompare(engine, workload, settings, {
      ...(isSignal(signal) ? { signal } : {}),
      ...(isListener(onEvent) ? { onEvent } : {}),
    }),
  );
  if (run.samples.every(({ error }) => error !== null)) {
    const first = run.samples[0]?.error;
    if (run.aborted || first === null || first === undefined) {
      throw new InferscopeError("aborted", "The comparison was cancelled before the first row was done.");
    }
    throw new InferscopeError(first.kind, `No row could be answered: ${first.message}`, {
      ...(first.hint === undefined ? {} : { hint: first.hint }),
    });
  }
  const interruption = run.samples.some(counts)
    ? null
    : interruptionOf(run.samples.flatMap(({ calls }) => calls));
  if (interruption !== null) throw interruptedError(interruption);
  return buildReport(workload, settings, run, await environment(), priceSheet, steps);
}

/** Options: `{rows, examples, seed, acceptedLoss, signal, onEvent}`, all optional; see `runSweetSpot`. */
async function sweetSpotExperiment(
  { engine, environment }: LabContext,
  options: Readonly<Record<string, unknown>>,
): Promise<SweetSpotReport> {
  const { signal, onEvent } = options;
  const [{ runSweetSpot }, { parseSweetSpotOptions }] = await Promise.all([
    import("./tokens/sweet-spot.ts"),
    import("./tokens/sweet-spot-options.ts"),
  ]);
  return runSweetSpot(engine, environment, parseSweetSpotOptions(options), {
    ...(isSignal(signal) ? { signal } : {}),
    ...(isSweetSpotListener(onEvent) ? { onEvent } : {}),
  });
}

function isListener(value: unknown): value is (event: CompareEvent) => void {
  return typeof value === "function";
}

function isSweetSpotListener(value: unknown): value is (event: SweetSpotEvent) => void {
  return typeof value === "function";
}
