import { expect, test } from "vitest";

import { alone, kindOf, range } from "./testing/alone.ts";
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

test.each([
  [{ temperature: -1 }, "temperature is -1"],
  [{ temperature: NaN }, "temperature is NaN"],
  [{ topK: 1.5 }, "topK is 1.5"],
  [{ topP: 0 }, "topP is 0"],
  [{ maxTokens: 0 }, "maxTokens is 0"],
  [{ n: 0 }, "n is 0"],
  [{ logprobs: 21 }, "logprobs is 21"],
  [{ seed: 0.5 }, "seed is 0.5"],
  [{ stop: [""] }, "a stop string is empty"],
  [{ prompt: [] }, "the prompt is empty"],
  [{ prompt: [1, 97] }, "prompt token 1 is 97, the vocabulary has ids 0 to 96"],
])("%j is refused", async (spec, message) => {
  const harness = await Harness.create();
  const submit = (): void => harness.submit("r", { prompt: [1], ...spec });
  expect(kindOf(submit)).toBe("invalid-request");
  expect(submit).toThrow(message);
  expect(harness.engine.isIdle).toBe(true);
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
