/** The one event of a step. */
import type { EpochMs, KvBlocks, SequenceStep, StepTrace } from "../../protocol/index.ts";
import type { BatchOutput } from "./run-batch.ts";
import type { Schedule } from "./scheduler.ts";

/** A schedule, the model's answer to it, and the times in between. */
export interface FinishedRun {
  readonly plan: Schedule;
  readonly output: BatchOutput;
  readonly startMs: EpochMs;
  readonly scheduledMs: EpochMs;
  /** When the drawn tokens were read. */
  readonly finishedMs: EpochMs;
  /** Queue lengths while the model ran. */
  readonly numWaiting: number;
  readonly numRunning: number;
}

/** `kv` is the pool after the step; blocks of sequences that ended with it are no longer used. */
export function stepTrace(
  step: number,
  run: FinishedRun,
  rows: readonly SequenceStep[],
  kv: KvBlocks,
): StepTrace {
  const { plan, output, startMs, scheduledMs, finishedMs, numWaiting, numRunning } = run;
  const numTokens = (phase: "prefill" | "decode"): number =>
    plan.scheduled.filter((each) => each.phase === phase).reduce((sum, each) => sum + each.numTokens, 0);
  return {
    step,
    startMs,
    scheduleMs: scheduledMs - startMs,
    maskMs: output.maskMs,
    encodeMs: output.encodeMs - output.maskUploadMs,
    gpuMs: output.gpuMs,
    readbackMs: output.readbackMs,
    totalMs: finishedMs - startMs,
    numPrefillTokens: numTokens("prefill"),
    numDecodeTokens: numTokens("decode"),
    numDispatches: output.numDispatches,
    sequences: rows,
    kv,
    evictions: plan.evictions,
    preemptions: plan.preemptions,
    numWaiting,
    numRunning,
  };
}
