import { expect, it } from "vitest";

import { epochMs, requestId, type StepTrace } from "../../protocol/index.ts";
import { sumTrace, traceSpans } from "./trace-spans.ts";
import { around, panned, wholeTrace, zoomed } from "./trace-window.ts";

function step(startMs: number, change: Partial<StepTrace> = {}): StepTrace {
  return {
    step: startMs,
    startMs: epochMs(1000 + startMs),
    scheduleMs: 1,
    maskMs: 0,
    encodeMs: 2,
    gpuMs: 4,
    readbackMs: 6,
    totalMs: 10,
    numPrefillTokens: 0,
    numDecodeTokens: 1,
    numDispatches: 50,
    sequences: [
      {
        requestId: requestId("req-1"),
        choice: 1,
        phase: "decode",
        numScheduledTokens: 1,
        numCachedTokens: 0,
        numComputedTokens: 9,
        newTokenIds: [7],
        text: "a",
      },
    ],
    kv: { used: 1, cached: 0, free: 1, total: 2 },
    evictions: [],
    preemptions: [],
    numWaiting: 0,
    numRunning: 1,
    ...change,
  };
}

it("puts a step's parts one behind the other, on the lanes of CPU, GPU, queue and request", () => {
  const { lanes, spans, endMs } = traceSpans([step(0), step(20, { maskMs: 3, gpuMs: null, numWaiting: 2 })]);
  expect(lanes).toEqual(["CPU", "GPU", "Queue", "req-1 #1"]);
  expect(endMs).toBe(30);
  const parts = (index: number) =>
    spans
      .filter((span) => span.step === index)
      .map(({ lane, kind, startMs, endMs: end }) => [lane, kind, startMs, end]);
  expect(parts(0)).toEqual([
    [0, "schedule", 0, 1],
    [0, "encode", 1, 3],
    [0, "wait", 3, 10],
    [1, "decode", 3, 7],
    [3, "decode", 0, 10],
  ]);
  expect(parts(1)).toEqual([
    [0, "schedule", 20, 21],
    [0, "masks", 21, 24],
    [0, "encode", 24, 26],
    [0, "wait", 26, 30],
    [2, "queue", 20, 30],
    [3, "decode", 20, 30],
  ]);
});

it("sums the steps whose middle lies in an area; GPU time only where it was told", () => {
  const steps = [step(0), step(10, { maskMs: 1 }), step(20, { gpuMs: null })];
  expect(sumTrace(steps, 0, 16)).toMatchObject({ numSteps: 2, wallMs: 20, maskMs: 1, gpuMs: 8, waitMs: 13 });
  expect(sumTrace(steps, 16, 30)).toMatchObject({ numSteps: 1, gpuMs: null, numDispatches: 50 });
  expect(sumTrace([], 0, 1)).toMatchObject({ numSteps: 0, wallMs: 0 });
});

it("zooms around a point and stays within the trace", () => {
  const all = wholeTrace(100);
  expect(zoomed(all, 0.5, 50, 100)).toEqual({ fromMs: 25, toMs: 75 });
  expect(zoomed(all, 2, 50, 100)).toEqual(all);
  expect(zoomed({ fromMs: 0, toMs: 10 }, 2, 10, 100)).toEqual({ fromMs: 0, toMs: 20 });
  expect(panned({ fromMs: 90, toMs: 100 }, 0.5, 100)).toEqual({ fromMs: 90, toMs: 100 });
  expect(panned({ fromMs: 40, toMs: 60 }, -0.5, 100)).toEqual({ fromMs: 30, toMs: 50 });
  expect(around(50, 51, 100)).toEqual({ fromMs: 46, toMs: 55 });
  expect(around(0, 100, 100)).toEqual(all);
});
