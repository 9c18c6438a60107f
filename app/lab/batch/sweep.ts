/** Throughput and latency against concurrency: the same requests, 1 to 32 of them at a time. */
import { deserializeError, type SerializedError } from "../../../protocol/index.ts";
import type { LabEngine } from "../run-plan.ts";
import { planLoad, type LoadSettings } from "./load.ts";
import { runClosedLoop, type RunLoadOptions } from "./run-load.ts";
import { stepFigures, type StepFigures } from "./step-figures.ts";
import type { StepLog } from "./step-log.ts";
import { summarizeLoad, type LoadSummary } from "./summary.ts";

export const sweepConcurrencies = [1, 2, 4, 8, 16, 32] as const;

/** Requests at least, so that a point at low concurrency is no single answer. */
const leastRequests = 4;

export interface SweepPoint {
  readonly concurrency: number;
  readonly summary: LoadSummary;
  readonly steps: StepFigures;
}

export interface SweepOptions extends Omit<RunLoadOptions, "onSubmit" | "onEnd"> {
  /** A log that hears of the steps from now on, until `stop`. */
  readonly startLog: () => { readonly log: StepLog; readonly stop: () => void };
  readonly onPoint: (point: SweepPoint) => void;
  /** Ascending; default: 1 to 32. */
  readonly concurrencies?: readonly number[];
}

/**
 * Every answer has exactly `maxTokens` tokens, so that points differ in concurrency only, and
 * each point starts on an empty prefix cache. Stops at an abort; the points until then stay.
 * Rejects with the first request's error, and the concurrency it happened at.
 */
export async function runSweep(
  engine: Pick<LabEngine, "generate" | "clearCache">,
  settings: LoadSettings,
  options: SweepOptions,
): Promise<void> {
  const isAborted = () => options.signal.aborted;
  for (const concurrency of options.concurrencies ?? sweepConcurrencies) {
    if (isAborted()) return;
    await engine.clearCache?.();
    const numRequests = Math.max(leastRequests, concurrency);
    const load = planLoad({ ...settings, numRequests, arrivals: "burst", lengths: "same" });
    const { log, stop } = options.startLog();
    const records = await runClosedLoop(engine, load, concurrency, {
      ...options,
      onSubmit: (requestId, label, submittedMs) => log.addLane(requestId, label, submittedMs),
    });
    stop();
    const failure = records.find(({ error }) => error !== null)?.error;
    // A point without its failed requests would not be a point of this concurrency.
    if (failure != null) throw atConcurrency(concurrency, failure);
    if (isAborted()) return;
    options.onPoint({ concurrency, summary: summarizeLoad(records), steps: stepFigures(log) });
  }
}

function atConcurrency(concurrency: number, error: SerializedError): Error {
  return deserializeError({ ...error, message: `At ${concurrency} at once: ${error.message}` });
}

export interface SweepRow extends SweepPoint {
  /** Output rate over that of the first point; null where one of them is unknown. */
  readonly speedup: number | null;
}

export function sweepRows(points: readonly SweepPoint[]): readonly SweepRow[] {
  const base = points[0]?.summary.outputTokensPerSecond ?? null;
  return points.map((point) => {
    const rate = point.summary.outputTokensPerSecond;
    return { ...point, speedup: rate === null || base === null ? null : rate / base };
  });
}
