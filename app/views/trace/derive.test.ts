import { expect, it } from "vitest";

import { traceLanes } from "../../charts/trace-spans.ts";
import { stepTrace } from "../../lab/testing/traces.ts";
import { allGapsMs, requestTokens } from "./derive.ts";

/** Every decode draws a token. */
const steps = [
  stepTrace(1, { startMs: 0, totalMs: 10, rows: "a:prefill:9" }),
  stepTrace(2, { startMs: 10, totalMs: 10, rows: "a:decode b:prefill:4" }),
  stepTrace(3, { startMs: 20, totalMs: 5, rows: "a:decode" }),
  stepTrace(4, { startMs: 30, totalMs: 5, rows: "b:decode a:decode" }),
  stepTrace(5, { startMs: 40, totalMs: 7, rows: "b:decode" }),
].map((step) => ({
  ...step,
  sequences: step.sequences.map((row) => ({ ...row, newTokenIds: row.phase === "decode" ? [7] : [] })),
}));

it("measures a request's tokens from its first step on", () => {
  const { tokens, gapsMs, prefillMs } = requestTokens(steps, "a");
  expect(tokens.map(({ step, ms }) => [step, ms])).toEqual([
    [1, 20],
    [2, 5],
    [3, 10],
  ]);
  expect(gapsMs).toEqual([5, 10]);
  expect(prefillMs).toBe(20);
});

it("pools the gaps of all requests, and none between two requests", () => {
  expect(allGapsMs(steps)).toEqual([5, 10, 12]);
  const each = traceLanes(steps).flatMap((lane) => requestTokens(steps, lane).gapsMs);
  expect(allGapsMs(steps).toSorted()).toEqual(each.toSorted());
});
