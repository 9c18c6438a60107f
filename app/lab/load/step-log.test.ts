import { describe, expect, it } from "vitest";

import { stepTrace } from "../testing/traces.ts";
import { kvPoints, laneRows, stepFigures, stepPoints, stepsByBatchSize } from "./step-figures.ts";
import { StepLog } from "./step-log.ts";

/** "a queue 0-5, a prefill 5-15": the lanes in a line. */
function print(log: StepLog): string {
  return laneRows(log)
    .map(({ label, phase, startMs, endMs }) => `${label} ${phase} ${startMs}-${endMs}`)
    .join(", ");
}

function logOf(...ids: string[]): StepLog {
  const log = new StepLog();
  for (const id of ids) log.addLane(id, id, 1000);
  return log;
}

describe("lanes", () => {
  it("go through queue, prefill and decode; steps of one phase are one row", () => {
    const log = logOf("a");
    log.add(stepTrace(1, { startMs: 1005, rows: "a:prefill:64" }));
    log.add(stepTrace(2, { startMs: 1015, rows: "a:decode" }));
    log.add(stepTrace(3, { startMs: 1025, rows: "a:decode" }));
    log.endLane("a", 1035);
    expect(print(log)).toBe("a queue 0-5, a prefill 5-15, a decode 15-35");
    expect(laneRows(log)[2]).toMatchObject({ numSteps: 2, numTokens: 2 });
  });

  it("mark tokens from the cache once an admission", () => {
    const log = logOf("a");
    log.add(stepTrace(1, { startMs: 1000, rows: "a:prefill:10:32" }));
    log.add(stepTrace(2, { startMs: 1010, rows: "a:prefill:10:32" }));
    expect(print(log)).toBe("a queue 0-0, a cached 0-0, a prefill 0-20");
    expect(laneRows(log)[1]?.numTokens).toBe(32);
  });

  it("wait from a preemption to the next step of theirs", () => {
    const log = logOf("a", "b");
    log.add(stepTrace(1, { startMs: 1000, rows: "a:prefill:9 b:prefill:9" }));
    log.add(stepTrace(2, { startMs: 1010, rows: "a:decode", preempt: "b" }));
    log.add(stepTrace(3, { startMs: 1020, rows: "a:decode b:prefill:10:8" }));
    expect(print(log)).toContain("b prefill 0-10, b preempted 10-20, b cached 20-20, b prefill 20-30");
    expect(log.events).toEqual([
      { kind: "preemption", step: 2, atMs: 1010, who: "b (b)", reason: "2 blocks wanted", numTokens: 40 },
    ]);
  });

  it("end where they were when they were aborted in the queue", () => {
    const log = logOf("a");
    log.endLane("a", 1050);
    expect(print(log)).toBe("a queue 0-50");
    expect(log.lanes[0]).toMatchObject({ endMs: 1050, waiting: null });
  });

  it("leave out the steps of other requests", () => {
    const log = logOf("a");
    log.add(stepTrace(1, { startMs: 1000, rows: "other:decode" }));
    expect(log.numSteps).toBe(0);
  });

  it("keep what evictions say", () => {
    const log = logOf("a");
    log.add(stepTrace(4, { startMs: 1000, rows: "a:prefill:9", evict: 2 }));
    expect(log.events).toEqual([
      { kind: "eviction", step: 4, atMs: 1000, who: null, reason: "room wanted", numTokens: 32 },
    ]);
  });
});

describe("step figures", () => {
  const log = logOf("a", "b");
  log.add(stepTrace(1, { startMs: 1000, totalMs: 30, rows: "a:prefill:9 b:prefill:9" }));
  log.add(stepTrace(2, { startMs: 1030, totalMs: 10, rows: "a:decode b:decode" }));
  log.add(stepTrace(3, { startMs: 1040, totalMs: 14, rows: "a:decode b:decode" }));
  log.add(stepTrace(4, { startMs: 1054, totalMs: 6, rows: "a:decode" }));

  it("separate decode from prefill by batch size", () => {
    expect(stepsByBatchSize(log)).toMatchObject([
      { numSequences: 1, numDecodeSteps: 1, numPrefillSteps: 0, p50Ms: 6, msPerSequence: 6 },
      { numSequences: 2, numDecodeSteps: 2, numPrefillSteps: 1, p50Ms: 12, msPerSequence: 6 },
    ]);
  });

  it("weight the mean batch by time", () => {
    const figures = stepFigures(log);
    expect(figures).toMatchObject({ numSteps: 4, numSharedSteps: 3, mostSequences: 2 });
    expect(figures.meanSequences).toBeCloseTo((2 * 54 + 6) / 60);
  });

  it("keep the slowest step of a stretch", () => {
    expect(stepPoints(log, 2).map(({ step }) => step)).toEqual([1, 3]);
    expect(stepPoints(log, 600)).toHaveLength(4);
  });

  it("count the steps after which the blocks do not add up", () => {
    expect(log.numUnbalanced).toBe(0);
    const broken = logOf("a");
    broken.add(stepTrace(1, { startMs: 1000, rows: "a:decode", kv: [2, 1, 4, 8] }));
    expect(broken.numUnbalanced).toBe(1);
  });

  it("keep the fullest pool of a stretch, at the end of its step", () => {
    const pool = logOf("a");
    pool.add(stepTrace(1, { startMs: 1000, rows: "a:decode", kv: [3, 1, 4, 8] }));
    pool.add(stepTrace(2, { startMs: 1010, rows: "a:decode", kv: [2, 2, 4, 8] }));
    expect(kvPoints(pool, 1)).toEqual([{ atMs: 10, step: 1, used: 3, cached: 1, free: 4, total: 8 }]);
  });

  it("hold more than one typed array's worth of steps", () => {
    const long = logOf("a");
    for (let step = 0; step < 3000; step += 1) {
      long.add(stepTrace(step, { startMs: 1000 + step, totalMs: 1, rows: "a:decode" }));
    }
    expect(long.steps.step.at(2999)).toBe(2999);
    expect(stepPoints(long, 600)).toHaveLength(600);
  });
});
