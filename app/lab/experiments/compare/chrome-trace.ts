/**
 * A comparison as Chrome trace events, which Perfetto and chrome://tracing open: a lane for each
 * request, and the engine's CPU, GPU and queue. Times in µs from the first event.
 */
import type { SequenceStep, StepTrace } from "../../../../protocol/index.ts";
import type { CompareReport } from "./report.ts";
import type { CallRecord, Sample } from "../../sample.ts";
import { toRecord, type StepRecord } from "../../step-records.ts";

/** `X`: a slice; `C`: a counter; `M`: a name. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "C" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: "ms";
  readonly otherData: Readonly<Record<string, string>>;
}

const enginePid = 1;
const requestsPid = 2;
const engineLanes = { CPU: 1, GPU: 2, Queue: 3 } as const;

export function chromeTrace(report: CompareReport): ChromeTrace {
  const steps = report.steps ?? [];
  const samples = placed(report.samples);
  const starts = [...samples.map(({ startMs }) => startMs), ...steps.map(({ startMs }) => startMs)];
  const originMs = starts.length === 0 ? 0 : starts.reduce((least, value) => Math.min(least, value));
  const lanes = samples.flatMap(({ sample, startMs }) =>
    sample.calls.map((call) => ({ sample, call, startMs: startMs + call.startMs - originMs })),
  );
  return {
    traceEvents: [
      ...engineNames(),
      ...lanes.flatMap((lane, index) => requestEvents(lane, index + 1)),
      ...steps.flatMap((step) => stepEvents(step, step.startMs - originMs)),
    ],
    displayTimeUnit: "ms",
    otherData: otherData(report, originMs),
  };
}

/** Steps as the engine told them, with a lane for each choice of each request that took part. */
export function stepsTrace(
  steps: readonly StepTrace[],
  environment: Readonly<Record<string, string>>,
): ChromeTrace {
  const originMs = steps[0]?.startMs ?? 0;
  const lanes = [...new Set(steps.flatMap(({ sequences }) => sequences.map(laneOf)))];
  return {
    traceEvents: [
      ...engineNames(),
      ...lanes.map((lane, index) => name("thread_name", requestsPid, index + 1, lane)),
      ...steps.flatMap((step) => stepEvents(toRecord(step), step.startMs - originMs)),
      ...steps.flatMap((step) =>
        step.sequences.map((row) =>
          sliceEvent(
            row.phase,
            "request",
            requestsPid,
            lanes.indexOf(laneOf(row)) + 1,
            step.startMs - originMs,
            step.totalMs,
            {
              step: step.step,
              tokens: row.numScheduledTokens,
              cachedTokens: row.numCachedTokens,
              text: row.text,
            },
          ),
        ),
      ),
    ],
    displayTimeUnit: "ms",
    otherData: { ...environment, origin: new Date(originMs).toISOString() },
  };
}

const laneOf = ({ requestId, choice }: SequenceStep): string =>
  choice === 0 ? requestId : `${requestId} choice ${choice}`;

const engineNames = (): readonly TraceEvent[] => [
  name("process_name", enginePid, 0, "Engine"),
  ...Object.entries(engineLanes).map(([lane, tid]) => name("thread_name", enginePid, tid, lane)),
  name("process_name", requestsPid, 0, "Requests"),
];

/** Old recordings lack absolute times: their samples then follow one another. */
function placed(
  samples: readonly Sample[],
): readonly { readonly sample: Sample; readonly startMs: number }[] {
  let endMs = 0;
  return samples
    .toSorted((a, b) => a.order - b.order)
    .map((sample) => {
      const startMs = sample.startedMs ?? endMs;
      endMs = Math.max(
        endMs,
        ...sample.calls.map((call) => startMs + call.startMs + call.metrics.e2eLatencyMs),
      );
      return { sample, startMs };
    });
}

function requestEvents(
  { sample, call, startMs }: { readonly sample: Sample; readonly call: CallRecord; readonly startMs: number },
  tid: number,
): readonly TraceEvent[] {
  const { metrics } = call;
  const title = `${sample.planId} · row ${sample.row} · ${call.callId}`;
  const slice = (
    phase: string,
    from: number,
    to: number,
    args: Readonly<Record<string, unknown>> = {},
  ): TraceEvent => sliceEvent(phase, "request", requestsPid, tid, startMs + from, to - from, args);
  const scheduled = metrics.queueTimeMs ?? 0;
  const first = metrics.ttftMs ?? metrics.e2eLatencyMs;
  const args = {
    request: call.requestId ?? null,
    promptTokens: metrics.numPromptTokens,
    cachedTokens: metrics.numCachedTokens,
    outputTokens: metrics.numOutputTokens,
  };
  return [
    name("thread_name", requestsPid, tid, title),
    slice(title, 0, metrics.e2eLatencyMs, args),
    slice("queue", 0, scheduled),
    slice("prefill", scheduled, first, { cachedTokens: metrics.numCachedTokens }),
    slice("decode", first, metrics.e2eLatencyMs, { outputTokens: metrics.numOutputTokens }),
  ];
}

/** CPU: schedule, encode, readback; GPU where the adapter told its time; queue: how many wait and run. */
function stepEvents(step: StepRecord, startMs: number): readonly TraceEvent[] {
  const { scheduleMs, maskMs = 0, encodeMs, gpuMs, readbackMs, totalMs } = step;
  const args = { step: step.step, prefillTokens: step.numPrefillTokens, decodeTokens: step.numDecodeTokens };
  const cpu = (title: string, from: number, ms: number): TraceEvent =>
    sliceEvent(title, "step", enginePid, engineLanes.CPU, startMs + from, ms, args);
  const submitted = scheduleMs + maskMs + encodeMs;
  return [
    cpu(`step ${step.step}`, 0, totalMs),
    cpu("schedule", 0, scheduleMs),
    ...(maskMs === 0 ? [] : [cpu("masks", scheduleMs, maskMs)]),
    cpu("encode", scheduleMs + maskMs, encodeMs),
    cpu("readback", Math.max(submitted, totalMs - readbackMs), Math.min(readbackMs, totalMs - submitted)),
    ...(gpuMs === null
      ? []
      : [sliceEvent("GPU", "step", enginePid, engineLanes.GPU, startMs + submitted, gpuMs, args)]),
    {
      name: "sequences",
      ph: "C",
      pid: enginePid,
      tid: engineLanes.Queue,
      ts: micro(startMs),
      args: { waiting: step.numWaiting, running: step.numRunning },
    },
  ];
}

function sliceEvent(
  title: string,
  cat: string,
  pid: number,
  tid: number,
  startMs: number,
  ms: number,
  args: Readonly<Record<string, unknown>>,
): TraceEvent {
  return { name: title, cat, ph: "X", pid, tid, ts: micro(startMs), dur: Math.max(0, micro(ms)), args };
}

const name = (kind: "process_name" | "thread_name", pid: number, tid: number, value: string): TraceEvent => ({
  name: kind,
  ph: "M",
  pid,
  tid,
  args: { name: value },
});

/** Whole microseconds. */
const micro = (ms: number): number => Math.round(ms * 1000);

function otherData({ environment, steps, samples }: CompareReport, originMs: number): Record<string, string> {
  const placedByOrder = samples.some(({ startedMs }) => startedMs === undefined);
  return {
    model: environment.modelId ?? "unknown",
    adapter: environment.adapter ?? "none",
    runner: environment.runner ?? "unknown",
    clockResolutionMs: String(environment.clockResolution ?? "unknown"),
    origin: placedByOrder
      ? "samples one after another: this report has no absolute times"
      : new Date(originMs).toISOString(),
    gpuTimes:
      steps?.some(({ gpuMs }) => gpuMs !== null) === true
        ? "timestamp queries; begin set after the encode"
        : "none told",
  };
}
