/** The same arrivals under each batching mode, each from an empty prefix cache. */
import {
  deserializeError,
  now,
  type AbortSignalLike,
  type EnginePolicy,
} from "../../../../protocol/index.ts";
import type { LabContext } from "../../context.ts";
import { planLoad, type LoadSettings } from "../../load/load.ts";
import { runLoad, type RequestRecord } from "../../load/run-load.ts";
import { stepFigures } from "../../load/step-figures.ts";
import { StepLog } from "../../load/step-log.ts";
import { summarizeLoad } from "../../load/summary.ts";
import { waitUnlessAborted } from "../../wait.ts";
import { withPolicy } from "../../with-policy.ts";
import type { BatchEvent } from "./live.ts";
import { failureText, type BatchMode, type Batching } from "./findings.ts";

export interface BatchRun {
  readonly serving: LabContext["serving"];
  readonly load: LoadSettings;
  /** In effect in every mode. */
  readonly policy: Partial<EnginePolicy>;
  readonly signal: AbortSignalLike;
  readonly emit: (event: BatchEvent) => void;
  /** So many requests of the mode are answered. */
  readonly progress: (batching: Batching, done: number) => void;
}

/** Counts nowhere: the first run pays for compiled pipelines and first allocations. */
export async function warmUp({ serving, load, policy, signal }: BatchRun): Promise<void> {
  const short = planLoad({ ...load, arrivals: "burst", maxTokens: Math.min(4, load.maxTokens) });
  await withPolicy(serving, policy, () => runLoad(serving, short, { signal, now, wait: waitUnlessAborted }));
}

/** Null where it was cancelled before a request was answered; rejects where none could be answered. */
export const measureMode = (run: BatchRun, batching: Batching): Promise<BatchMode | null> =>
  withPolicy(run.serving, { ...run.policy, batching }, (policy) => runMode(run, policy));

async function runMode(
  { serving, load, signal, emit, progress }: BatchRun,
  policy: EnginePolicy,
): Promise<BatchMode | null> {
  await serving.clearCache();
  const log = new StepLog();
  const stop = serving.onStep((trace) => log.add(trace));
  let done = 0;
  emit({ type: "mode", policy });
  progress(policy.batching, 0);
  const requests = await runLoad(serving, planLoad(load), {
    ...{ signal, now, wait: waitUnlessAborted },
    onSubmit: (requestId, label, atMs) => {
      log.addLane(requestId, label, atMs);
      emit({ type: "sent", requestId, label, atMs });
    },
    onEnd: ({ requestId, metrics, submittedMs }) => {
      const atMs = metrics === null ? now() : submittedMs + metrics.e2eLatencyMs;
      emit({ type: "ended", requestId, atMs });
      progress(policy.batching, (done += 1));
    },
  });
  stop();
  const summary = summarizeLoad(requests);
  if (signal.aborted && summary.numFinished === 0) return null;
  if (!signal.aborted) throwIfNothing(requests);
  return {
    ...{ policy, summary, requests },
    steps: stepFigures(log),
    numEvictions: log.events.filter(({ kind }) => kind === "eviction").length,
    errors: requests.flatMap(({ error }) => (error === null ? [] : [error.message])),
    aborted: signal.aborted && summary.numFinished < load.numRequests,
  };
}

function throwIfNothing(requests: readonly RequestRecord[]): void {
  if (requests.some(({ metrics }) => metrics !== null)) return;
  const errors = requests.flatMap(({ error }) => (error === null ? [] : [error]));
  const [first] = errors;
  if (first === undefined) return;
  const message = failureText(
    errors.map((error) => error.message),
    requests.length,
  );
  throw deserializeError({ ...first, message: message ?? first.message });
}
