/** Engine steps as spans on lanes: CPU, GPU, queue, and one lane for each choice of each request. Pure. */
import type { SequenceStep, StepTrace } from "../../protocol/index.ts";

export type TraceKind = "schedule" | "masks" | "encode" | "wait" | "queue" | "prefill" | "decode";

export interface TraceSpan {
  readonly lane: number;
  readonly kind: TraceKind;
  /** From the first step's start. */
  readonly startMs: number;
  readonly endMs: number;
  /** Index among the steps. */
  readonly step: number;
  /** Part of the lane's height, 0 to 1. */
  readonly height: number;
}

export interface TraceSpans {
  readonly lanes: readonly string[];
  readonly spans: readonly TraceSpan[];
  readonly endMs: number;
}

/** Lanes of requests that are drawn; the table has all steps. */
const mostRequestLanes = 24;
const engineLanes = ["CPU", "GPU", "Queue"] as const;

export const laneOf = ({ requestId, choice }: SequenceStep): string =>
  choice === 0 ? requestId : `${requestId} #${choice}`;

export function traceLanes(steps: readonly StepTrace[]): readonly string[] {
  return [...new Set(steps.flatMap(({ sequences }) => sequences.map(laneOf)))];
}

export function traceSpans(steps: readonly StepTrace[]): TraceSpans {
  const originMs = steps[0]?.startMs ?? 0;
  const lanes = [...engineLanes, ...traceLanes(steps).slice(0, mostRequestLanes)];
  const mostWaiting = Math.max(1, ...steps.map(({ numWaiting }) => numWaiting));
  const laneIndex = new Map(lanes.map((lane, index) => [lane, index]));
  const spans = steps.flatMap((step, index): TraceSpan[] => {
    const startMs = step.startMs - originMs;
    const endMs = startMs + step.totalMs;
    const span = (lane: number, kind: TraceKind, from: number, to: number, height = 1): TraceSpan => ({
      lane,
      kind,
      startMs: from,
      endMs: to,
      step: index,
      height,
    });
    const masks = startMs + step.scheduleMs;
    const encode = masks + step.maskMs;
    const submitted = encode + step.encodeMs;
    const phase = step.numPrefillTokens > 0 ? "prefill" : "decode";
    return [
      span(0, "schedule", startMs, masks),
      ...(step.maskMs > 0 ? [span(0, "masks", masks, encode)] : []),
      span(0, "encode", encode, submitted),
      span(0, "wait", submitted, endMs),
      // The GPU's clock is its own: its time is known, its begin is set behind the encode.
      ...(step.gpuMs === null ? [] : [span(1, phase, submitted, submitted + step.gpuMs)]),
      ...(step.numWaiting === 0 ? [] : [span(2, "queue", startMs, endMs, step.numWaiting / mostWaiting)]),
      ...step.sequences.flatMap((row) => {
        const lane = laneIndex.get(laneOf(row));
        return lane === undefined ? [] : [span(lane, row.phase, startMs, endMs)];
      }),
    ];
  });
  const last = steps.at(-1);
  return { lanes, spans, endMs: last === undefined ? 0 : last.startMs - originMs + last.totalMs };
}

export interface TraceSums {
  readonly numSteps: number;
  readonly wallMs: number;
  readonly scheduleMs: number;
  readonly maskMs: number;
  readonly encodeMs: number;
  readonly waitMs: number;
  /** Null where the adapter told no step's. */
  readonly gpuMs: number | null;
  readonly numPrefillTokens: number;
  readonly numDecodeTokens: number;
  readonly numDispatches: number;
}

/** Of the steps that lie in the window with their middle. Times from the first step's start. */
export function sumTrace(steps: readonly StepTrace[], fromMs: number, toMs: number): TraceSums {
  const originMs = steps[0]?.startMs ?? 0;
  const chosen = steps.filter(({ startMs, totalMs }) => {
    const middle = startMs - originMs + totalMs / 2;
    return fromMs <= middle && middle <= toMs;
  });
  const sum = (of: (step: StepTrace) => number) => chosen.reduce((total, step) => total + of(step), 0);
  const timed = chosen.flatMap(({ gpuMs }) => gpuMs ?? []);
  return {
    numSteps: chosen.length,
    wallMs: sum(({ totalMs }) => totalMs),
    scheduleMs: sum(({ scheduleMs }) => scheduleMs),
    maskMs: sum(({ maskMs }) => maskMs),
    encodeMs: sum(({ encodeMs }) => encodeMs),
    waitMs: sum(({ totalMs, scheduleMs, maskMs, encodeMs }) => totalMs - scheduleMs - maskMs - encodeMs),
    gpuMs: timed.length === 0 ? null : timed.reduce((total, ms) => total + ms, 0),
    numPrefillTokens: sum(({ numPrefillTokens }) => numPrefillTokens),
    numDecodeTokens: sum(({ numDecodeTokens }) => numDecodeTokens),
    numDispatches: sum(({ numDispatches }) => numDispatches),
  };
}
