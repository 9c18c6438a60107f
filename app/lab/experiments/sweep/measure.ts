/** Throughput and latency against concurrency: the same requests, so many of them at a time. */
import {
  deserializeError,
  now,
  type AbortSignalLike,
  type SerializedError,
} from "../../../../protocol/index.ts";
import { planLoad, type LoadSettings } from "../../load/load.ts";
import { runClosedLoop, type RequestRecord } from "../../load/run-load.ts";
import { stepFigures, type StepFigures } from "../../load/step-figures.ts";
import { StepLog } from "../../load/step-log.ts";
import { summarizeLoad, type LoadSummary } from "../../load/summary.ts";
import type { ServingEngine } from "../../serving-engine.ts";
import { waitUnlessAborted } from "../../wait.ts";

/** Requests at least, so that a point at low concurrency is no single answer. */
const leastRequests = 4;

export interface SweepPoint {
  readonly concurrency: number;
  readonly summary: LoadSummary;
  readonly steps: StepFigures;
  /** Missing in reports of before. */
  readonly requests?: readonly RequestRecord[];
}

/**
 * Every answer has exactly `maxTokens` tokens, so that points differ in concurrency only, and
 * each point starts on an empty prefix cache. Stops at an abort; the points until then stay.
 * Rejects with the first request's error, and the concurrency it happened at.
 */
export async function measureSweep(
  engine: Pick<ServingEngine, "generate" | "clearCache" | "onStep">,
  settings: LoadSettings,
  concurrencies: readonly number[],
  hooks: { readonly signal: AbortSignalLike; readonly onPoint: (point: SweepPoint) => void },
  clock: { readonly now: () => number; readonly wait: typeof waitUnlessAborted } = {
    now,
    wait: waitUnlessAborted,
  },
): Promise<readonly SweepPoint[]> {
  const { signal, onPoint } = hooks;
  const points: SweepPoint[] = [];
  const isAborted = () => signal.aborted;
  for (const concurrency of concurrencies.toSorted((a, b) => a - b)) {
    if (isAborted()) break;
    await engine.clearCache();
    const numRequests = Math.max(leastRequests, concurrency);
    const load = planLoad({ ...settings, numRequests, arrivals: "burst", lengths: "same" });
    const log = new StepLog();
    const stop = engine.onStep((trace) => log.add(trace));
    const requests = await runClosedLoop(engine, load, concurrency, {
      ...{ signal, ...clock },
      onSubmit: (requestId, label, submittedMs) => log.addLane(requestId, label, submittedMs),
    });
    stop();
    const failure = requests.find(({ error }) => error !== null)?.error;
    // A point without its failed requests would not be a point of this concurrency.
    if (failure != null) throw atConcurrency(concurrency, failure);
    if (isAborted()) break;
    const point = { concurrency, summary: summarizeLoad(requests), steps: stepFigures(log), requests };
    points.push(point);
    onPoint(point);
  }
  return points;
}

function atConcurrency(concurrency: number, error: SerializedError): Error {
  return deserializeError({ ...error, message: `At ${concurrency} at once: ${error.message}` });
}
