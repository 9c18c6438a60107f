import { expect, it } from "vitest";

import type { LiveSample } from "../../lab/experiments/compare/live.ts";
import { laneOf, sampleAt, slowdown, speedText } from "./race.ts";

/** Two calls, 0 to 400 and 400 to 700 ms, a token each 100 ms. */
const sample = {
  row: 0,
  calls: [
    [1000, 400],
    [1400, 300],
  ].map(([startMs = 0, e2e = 0], index) => ({
    callId: `call-${index}`,
    messages: [],
    tokens: [100, 200, 300].map((ms) => ({ text: "t", atMs: startMs + ms })),
    record: {
      callId: `call-${index}`,
      startMs,
      metrics: {
        queueTimeMs: 10,
        ttftMs: 100,
        e2eLatencyMs: e2e,
        numCachedTokens: index === 0 ? 0 : 16,
        numPromptTokens: 40,
      },
    },
  })),
} as unknown as LiveSample;

it("a lane begins at 0 and ends with its last call", () => {
  const lane = laneOf("a", "A", sample, false);
  expect(lane.endMs).toBe(700);
  expect(lane.calls.map(({ segments }) => segments[0]?.startMs)).toEqual([0, 400]);
  expect(laneOf("a", "A", sample, true).endMs).toBeNull();
  expect(laneOf("a", "A", null, false)).toEqual({ id: "a", title: "A", calls: [], endMs: null });
});

it("at a time there is what had come by then, call by call", () => {
  const tokens = (clockMs: number) => sampleAt(sample, clockMs).calls.map((call) => call.tokens.length);
  expect(tokens(0)).toEqual([0]);
  expect(tokens(250)).toEqual([2]);
  expect(tokens(400)).toEqual([3, 0]);
  expect(tokens(700)).toEqual([3, 3]);
});

it("is shown for 6 to 20 seconds, and says how fast", () => {
  expect(700 * slowdown(700)).toBe(6000);
  expect(slowdown(10_000)).toBe(1);
  expect(40_000 * slowdown(40_000)).toBe(20_000);
  expect(speedText(slowdown(700))).toBe("shown 8.6 times slower than it ran");
  expect(speedText(1)).toBe("shown as fast as it ran");
  expect(speedText(0.5)).toBe("shown 2 times faster than it ran");
});
