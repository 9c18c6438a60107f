/**
 * One answer as a server streams it, put into our words and timed. A chunk may hold several tokens,
 * so tokens are counted by `usage`, and what lies between chunks is called a gap between chunks.
 */
import { createParser } from "eventsource-parser";

import {
  type Choice,
  type EpochMs,
  type FinishReason,
  InferscopeError,
  type RateLimited,
  requestMetrics,
  type RequestMetrics,
} from "../../../protocol/index.ts";
import { bodyError, notOpenAi, streamCut } from "./errors.ts";
import { count, field, list, parseJson, text } from "./json.ts";

export interface Piece {
  readonly choice: number;
  /** Empty for a model's thoughts, which are no part of its answer. */
  readonly text: string;
}

interface ChoiceRecord {
  text: string;
  /** A model's thoughts, as far as they were streamed. */
  numThoughtBytes: number;
  readonly chunkMs: EpochMs[];
  finishReason: FinishReason | null;
}

interface Usage {
  readonly promptTokens: number | null;
  readonly outputTokens: number | null;
  /** Part of the output tokens, streamed or not. */
  readonly reasoningTokens: number | null;
  readonly cachedTokens: number | null;
}

const untold: Usage = { promptTokens: null, outputTokens: null, reasoningTokens: null, cachedTokens: null };

/** Most characters of one event: a server that never ends a line must not fill the memory. */
const maxEventLength = 4_000_000;

export class StreamRecord {
  readonly #origin: string;
  readonly #submittedMs: EpochMs;
  readonly #choices: readonly ChoiceRecord[];
  readonly #decoder = new TextDecoder();
  readonly #events: string[] = [];
  readonly #parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent: ({ data }) => this.#events.push(data),
    onError: ({ type, field: name, value }) => {
      // llama.cpp of 2024 reports an error in a field of this name.
      if (type === "unknown-field" && name === "error") this.#events.push(`{"error":${value ?? "null"}}`);
    },
  });
  #usage = untold;
  #isDone = false;

  constructor(origin: string, submittedMs: EpochMs, numChoices: number) {
    this.#origin = origin;
    this.#submittedMs = submittedMs;
    this.#choices = Array.from({ length: numChoices }, () => ({
      text: "",
      numThoughtBytes: 0,
      chunkMs: [],
      finishReason: null,
    }));
  }

  /** The pieces of text that became whole with these bytes. Throws `server` or `stream-interrupted`. */
  *take(bytes: Uint8Array, atMs: EpochMs): Generator<Piece, void, undefined> {
    try {
      this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    } catch (cause) {
      throw streamCut(this.#origin, "an event of it has no end.", cause);
    }
    for (let data = this.#events.shift(); data !== undefined; data = this.#events.shift()) {
      if (!this.#isDone) yield* this.#event(data, atMs);
    }
  }

  /** Nothing more comes. Throws where the stream did not say that it was over. */
  end(): void {
    if (this.#isDone) return;
    const hasText = this.#choices.some(({ chunkMs }) => chunkMs.length > 0);
    throw streamCut(
      this.#origin,
      hasText ? "it ended without [DONE]." : "it ended before any text, without [DONE].",
    );
  }

  get cachedTokens(): number | null {
    const { promptTokens, cachedTokens } = this.#usage;
    // More cached than sent is no count of this prompt.
    return promptTokens === null || cachedTokens === null || cachedTokens > promptTokens
      ? null
      : cachedTokens;
  }

  /** The server said that it was over; it may keep the connection open. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** `aborted`: the caller stopped it, whatever the stream said last. */
  choices(aborted: boolean): readonly Choice[] {
    return this.#choices.map(({ text: said, finishReason }, index) => ({
      index,
      tokenIds: [],
      text: said,
      finishReason: aborted ? "abort" : (finishReason ?? "stop"),
    }));
  }

  metrics(finishedMs: EpochMs, rateLimited: RateLimited | null): RequestMetrics {
    const chunkMs = this.#choices.flatMap((choice) => choice.chunkMs).sort((a, b) => a - b);
    const { promptTokens, outputTokens } = this.#usage;
    const { cachedTokens } = this;
    const [only, ...others] = this.#choices;
    const streamed = only === undefined || others.length > 0 ? null : streamedTokens(only, this.#usage);
    const base = requestMetrics(
      { submittedMs: this.#submittedMs, firstScheduledMs: null, tokenMs: chunkMs, finishedMs },
      { numPromptTokens: promptTokens ?? 0, numCachedTokens: cachedTokens, numPreemptions: 0 },
    );
    const [first, last] = [chunkMs[0], chunkMs.at(-1)];
    return {
      ...base,
      numPromptTokens: promptTokens,
      numOutputTokens: outputTokens,
      itlMs: [],
      chunkGapMs: this.#choices.flatMap((choice) => gaps(choice.chunkMs)),
      tpotMs:
        streamed === null || streamed < 2 || first === undefined || last === undefined || last === first
          ? null
          : (last - first) / (streamed - 1),
      ...(rateLimited === null ? {} : { rateLimited }),
    };
  }

  *#event(data: string, atMs: EpochMs): Generator<Piece, void, undefined> {
    if (data.trim() === "[DONE]") {
      this.#isDone = true;
      return;
    }
    const json = parseJson(data);
    if (json === undefined) {
      throw new InferscopeError("server", `${this.#origin} sent an event that is no JSON.`, {
        hint: "What had arrived is kept. A proxy in between may have changed it.",
        details: { server: this.#origin, event: data.slice(0, 80) },
      });
    }
    const error = field(json, "error");
    if (error !== undefined && error !== null) throw bodyError(this.#origin, error, 200);
    this.#usage = usageOf(json, this.#usage);
    for (const given of list(field(json, "choices"))) yield* this.#choice(given, atMs);
  }

  *#choice(given: unknown, atMs: EpochMs): Generator<Piece, void, undefined> {
    const index = count(field(given, "index")) ?? 0;
    const choice = this.#choices[index];
    if (choice === undefined)
      throw notOpenAi(this.#origin, `it answers with a choice ${index} nobody asked for.`);
    const delta = field(given, "delta");
    const said = text(field(delta, "content")) ?? text(field(given, "text")) ?? "";
    const thought = text(field(delta, "reasoning_content")) ?? text(field(delta, "reasoning")) ?? "";
    if (said !== "" || thought !== "") {
      choice.text += said;
      choice.numThoughtBytes += utf8Length(thought);
      choice.chunkMs.push(atMs);
      yield { choice: index, text: said };
    }
    const reason = text(field(given, "finish_reason"));
    if (reason !== null) choice.finishReason = reason === "length" ? "length" : "stop";
  }
}

/** vLLM, SGLang and OpenAI tell cached tokens in `usage`, llama.cpp in `timings`; others not at all. */
function usageOf(json: unknown, before: Usage): Usage {
  const usage = field(json, "usage");
  return {
    promptTokens: count(field(usage, "prompt_tokens")) ?? before.promptTokens,
    outputTokens: count(field(usage, "completion_tokens")) ?? before.outputTokens,
    reasoningTokens:
      count(field(field(usage, "completion_tokens_details"), "reasoning_tokens")) ?? before.reasoningTokens,
    cachedTokens:
      count(field(field(usage, "prompt_tokens_details"), "cached_tokens")) ??
      count(field(field(json, "timings"), "cache_n")) ??
      before.cachedTokens,
  };
}

/**
 * Output tokens that came between the first piece and the last; null where that cannot be known. A
 * server may count thoughts that it does not stream, or streams a summary of: then a time per token
 * over all of them would be too short. A token is at least one byte of text, but for the one that ends
 * the answer; so fewer bytes than tokens means that tokens were kept back.
 */
function streamedTokens(
  { text: said, numThoughtBytes }: ChoiceRecord,
  { outputTokens, reasoningTokens }: Usage,
): number | null {
  if (outputTokens === null) return null;
  const keptBack = numThoughtBytes === 0 ? (reasoningTokens ?? 0) : 0;
  const streamed = outputTokens - keptBack;
  const numBytes = numThoughtBytes + utf8Length(said);
  const isThoughtWhole = keptBack > 0 || numThoughtBytes >= (reasoningTokens ?? 0);
  return streamed >= 0 && isThoughtWhole && numBytes + 1 >= streamed ? streamed : null;
}

const utf8Length = (words: string): number => new TextEncoder().encode(words).length;

const gaps = (times: readonly EpochMs[]): readonly number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? time));
