/** Step traces for tests, from one line each. */
import { epochMs, requestId, type StepTrace } from "../../../protocol/index.ts";

interface StepOptions {
  readonly startMs: number;
  readonly totalMs?: number;
  /** "a:prefill:64:16" is 64 scheduled tokens, 16 cached ones; "b:decode". */
  readonly rows?: string;
  readonly preempt?: string;
  readonly evict?: number;
  /** used, cached, free, total */
  readonly kv?: readonly [number, number, number, number];
}

export function stepTrace(step: number, options: StepOptions): StepTrace {
  const { startMs, totalMs = 10, rows = "", preempt, evict, kv = [2, 1, 5, 8] } = options;
  const sequences = rows
    .split(" ")
    .filter((row) => row !== "")
    .map((row) => {
      const [id = "", phase, numScheduled = "1", numCached = "0"] = row.split(":");
      return {
        requestId: requestId(id),
        choice: 0,
        phase: phase === "prefill" ? ("prefill" as const) : ("decode" as const),
        numScheduledTokens: Number(numScheduled),
        numCachedTokens: Number(numCached),
        numComputedTokens: 0,
        newTokenIds: [],
        text: "",
      };
    });
  const tokens = (phase: string) =>
    sequences.filter((row) => row.phase === phase).reduce((sum, row) => sum + row.numScheduledTokens, 0);
  const [used, cached, free, total] = kv;
  return {
    step,
    startMs: epochMs(startMs),
    scheduleMs: 0,
    maskMs: 0,
    encodeMs: 0,
    gpuMs: null,
    readbackMs: 0,
    totalMs,
    numPrefillTokens: tokens("prefill"),
    numDecodeTokens: tokens("decode"),
    numDispatches: 0,
    sequences,
    kv: { used, cached, free, total },
    evictions:
      evict === undefined ? [] : [{ numBlocks: evict, numTokens: evict * 16, reason: "room wanted" }],
    preemptions:
      preempt === undefined
        ? []
        : [{ requestId: requestId(preempt), choice: 0, reason: "2 blocks wanted", numTokensLost: 40 }],
    numWaiting: 0,
    numRunning: sequences.length,
  };
}
