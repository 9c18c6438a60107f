/** Sends a load to the engine and follows every request to its end. */
import {
  type AbortSignalLike,
  type FinishReason,
  type Generation,
  type CountedMetrics,
  counted,
  isCounted,
  type SerializedError,
  serializeError,
} from "../../../protocol/index.ts";
import type { LabEngine } from "../run-plan.ts";
import type { PlannedRequest } from "./load.ts";

/** What became of one request; either metrics or an error. */
export interface RequestRecord {
  readonly label: string;
  readonly requestId: string;
  /** Milliseconds since the Unix epoch. */
  readonly submittedMs: number;
  readonly metrics: CountedMetrics | null;
  readonly finishReason: FinishReason | null;
  readonly error: SerializedError | null;
}

export interface RunLoadOptions {
  readonly signal: AbortSignalLike;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignalLike) => Promise<void>;
  readonly onSubmit?: (requestId: string, label: string, submittedMs: number) => void;
  readonly onEnd?: (record: RequestRecord) => void;
}

/**
 * Open loop: each request is sent at its time, whatever the engine is doing. Never rejects;
 * after an abort nothing more is sent and what is in flight is aborted. Resolves with the
 * requests that were sent, in order.
 */
export async function runLoad(
  engine: Pick<LabEngine, "generate">,
  load: readonly PlannedRequest[],
  options: RunLoadOptions,
): Promise<readonly RequestRecord[]> {
  const { signal, now, wait } = options;
  const send = sender(engine, options);
  const startMs = now();
  const sent: Promise<RequestRecord>[] = [];
  for (const planned of load) {
    const waitMs = startMs + planned.atMs - now();
    if (waitMs > 0) await wait(waitMs, signal);
    if (signal.aborted) break;
    sent.push(send(planned));
  }
  return Promise.all(sent);
}

/** Closed loop: `concurrency` requests in flight, the next sent when one ends. */
export async function runClosedLoop(
  engine: Pick<LabEngine, "generate">,
  load: readonly PlannedRequest[],
  concurrency: number,
  options: RunLoadOptions,
): Promise<readonly RequestRecord[]> {
  const send = sender(engine, options);
  const records: RequestRecord[] = [];
  const queue = [...load];
  const user = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !options.signal.aborted; next = queue.shift()) {
      records.push(await send(next));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, user));
  return records;
}

function sender(engine: Pick<LabEngine, "generate">, options: RunLoadOptions) {
  const inFlight = new Set<Generation>();
  options.signal.addEventListener("abort", () => inFlight.forEach((generation) => generation.abort()));
  return async ({ label, request }: PlannedRequest): Promise<RequestRecord> => {
    const submittedMs = options.now();
    const generation = engine.generate(request);
    const { requestId } = generation;
    inFlight.add(generation);
    options.onSubmit?.(requestId, label, submittedMs);
    const record = await generation.result
      .then(({ metrics, finishReason }): RequestRecord => ({
        label,
        requestId,
        submittedMs,
        metrics: finishReason === "abort" && !isCounted(metrics) ? null : counted(metrics),
        finishReason,
        error: null,
      }))
      .catch((error: unknown): RequestRecord => ({
        label,
        requestId,
        submittedMs,
        metrics: null,
        finishReason: null,
        error: serializeError(error),
      }));
    inFlight.delete(generation);
    options.onEnd?.(record);
    return record;
  };
}
