import { expect, test } from "vitest";

import { alone, range } from "./testing/alone.ts";
import { Harness, request } from "./testing/harness.ts";

test("stop tokens, stop strings, maxTokens and the context window", async () => {
  const prompt = range(10);
  const tokens = await alone({ prompt, maxTokens: 8 });
  const harness = await Harness.create({}, { contextWindow: 16 });
  const third = tokens[2]!;
  harness.submit("token", { prompt, stopTokenIds: [third] });
  harness.submit("ignored", { prompt, stopTokenIds: [third], ignoreEos: true, maxTokens: 4 });
  harness.submit("string", { prompt, stop: [String(third)] });
  harness.submit("window", { prompt, maxTokens: 100 });
  await harness.engine.whenIdle();
  const choice = (id: string): unknown => harness.end(id).choices?.[0];
  const text = tokens
    .slice(0, 2)
    .map((id) => `${id} `)
    .join("");
  expect(choice("token")).toMatchObject({ tokenIds: tokens.slice(0, 3), text, finishReason: "stop" });
  expect(choice("string")).toMatchObject({ tokenIds: tokens.slice(0, 3), text, finishReason: "stop" });
  expect(choice("ignored")).toMatchObject({ tokenIds: tokens.slice(0, 4), finishReason: "length" });
  expect(choice("window")).toMatchObject({ tokenIds: tokens.slice(0, 6), finishReason: "length" });
});

test("metrics follow their formulas", async () => {
  const harness = await Harness.create();
  harness.submit("r", { prompt: range(10), maxTokens: 5, logprobs: 2 });
  await harness.engine.whenIdle();
  const end = harness.end("r");
  if (end.type !== "finished") throw new Error("failed");
  const { ttftMs, queueTimeMs, prefillTimeMs, itlMs, tpotMs, e2eLatencyMs } = end.metrics;
  expect(ttftMs).toBe((queueTimeMs ?? 0) + (prefillTimeMs ?? 0));
  expect(itlMs).toHaveLength(4);
  expect(e2eLatencyMs).toBe((ttftMs ?? 0) + itlMs.reduce((sum, gap) => sum + gap, 0));
  expect(tpotMs).toBe((e2eLatencyMs - (ttftMs ?? 0)) / 4);
  expect(end.choices[0]?.logprobs).toHaveLength(5);
  expect(end.choices[0]?.logprobs?.[0]).toHaveLength(2);
});

test("a token mask decides what may be drawn, and sees what was", async () => {
  const harness = await Harness.create();
  const accepted: number[] = [];
  harness.engine.submit({
    ...request("r", { prompt: range(5), maxTokens: 3 }),
    constraint: {
      compileMs: 0,
      choices: [
        {
          allowed: () => Promise.resolve(new Uint32Array([0, 1 << 1, 0, 0])),
          accept: (tokenId) => accepted.push(tokenId) === 9,
          dispose: () => undefined,
        },
      ],
    },
  });
  await harness.engine.whenIdle();
  expect(harness.tokens("r")).toEqual([33, 33, 33]);
  expect(accepted).toEqual([33, 33, 33]);
});
