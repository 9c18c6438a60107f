import { describe, expect, it } from "vitest";

import { InferscopeError } from "../../../protocol/index.ts";
import { FakeEngine } from "../testing/fake-engine.ts";
import { defaultLoad, planLoad } from "./load.ts";
import { runClosedLoop, runLoad, type RequestRecord } from "./run-load.ts";
import { summarizeLoad } from "./summary.ts";
import { sweepRows } from "../experiments/sweep/findings.ts";
import { measureSweep, type SweepPoint } from "../experiments/sweep/measure.ts";

function optionsFor(engine: FakeEngine, signal = new AbortController().signal) {
  const waits: number[] = [];
  return {
    waits,
    options: {
      signal,
      now: () => engine.nowMs,
      wait: (ms: number) => {
        waits.push(ms);
        engine.nowMs += ms;
        return Promise.resolve();
      },
    },
  };
}

describe("an open loop", () => {
  it("sends a burst at once", async () => {
    const engine = new FakeEngine(() => "one two three");
    const { options, waits } = optionsFor(engine);
    const records = await runLoad(engine, planLoad(defaultLoad), options);
    expect(records).toHaveLength(8);
    expect(engine.mostAtOnce).toBe(8);
    expect(waits).toEqual([]);
  });

  it("sends each request at its time", async () => {
    const engine = new FakeEngine(() => "one");
    const { options } = optionsFor(engine);
    const load = planLoad({ ...defaultLoad, numRequests: 3, arrivals: "fixed", ratePerSecond: 2 });
    const startMs = engine.nowMs;
    const sent: number[] = [];
    await runLoad(engine, load, { ...options, onSubmit: (_id, _label, atMs) => sent.push(atMs - startMs) });
    expect(sent).toEqual([0, 500, 1000]);
  });

  it("sends nothing more after an abort", async () => {
    const engine = new FakeEngine(() => "one");
    const controller = new AbortController();
    const { options } = optionsFor(engine, controller.signal);
    const load = planLoad({ ...defaultLoad, arrivals: "fixed", ratePerSecond: 2 });
    const records = await runLoad(engine, load, {
      ...options,
      onSubmit: () => {
        if (engine.nowMs > 1400) controller.abort();
      },
    });
    expect(records.length).toBeGreaterThan(0);
    expect(records.length).toBeLessThan(8);
  });

  it("tells a failed request's error in its record", async () => {
    const engine = new FakeEngine(() => new InferscopeError("request-too-large", "too large"));
    const { options } = optionsFor(engine);
    const [record] = await runLoad(engine, planLoad({ ...defaultLoad, numRequests: 1 }), options);
    expect(record).toMatchObject({ metrics: null, error: { kind: "request-too-large" } });
  });
});

it("a closed loop keeps so many in flight and no more", async () => {
  const engine = new FakeEngine(() => "one two");
  const { options } = optionsFor(engine);
  const records = await runClosedLoop(engine, planLoad(defaultLoad), 3, options);
  expect(records).toHaveLength(8);
  expect(engine.mostAtOnce).toBe(3);
});

describe("a summary", () => {
  const record = (submittedMs: number, change: Partial<RequestRecord> = {}): RequestRecord => ({
    label: "x",
    requestId: "req",
    submittedMs,
    finishReason: "stop",
    error: null,
    metrics: {
      numPromptTokens: 50,
      numCachedTokens: 16,
      numOutputTokens: 10,
      queueTimeMs: 0,
      prefillTimeMs: 5,
      ttftMs: 20,
      itlMs: [1, 3],
      tpotMs: 2,
      e2eLatencyMs: 500,
      numPreemptions: 1,
    },
    ...change,
  });

  it("divides all output tokens by the time from the first request to the last token", () => {
    const summary = summarizeLoad([record(1000), record(1500)]);
    expect(summary).toMatchObject({ wallMs: 1000, numOutputTokens: 20, outputTokensPerSecond: 20 });
    expect(summary.itlMs).toEqual({ n: 4, p50: 2, p95: 3 });
    expect(summary).toMatchObject({ numCachedTokens: 32, numPromptTokens: 100, numPreemptions: 2 });
  });

  it("counts failed and aborted requests apart", () => {
    const summary = summarizeLoad([
      record(1000),
      record(9000, { finishReason: "abort" }),
      record(9000, { metrics: null, finishReason: null, error: { kind: "internal", message: "no" } }),
    ]);
    expect(summary).toMatchObject({ numFinished: 1, numFailed: 1, numAborted: 1, wallMs: 500 });
  });

  it("of nothing has no figures", () => {
    expect(summarizeLoad([])).toMatchObject({ wallMs: null, outputTokensPerSecond: null, ttftMs: null });
  });
});

describe("the sweep", () => {
  const onEngine = (engine: FakeEngine, onPoint: (point: SweepPoint) => void) => {
    const { options } = optionsFor(engine);
    const { signal, ...clock } = options;
    const { generate, clearCache } = engine;
    const serving = { generate, clearCache, onStep: () => () => undefined };
    return measureSweep(serving, defaultLoad, [32, 1, 2, 4, 8, 16], { signal, onPoint }, clock);
  };

  it("measures each concurrency from an empty cache, ascending", async () => {
    const engine = new FakeEngine(() => "one two three four");
    const heard: number[] = [];
    const points = await onEngine(engine, ({ concurrency }) => heard.push(concurrency));
    expect(heard).toEqual([1, 2, 4, 8, 16, 32]);
    expect(points.map(({ summary }) => summary.numFinished)).toEqual([4, 4, 4, 8, 16, 32]);
    expect(engine.log.filter((entry) => entry === "clear")).toHaveLength(6);
    const rows = sweepRows(points);
    expect(rows[0]?.speedup).toBe(1);
    expect(rows[1]?.speedup).toBeGreaterThan(1.5);
  });

  it("stops at a failed request and says where", async () => {
    const engine = new FakeEngine(() => new InferscopeError("out-of-memory", "no room"));
    await expect(onEngine(engine, () => undefined)).rejects.toThrow("At 1 at once: no room");
  });
});
