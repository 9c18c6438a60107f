/** The experiments of `inferscope.run(name, options)`. */
import { InferscopeError } from "../../protocol/index.ts";
import { benchMarkdown, isBenchReport } from "./bench/markdown.ts";
import { runBench } from "./bench/run-bench.ts";
import { claimsMarkdown, isClaimsReport } from "./claims/markdown.ts";
import { runClaims } from "./claims/run-claims.ts";
import { runCompare, type CompareEvent } from "./compare.ts";
import { emailExtraction } from "./email-extraction.ts";
import { importCompareReport } from "./import-report.ts";
import { reportMarkdown } from "./markdown.ts";
import { parseCompareOptions } from "./options.ts";
import { buildReport, type CompareReport, type Environment } from "./report.ts";
import { type LabEngine } from "./run-plan.ts";
import { type ServingEngine } from "./serving-engine.ts";
import { isSignal } from "./signal.ts";
import { recordSteps } from "./step-records.ts";
import { isSweetSpotReport, sweetSpotMarkdown } from "./tokens/sweet-spot-markdown.ts";
import { parseSweetSpotOptions } from "./tokens/sweet-spot-options.ts";
import { runSweetSpot, type SweetSpotEvent, type SweetSpotReport } from "./tokens/sweet-spot.ts";
import { userAnalysis } from "./user-analysis.ts";
import { type Workload } from "./workload.ts";

export const workloads: readonly Workload[] = [userAnalysis, emailExtraction];

/** What an experiment needs from the page. */
export interface LabContext {
  readonly engine: LabEngine;
  readonly serving: ServingEngine;
  readonly environment: () => Promise<Environment>;
  readonly isHidden: () => boolean;
}

export type Experiment = (options?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** By name, for `createInferscope`. */
export function createExperiments(context: LabContext): Readonly<Record<string, Experiment>> {
  return {
    compare: (options = {}) => compareExperiment(context, options),
    claims: (options = {}) => runClaims(context, options),
    bench: (options = {}) => runBench(context.serving, context.environment, options),
    "sweet-spot": (options = {}) => sweetSpotExperiment(context, options),
    // The text of a report, `{report}`: what the command line prints, and handy in DevTools.
    markdown: async ({ report } = {}) => Promise.resolve(markdownOf(report)),
  };
}

function markdownOf(report: unknown): string {
  if (isBenchReport(report)) return benchMarkdown(report);
  if (isSweetSpotReport(report)) return sweetSpotMarkdown(report);
  return isClaimsReport(report) ? claimsMarkdown(report) : reportMarkdown(importCompareReport(report));
}

/**
 * Options: `{workload, plans, rows, repeats, seed, cache, prices, signal, onEvent}`, all optional.
 * Rejects when not one sample succeeded; a run that was cancelled later resolves with what there is.
 */
export async function compareExperiment(
  { engine, serving, environment, isHidden }: LabContext,
  options: Readonly<Record<string, unknown>>,
): Promise<CompareReport> {
  const { workload, settings, priceSheet } = parseCompareOptions(options, workloads);
  const { signal, onEvent } = options;
  const { value: run, steps } = await recordSteps(serving, () =>
    runCompare(engine, workload, settings, {
      ...(isSignal(signal) ? { signal } : {}),
      ...(isListener(onEvent) ? { onEvent } : {}),
      isHidden,
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
  return buildReport(workload, settings, run, await environment(), priceSheet, steps);
}

/** Options: `{rows, examples, seed, acceptedLoss, signal, onEvent}`, all optional; see `runSweetSpot`. */
async function sweetSpotExperiment(
  { engine, environment }: LabContext,
  options: Readonly<Record<string, unknown>>,
): Promise<SweetSpotReport> {
  const { signal, onEvent } = options;
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
