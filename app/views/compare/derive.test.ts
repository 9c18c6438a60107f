import { describe, expect, it } from "vitest";

import type { CompareEvent } from "../../lab/experiments/compare/run.ts";
import type { CompareReport, Difference, PlanSummary } from "../../lab/experiments/compare/report.ts";
import type { CallRecord, Sample } from "../../lab/sample.ts";
import type { PromptPlan } from "../../lab/workloads/workload.ts";
import {
  asLive,
  intervalPercent,
  latestEnd,
  pairOf,
  sampleOf,
  sharedScale,
  stripTokens,
  verdictOf,
  verdictText,
  waterfallRows,
} from "./derive.ts";
import { LiveCompare } from "../../lab/experiments/compare/live.ts";

function record(callId: string, startMs: number, cached: number | null): CallRecord {
  return {
    callId,
    messages: [{ role: "user", content: "hello there" }],
    startMs,
    tokens: [
      { text: "a", atMs: startMs + 20 },
      { text: "b", atMs: startMs + 26 },
      { text: "c", atMs: startMs + 30 },
    ],
    text: "abc",
    finishReason: "stop",
    promptPieces: ["<u>", "hello", " there"],
    metrics: {
      numPromptTokens: 3,
      numCachedTokens: cached,
      numOutputTokens: 3,
      queueTimeMs: 2,
      prefillTimeMs: 18,
      ttftMs: 20,
      itlMs: [6, 4],
      tpotMs: 5,
      e2eLatencyMs: 30,
      numPreemptions: 0,
    },
  };
}

const sample = (planId: string, row: number, change: Partial<Sample> = {}): Sample => ({
  planId,
  row,
  rowLabel: `row ${row}`,
  repeat: 0,
  order: 0,
  calls: [record("one", 5, 2), record("two", 40, 0)],
  evaluation: { parsed: true, correct: true, score: 1, fields: [] },
  error: null,
  ...change,
});

const plan = (id: string, title: string, accuracy: number): PlanSummary => ({
  plan: id,
  title,
  calls: 1,
  promptTokens: 1,
  cachedTokens: 0,
  outputTokens: 1,
  ttftMs: 1,
  e2eMs: 1,
  prefillMs: 1,
  decodeMs: 1,
  costUsd: 1,
  parseRate: 1,
  accuracy,
  n: 20,
  numFailed: 0,
  numInterrupted: 0,
  spread: {},
});

const time = (difference: number, interval: readonly [number, number], n = 20): Difference => ({
  metric: "e2eMs",
  from: "chain",
  to: "one",
  fromValue: 100,
  toValue: 100 + difference,
  difference,
  interval,
  ratio: 1 + difference / 100,
  ratioInterval: [1 + interval[0] / 100, 1 + interval[1] / 100],
  n,
});

const report = (difference: Difference, accuracy = 0.95): CompareReport =>
  ({
    plans: [plan("chain", "Naive chain", accuracy), plan("one", "Structured", accuracy)],
    differences: [difference],
    samples: [
      sample("chain", 0, { error: { kind: "internal", message: "no" }, calls: [] }),
      sample("chain", 0, { repeat: 1 }),
      sample("one", 0),
    ],
  }) as unknown as CompareReport;

const text = (difference: Difference, accuracy?: number): string =>
  verdictText(pairOf(report(difference, accuracy), "chain", "one")!);

describe("verdict", () => {
  it("follows the measurement whichever way it falls", () => {
    expect(text(time(-49, [-53, -44]))).toContain(
      "Structured took 49% less time per row than the naive chain",
    );
    expect(text(time(30, [20, 41]))).toContain("Structured took 30% more time");
    expect(text(time(-5, [-12, 3]))).toContain("No difference in time");
    expect(text(time(-49, [-49, -49], 1))).toContain("one row, so this may be chance");
  });

  it("is honest about answers", () => {
    expect(text(time(-49, [-53, -44]))).toContain("Right answers: 19 of 20 against 19 of 20.");
    expect(text(time(-49, [-53, -44]), 0)).toContain("Neither got a row right");
  });

  it("turns around with the plans", () => {
    const pair = pairOf(report(time(-50, [-60, -40])), "one", "chain")!;
    expect(pair.differences[0]).toMatchObject({ difference: 50, interval: [40, 60], ratio: 2 });
    expect(pair.differences[0]!.ratioInterval![0]).toBeCloseTo(1 / 0.6);
    expect(verdictOf(pair.differences[0]!)).toBe("worse");
    expect(verdictText(pair)).toContain("Naive chain took 100% more time per row than the structured");
  });

  it("knows where more is better", () => {
    expect(verdictOf({ ...time(5, [2, 8]), metric: "accuracy" })).toBe("better");
    expect(verdictOf({ ...time(5, [2, 8]), metric: "costUsd" })).toBe("worse");
    expect(verdictOf({ ...time(5, [2, 8]), metric: "cachedTokens" })).toBe("same");
  });

  it("has no pair without two answered plans, and no interval for one row", () => {
    expect(pairOf(report(time(1, [0, 2])), "chain", "none")).toBeNull();
    expect(pairOf(report(time(1, [0, 2])), "one", "one")).toBeNull();
    expect(intervalPercent(time(-49, [-53, -44]))![0]).toBeCloseTo(-53);
    expect(intervalPercent(time(-49, [-53, -44], 1))).toBeNull();
  });
});

describe("strips and waterfall", () => {
  const live = asLive(sample("one", 0));

  it("mark cached prompt tokens and give each output token its latency", () => {
    const tokens = stripTokens(live.calls[0]!);
    expect(tokens.map(({ kind }) => kind[0]).join("")).toBe("ccpooo");
    expect(tokens.slice(3).map(({ ms }) => ms)).toEqual([20, 6, 4]);
  });

  it("mark nothing that is not known", () => {
    const call = { ...live.calls[0]!, record: { ...live.calls[0]!.record!, promptPieces: null } };
    expect(stripTokens(call).map(({ kind, text: shown }) => `${kind} ${shown}`)[0]).toBe(
      "prompt hello there",
    );
    expect(stripTokens({ ...call, record: null }).at(1)!.ms).toBeNull();
  });

  it("share a scale over the gaps", () => {
    expect(sharedScale([live, null])).toEqual({ lowMs: 4, highMs: 6 });
    expect(sharedScale([null])).toBeNull();
  });

  it("lay calls out from the first one's start", () => {
    const [one, two] = waterfallRows(live);
    expect(one!.segments.map(({ phase, startMs, endMs }) => `${phase} ${startMs}-${endMs}`)).toEqual([
      "queue 0-2",
      "cached 2-2",
      "prefill 2-20",
      "decode 20-30",
    ]);
    expect(one!.note).toBe("2 of 3 cached");
    expect(two!.segments.map(({ phase }) => phase)).toEqual(["queue", "prefill", "decode"]);
    expect(latestEnd([live, null])).toBe(65);
    expect(latestEnd([null])).toBe(1);
  });

  it("show an answered repeat rather than a failed one", () => {
    expect(sampleOf(report(time(1, [0, 2])), "chain", 0)!.repeat).toBe(1);
    expect(sampleOf(report(time(1, [0, 2])), "chain", 7)).toBeNull();
  });
});

describe("live run", () => {
  const slot = { plan: { id: "one" } as PromptPlan, row: 3, repeat: 0 };
  const events: readonly CompareEvent[] = [
    { type: "sample", slot, done: 4, total: 10 },
    { type: "call", slot, event: { type: "call", callId: "a", messages: [] } },
    { type: "call", slot, event: { type: "token", callId: "a", token: { text: "x", atMs: 1 } } },
    { type: "call", slot, event: { type: "token", callId: "a", token: { text: "y", atMs: 2 } } },
  ];

  const liveOf = (...more: readonly CompareEvent[]) => {
    const live = new LiveCompare();
    for (const event of [...events, ...more]) live.take(event);
    return live;
  };

  it("collects the tokens of the sample that runs", () => {
    const run = liveOf();
    expect(run.current).toEqual({ planId: "one", row: 3 });
    expect(run.sample("one")!.calls[0]!.tokens.map(({ text: shown }) => shown)).toEqual(["x", "y"]);
    const next = liveOf({ type: "sample", slot: { ...slot, row: 4 }, done: 5, total: 10 });
    expect(next.sample("one")).toEqual({ row: 4, calls: [] });
  });

  it("takes the finished sample and counts failures", () => {
    const failed = sample("one", 3, { error: { kind: "internal", message: "no" } });
    const run = liveOf({ type: "sample-done", sample: failed, done: 5, total: 10 });
    expect(run.numFailed).toBe(1);
    expect(run.sample("one")!.calls.map(({ callId }) => callId)).toEqual(["one", "two"]);
  });
});
