import { expect, test } from "vitest";

import { range } from "./testing/alone.ts";
import { Harness } from "./testing/harness.ts";
import { createYieldToEvents } from "./yield-to-events.ts";

/** The event loop of Node; this folder's types know no platform. */
const host = globalThis as unknown as {
  setTimeout: (callback: () => void, ms: number) => number;
  setImmediate: (callback: () => void) => number;
  MessageChannel: new () => {
    port1: { onmessage: (() => void) | null; close(): void };
    port2: { postMessage(message: null): void };
  };
};

test("a request that arrives while the loop is ending is served", async () => {
  for (let numTicks = 0; numTicks < 20; numTicks += 1) {
    const harness = await Harness.create();
    harness.submit("first", { prompt: [1], maxTokens: 1 });
    let late: Promise<void> = Promise.resolve();
    harness.onStep = ({ step }) => {
      if (step > 1) return;
      late = (async () => {
        for (let tick = 0; tick < numTicks; tick += 1) await Promise.resolve();
        harness.submit("late", { prompt: [2], maxTokens: 1 });
      })();
    };
    await harness.engine.whenIdle();
    await late;
    await harness.engine.whenIdle();
    expect(harness.tokens("late")).toHaveLength(1);
  }
});

test("an abort from another task gets through between two steps", async () => {
  const harness = await Harness.create({}, { beforeRun: createYieldToEvents() });
  harness.submit("long", { prompt: range(4), maxTokens: 200 });
  host.setTimeout(() => harness.abort("long"), 0);
  await harness.engine.whenIdle();
  expect(harness.end("long")).toMatchObject({ type: "finished", choices: [{ finishReason: "abort" }] });
});

test.each([
  ["setImmediate", { setImmediate: host.setImmediate, setTimeout: host.setTimeout }],
  ["MessageChannel", { MessageChannel: host.MessageChannel, setTimeout: host.setTimeout }],
  ["setTimeout", { setTimeout: host.setTimeout }],
])("%s lets other tasks run between steps", async (_, platform) => {
  const yieldToEvents = createYieldToEvents(platform);
  const other = { isDone: false };
  host.setTimeout(() => (other.isDone = true), 0);
  // Ends only if the timer gets its turn; promises alone would spin here for ever.
  while (!other.isDone) await yieldToEvents();
  expect(other.isDone).toBe(true);
});
