import { describe, expect, it } from "vitest";

import { heapSlope, soakProblems, type SoakSlice } from "./serving-soak.ts";

const total = 40;
const slice = (minute: number, change: Partial<SoakSlice> = {}): SoakSlice => ({
  atMs: minute * 60_000,
  finished: 10,
  aborted: 2,
  refused: 0,
  preemptions: 1,
  steps: 100,
  kv: { used: 0, cached: 30, free: 10, total },
  kvEmptied: { used: 0, cached: 0, free: total, total },
  gpuMemory: { bytes: 1e6, numBuffers: 100 },
  canary: [1, 2, 3],
  heapBytes: 30e6,
  ...change,
});
const slices = (change: (minute: number) => Partial<SoakSlice> = () => ({})): SoakSlice[] =>
  Array.from({ length: 120 }, (_, minute) => slice(minute, change(minute)));

describe("what a serving soak finds", () => {
  it("is nothing where all is well", () => {
    expect(soakProblems(slices())).toEqual([]);
  });

  it.each([
    ["blocks in use when idle", { kv: { used: 1, cached: 29, free: 10, total } }],
    ["blocks leaked", { kvEmptied: { used: 0, cached: 0, free: total - 1, total } }],
    ["the canary says something else", { canary: [1, 2, 4] }],
    ["GPU buffers", { gpuMemory: { bytes: 1e6, numBuffers: 200 } }],
  ])("%s", (problem, change) => {
    const found = soakProblems(slices((minute) => (minute === 90 ? change : {})));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`slice 90`);
    expect(found[0]).toContain(problem);
  });

  it("the heap, where it grows over hours", () => {
    const growing = slices((minute) => ({ heapBytes: 30e6 + minute * 50_000 }));
    expect(heapSlope(growing)).toBeCloseTo(3);
    expect(soakProblems(growing)).toEqual(["the heap grew by 3.00 MB an hour"]);
    expect(soakProblems(growing.slice(0, 20))).toEqual([]);
  });
});
