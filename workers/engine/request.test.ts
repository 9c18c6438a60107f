/** What the engine refuses at once, and the last values that it takes. */
import { expect, test } from "vitest";

import { InferscopeError, type SamplingParams } from "../../protocol/index.ts";
import { checkRequest } from "./request.ts";
import { range } from "./testing/alone.ts";
import { request, type RequestSpec } from "./testing/harness.ts";

const limits = { vocabSize: 97, contextWindow: 64, numBlocks: 8, blockSize: 4 };

function refusal(spec: Partial<RequestSpec>, change: Partial<typeof limits> = {}): InferscopeError | null {
  try {
    checkRequest(request("r", { prompt: [1], ...spec }), { ...limits, ...change });
    return null;
  } catch (error) {
    if (error instanceof InferscopeError) return error;
    throw error;
  }
}

test.each<[keyof SamplingParams, readonly unknown[], readonly unknown[]]>([
  ["temperature", [-1, NaN, Infinity], [0, 2]],
  ["topK", [1.5, -1, NaN], [0, 1]],
  ["topP", [0, -0.5, 1.01, NaN], [0.01, 1]],
  ["maxTokens", [0, -1, 1.5, Infinity], [1]],
  ["n", [0, 129, 1.5], [1, 128]],
  ["logprobs", [-1, 21, 0.5], [0, 20]],
  ["seed", [0.5, 2 ** 53, Infinity], [0, -1, 2 ** 53 - 1]],
])("%s is refused as %j, and taken as %j", (name, refused, taken) => {
  for (const value of refused) {
    const error = refusal({ [name]: value });
    expect(error).toMatchObject({ kind: "invalid-request" });
    expect(error!.message).toContain(`${name} is ${String(value)}, it must be `);
  }
  for (const value of taken) expect(refusal({ [name]: value })).toBeNull();
});

test("an empty stop string is refused, among others too", () => {
  expect(refusal({ stop: ["end", ""] })).toMatchObject({
    kind: "invalid-request",
    message: expect.stringContaining("a stop string is empty") as string,
  });
  expect(refusal({ stop: ["end"] })).toBeNull();
});

test.each([
  [[], "the prompt is empty"],
  [[1, 97], "prompt token 1 is 97, the vocabulary has ids 0 to 96"],
  [[1, 2, -1], "prompt token 2 is -1,"],
  [[0.5], "prompt token 0 is 0.5,"],
  [[NaN], "prompt token 0 is NaN,"],
])("the prompt %j is refused", (prompt, message) => {
  expect(refusal({ prompt })).toMatchObject({
    kind: "invalid-request",
    message: expect.stringContaining(message) as string,
  });
});

test("the first and the last id of the vocabulary are taken", () => {
  expect(refusal({ prompt: [0, 96] })).toBeNull();
});

test("a response format and going on past the end exclude each other", () => {
  const constraint = { choices: [], compileMs: 0 };
  const check = (ignoreEos: boolean): void =>
    checkRequest({ ...request("r", { prompt: [1], ignoreEos }), constraint }, limits);
  expect(() => check(true)).toThrow("ignoreEos goes on past the end");
  expect(() => check(false)).not.toThrow();
  expect(refusal({ ignoreEos: true })).toBeNull();
});

test("a prompt leaves room for a token in the context window", () => {
  expect(refusal({ prompt: range(64) }, { numBlocks: 99 })).toMatchObject({
    kind: "request-too-large",
    message: expect.stringContaining("the prompt has 64 tokens") as string,
    hint: "Shorten the prompt to at most 63 tokens.",
    details: { numPromptTokens: 64, maxTokens: 8, contextWindow: 64 },
  });
  expect(refusal({ prompt: range(63) }, { numBlocks: 99 })).toBeNull();
});

test("all but the last token fit the pool; the context window ends what maxTokens does not", () => {
  // 25 + 8 - 1 = 32 tokens fill the pool's 8 blocks of 4.
  expect(refusal({ prompt: range(25) })).toBeNull();
  expect(refusal({ prompt: range(26) })).toMatchObject({
    kind: "request-too-large",
    hint: "Lower maxTokens, shorten the prompt, or give the KV pool more blocks.",
    details: { numPromptTokens: 26, maxTokens: 8, numBlocksNeeded: 9, numBlocks: 8, blockSize: 4 },
  });
  expect(refusal({ prompt: range(26), maxTokens: 1000 }, { contextWindow: 33 })).toBeNull();
  expect(refusal({ prompt: range(26), maxTokens: 1000 }, { contextWindow: 34 })).not.toBeNull();
});
