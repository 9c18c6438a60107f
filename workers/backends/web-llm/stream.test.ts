import { describe, expect, it } from "vitest";

import {
  defaultSampling,
  epochMs,
  requestId,
  type Prompt,
  type SamplingParams,
} from "../../../protocol/index.ts";
import { Conversation } from "./conversation.ts";
import { toProgress } from "./progress.ts";
import { toWebLlmRequest } from "./request.ts";
import { StreamRecord, type StreamChunk } from "./stream.ts";
import { textChunk } from "./testing/scripted-package.ts";

const usage = (prompt: number, completion: number) =>
  ({
    choices: [],
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      extra: {
        e2e_latency_s: 0.05,
        prefill_tokens_per_s: 250,
        decode_tokens_per_s: 100,
        time_to_first_token_s: 0.02,
        time_per_output_token_s: NaN,
        grammar_init_s: 0.003,
        grammar_per_token_s: 0.001,
      },
    },
  }) as unknown as StreamChunk;

function record(
  kind: "chat" | "completion",
  texts: readonly string[],
  reason: string,
  counts = texts.length,
) {
  const result = new StreamRecord(epochMs(100), epochMs(110));
  const events = texts.map((text, at) => result.take(textChunk(kind, text, null), epochMs(130 + 10 * at)));
  const tail = [textChunk(kind, "", reason), usage(5, counts)].map((chunk) =>
    result.take(chunk, epochMs(990)),
  );
  return { result, events, tail };
}

describe("the stream of WebLLM", () => {
  it.each(["chat", "completion"] as const)("gives a token's text and time per %s chunk", (kind) => {
    const { result, events, tail } = record(kind, ["Hel", "lo", ""], "stop");
    expect(events.map((piece) => piece?.text)).toEqual(["Hel", "lo", ""]);
    expect(tail).toEqual([null, null]);
    expect(result.choice(false)).toEqual({ index: 0, tokenIds: [], text: "Hello", finishReason: "stop" });
    expect(result.metrics(epochMs(999), 3)).toEqual({
      numPromptTokens: 8,
      numCachedTokens: 3,
      numOutputTokens: 3,
      queueTimeMs: 10,
      prefillTimeMs: 20,
      ttftMs: 30,
      itlMs: [10, 10],
      tpotMs: 10,
      e2eLatencyMs: 50,
      numPreemptions: 0,
      engineFigures: {
        prefillTokensPerSecond: 250,
        decodeTokensPerSecond: 100,
        ttftMs: 20,
        tpotMs: null,
        e2eLatencyMs: 50,
      },
      constraint: { compileMs: 3, maskMs: 3, numMasks: 3 },
    });
  });

  it("gives log-probabilities by the token's text, with the piece and with the choice", () => {
    const result = new StreamRecord(epochMs(0), epochMs(0));
    const piece = result.take(textChunk("chat", "a", null, 2), epochMs(1));
    const logprobs = [
      { tokenId: null, text: "a", logprob: -0.5 },
      { tokenId: null, text: "a", logprob: -1.5 },
    ];
    expect(piece).toEqual({ text: "a", logprobs });
    expect(result.choice(false).logprobs).toEqual([logprobs]);
  });

  it("counts output tokens by the usage, not by the chunks", () => {
    const { result } = record("chat", ["a", "é"], "length", 5);
    const { numOutputTokens, itlMs, tpotMs } = result.metrics(epochMs(999), null);
    expect({ numOutputTokens, itlMs, tpotMs }).toEqual({ numOutputTokens: 5, itlMs: [10], tpotMs: 2.5 });
    expect(result.choice(false).finishReason).toBe("length");
  });

  it("ends an aborted stream with abort, whatever it said last", () => {
    expect(record("chat", ["a"], "stop").result.choice(true).finishReason).toBe("abort");
    expect(record("chat", ["a"], "abort").result.choice(false).finishReason).toBe("abort");
  });

  it("tells no times of a request that never ran", () => {
    const never = new StreamRecord(epochMs(100), null);
    expect(never.metrics(epochMs(130), null)).toMatchObject({
      queueTimeMs: null,
      prefillTimeMs: null,
      ttftMs: null,
      tpotMs: null,
      numOutputTokens: 0,
      e2eLatencyMs: 30,
    });
  });
});

describe("the conversation that WebLLM keeps", () => {
  const chat = (...contents: string[]): Prompt => ({
    type: "messages",
    messages: contents.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })),
  });

  it("holds prompt and answer but the last token, once the answer ended by itself", () => {
    const conversation = new Conversation();
    expect(conversation.cachedTokens(chat("hi"))).toBe(0);
    conversation.finish(chat("hi"), record("chat", ["yes", ""], "stop").result, 0);
    // 5 prompt tokens and 2 of output, of which the last was never fed back.
    expect(conversation.cachedTokens(chat("hi", "yes", "more"))).toBe(6);
    conversation.finish(chat("hi", "yes", "more"), record("chat", ["no", ""], "stop").result, 6);
    expect(conversation.cachedTokens(chat("hi", "yes", "more", "no", "again"))).toBe(12);
  });

  it("is lost to every other request", () => {
    const after = (reason: string, prompt: Prompt = chat("hi")) => {
      const conversation = new Conversation();
      conversation.finish(prompt, record("chat", ["yes"], reason).result, 0);
      return conversation;
    };
    expect(after("stop").cachedTokens(chat("hi"))).toBe(0);
    expect(after("stop").cachedTokens(chat("hi", "no", "more"))).toBe(0);
    expect(after("stop").cachedTokens(chat("hi", "yes", "more", "well", "again"))).toBe(0);
    expect(after("stop").cachedTokens({ type: "text", text: "hi" })).toBe(0);
    expect(after("length").cachedTokens(chat("hi", "yes", "more"))).toBe(0);
    expect(after("abort").cachedTokens(chat("hi", "yes", "more"))).toBe(0);
    expect(after("stop", { type: "text", text: "hi" }).cachedTokens(chat("hi", "yes", "more"))).toBe(0);
    const reset = after("stop");
    reset.reset();
    expect(reset.cachedTokens(chat("hi", "yes", "more"))).toBe(0);
  });
});

describe("a request for WebLLM", () => {
  const request = (prompt: Prompt, sampling: Partial<SamplingParams> = {}) =>
    toWebLlmRequest({
      id: requestId("r"),
      prompt,
      sampling: { ...defaultSampling, ...sampling },
      responseFormat: { type: "text" },
      usePrefixCache: true,
    });
  const held = (prompt: Prompt, schema: Record<string, unknown>) =>
    toWebLlmRequest({
      id: requestId("r"),
      prompt,
      sampling: defaultSampling,
      responseFormat: { type: "json_schema", schema },
      usePrefixCache: true,
    });
  const text = { type: "text", text: "Once" } as const;

  it("is a chat, or a completion, with exactly the caller's sampling", () => {
    const messages = [{ role: "user", content: "hi" }] as const;
    const sampling = { temperature: 0.5, topP: 0.9, maxTokens: 7, seed: 3, stop: ["."] };
    const settings = {
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 7,
      seed: 3,
      ignore_eos: false,
      stop: ["."],
      repetition_penalty: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
    };
    expect(request({ type: "messages", messages }, sampling)).toEqual({
      type: "chat",
      body: { ...settings, messages },
    });
    expect(request(text, sampling)).toEqual({ type: "completion", body: { ...settings, prompt: "Once" } });
  });

  it.each([
    { n: 2 },
    { topK: 5 },
    { logprobs: 1 },
    { logprobs: 6, temperature: 1 },
    { seed: -1 },
    { ignoreEos: true, stop: ["."] },
  ] as Partial<SamplingParams>[])("is refused with %o rather than run without", (sampling) => {
    expect(() => request(text, sampling)).toThrow(expect.objectContaining({ kind: "unsupported" }));
  });

  it("is held to our grammar for the schema by WebLLM's grammar engine", () => {
    const messages = [{ role: "user", content: "hi" }] as const;
    const schema = { type: "object", properties: { a: { enum: ["red"] } }, required: ["a"] };
    const made = held({ type: "messages", messages }, schema);
    expect(made.type === "chat" && made.body.response_format).toMatchObject({
      type: "grammar",
      grammar: expect.stringContaining("red") as string,
    });
    expect(() => held(text, schema)).toThrow(expect.objectContaining({ kind: "unsupported" }));
    const kind = "invalid-request";
    expect(() => held({ type: "messages", messages }, { not: {} })).toThrow(
      expect.objectContaining({ kind }),
    );
  });

  it("is refused as token ids", () => {
    expect(() => request({ type: "tokens", tokenIds: [1] })).toThrow(
      expect.objectContaining({ kind: "unsupported" }),
    );
  });
});

describe("WebLLM's progress", () => {
  it.each([
    ["Fetching param cache[1/24]: 30MB fetched.", "weights"],
    ["Loading model from cache[2/24]: 60MB loaded.", "weights"],
    ["Loading GPU shader modules[3/40]: 7% completed", "pipelines"],
    ["Finish loading on WebGPU - test", "ready"],
  ])("%s is of the stage %s", (words, stage) => {
    expect(toProgress({ progress: 0.25, timeElapsed: 1, text: words })).toMatchObject({
      stage,
      share: 0.25,
      note: words,
      totalBytes: 0,
    });
  });

  it("has no share where WebLLM's is no number", () => {
    expect(toProgress({ progress: NaN, timeElapsed: 0, text: "" })).not.toHaveProperty("share");
  });
});
