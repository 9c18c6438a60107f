/** What a report keeps of the engine's steps: enough for a timeline, without tokens and texts. */
import type { Inferscope, StepTrace } from "../../protocol/index.ts";

export type StepRecord = Pick<
  StepTrace,
  | "step"
  | "scheduleMs"
  | "encodeMs"
  | "gpuMs"
  | "readbackMs"
  | "totalMs"
  | "numPrefillTokens"
  | "numDecodeTokens"
  | "numWaiting"
  | "numRunning"
> & {
  /** Computing and uploading masks of allowed tokens; missing where none were, and in old recordings. */
  readonly maskMs?: number;
  /** Milliseconds since the Unix epoch. */
  readonly startMs: number;
};

/** A longer run keeps its first steps. */
const mostSteps = 20_000;

export async function recordSteps<Value>(
  engine: Pick<Inferscope, "onStep">,
  work: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly steps: readonly StepRecord[] }> {
  const steps: StepRecord[] = [];
  const stop = engine.onStep((trace) => {
    if (steps.length < mostSteps) steps.push(toRecord(trace));
  });
  try {
    return { value: await work(), steps };
  } finally {
    stop();
  }
}

export function toRecord(trace: StepTrace): StepRecord {
  const { step, gpuMs, numPrefillTokens, numDecodeTokens, numWaiting, numRunning } = trace;
  return {
    step,
    startMs: micro(trace.startMs),
    scheduleMs: micro(trace.scheduleMs),
    ...(trace.maskMs === 0 ? {} : { maskMs: micro(trace.maskMs) }),
    encodeMs: micro(trace.encodeMs),
    gpuMs: gpuMs === null ? null : micro(gpuMs),
    readbackMs: micro(trace.readbackMs),
    totalMs: micro(trace.totalMs),
    numPrefillTokens,
    numDecodeTokens,
    numWaiting,
    numRunning,
  };
}

/** Microseconds are more than any clock of a page resolves. */
const micro = (ms: number): number => Math.round(ms * 1000) / 1000;
