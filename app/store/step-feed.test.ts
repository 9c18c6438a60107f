import { expect, it } from "vitest";

import type { StepTrace } from "../../protocol/index.ts";
import { stepTrace } from "../lab/testing/traces.ts";
import { createStepFeed } from "./step-feed.ts";

function setUp() {
  let send: (trace: StepTrace) => void = () => undefined;
  let numListeners = 0;
  const frames: (() => void)[] = [];
  const port = {
    onStep: (listener: (trace: StepTrace) => void) => {
      numListeners += 1;
      send = listener;
      return () => undefined;
    },
  };
  const feed = createStepFeed(port, (frame) => frames.push(frame));
  return {
    feed,
    frames,
    step: (step: number, startMs = step) => send(stepTrace(step, { startMs, rows: "req-1:decode" })),
    draw: () => frames.splice(0).forEach((frame) => frame()),
    numListeners: () => numListeners,
  };
}

it("hears the client once, hands every step on, and ticks once a frame", () => {
  const { feed, step, draw, frames, numListeners } = setUp();
  const heard: number[] = [];
  let ticks = 0;
  const stop = feed.onStep((trace) => heard.push(trace.step));
  const stopTicks = feed.onTick(() => (ticks += 1));
  for (const each of [1, 2, 3]) step(each);
  expect(heard).toEqual([1, 2, 3]);
  expect(frames).toHaveLength(1);
  draw();
  expect(ticks).toBe(1);
  feed.touch();
  draw();
  expect(ticks).toBe(2);
  stop();
  stopTicks();
  step(4);
  expect([heard.length, frames.length, numListeners()]).toEqual([3, 0, 1]);
});

it("keeps the last run, at most 4,000 steps of it, oldest first", () => {
  const { feed, step } = setUp();
  for (let each = 1; each <= 5000; each += 1) step(each);
  const steps = feed.lastRun().map((trace) => trace.step);
  expect([steps.length, steps[0], steps.at(-1)]).toEqual([4000, 1001, 5000]);
  expect(steps.every((each, index) => each === 1001 + index)).toBe(true);
  // The engine rested: what comes now is another run.
  step(5001, 10_000);
  expect(feed.lastRun().map((trace) => trace.step)).toEqual([5001]);
});
