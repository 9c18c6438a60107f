import { describe, expect, it } from "vitest";

import { stepTrace } from "../../testing/traces.ts";
import { stepsTrace } from "./chrome-trace.ts";

describe("the Chrome trace of steps", () => {
  const steps = [
    stepTrace(7, { startMs: 5000, totalMs: 10, rows: "req-1:prefill:64:16" }),
    stepTrace(8, { startMs: 5010, totalMs: 4, rows: "req-1:decode req-2:prefill:8" }),
  ];
  const events = stepsTrace(steps, { model: "m" }).traceEvents;
  const laneName = (tid: number, pid = 2) =>
    events.find(
      (event) => event.ph === "M" && event.pid === pid && event.tid === tid && event.name === "thread_name",
    )?.args?.["name"];

  it("has a lane for each request, with each step's part of it in µs from the first", () => {
    const rows = events.filter(({ cat }) => cat === "request");
    expect(
      rows.map(({ name, tid, ts, dur, args }) => [
        laneName(tid),
        name,
        ts,
        dur,
        args?.["step"],
        args?.["tokens"],
      ]),
    ).toEqual([
      ["req-1", "prefill", 0, 10_000, 7, 64],
      ["req-1", "decode", 10_000, 4000, 8, 1],
      ["req-2", "prefill", 10_000, 4000, 8, 8],
    ]);
    expect(rows[0]!.args).toMatchObject({ cachedTokens: 16 });
  });

  it("has the engine's steps on the CPU's lane, none on the GPU's where it told no time, and the queue", () => {
    const own = events.filter(({ pid, ph }) => pid === 1 && ph === "X");
    expect(new Set(own.map(({ tid }) => laneName(tid, 1)))).toEqual(new Set(["CPU"]));
    expect(own.filter(({ name }) => name.startsWith("step ")).map(({ name, ts }) => [name, ts])).toEqual([
      ["step 7", 0],
      ["step 8", 10_000],
    ]);
    const counters = events.filter(({ ph }) => ph === "C");
    expect(counters.map(({ ts, args }) => [ts, args])).toEqual([
      [0, { waiting: 0, running: 1 }],
      [10_000, { waiting: 0, running: 2 }],
    ]);
    const timed = stepsTrace([{ ...steps[0]!, gpuMs: 3 }], {}).traceEvents;
    expect(timed.filter(({ name }) => name === "GPU").map(({ dur }) => dur)).toContain(3000);
  });

  it("of another choice is another lane, of no step empty", () => {
    const [row] = steps[0]!.sequences;
    const second = { ...steps[0]!, sequences: [row!, { ...row!, choice: 1 }] };
    const names = stepsTrace([second], {}).traceEvents.map(({ args }) => args?.["name"]);
    expect(names).toContain("req-1 choice 1");
    expect(stepsTrace([], {}).traceEvents.every(({ ph }) => ph === "M")).toBe(true);
  });
});
