/** What WebLLM streams, put into our words and timed. Pure: the times are the caller's. */
import type { ChatCompletionChunk, Completion } from "@mlc-ai/web-llm";

import {
  requestMetrics,
  type Choice,
  type EpochMs,
  type FinishReason,
  type CountedMetrics,
} from "../../../protocol/index.ts";

/** What of a chunk is read: of a chat or of a raw completion. */
export type StreamChunk =
  Pick<ChatCompletionChunk, "choices" | "usage"> | Pick<Completion, "choices" | "usage">;

interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/**
 * Collects one stream. WebLLM yields one chunk per decoded token, the stop token included (its
 * text is empty), except within a character of several tokens, which comes as one; then a chunk
 * with the reason of the end, then one with the usage.
 */
export class StreamRecord {
  readonly #submittedMs: EpochMs;
  readonly #startedMs: EpochMs | null;
  readonly #tokenMs: EpochMs[] = [];
  #text = "";
  #finishReason: FinishReason | null = null;
  #usage: Usage | null = null;

  /** startedMs: when its turn came; null for one that never ran. */
  constructor(submittedMs: EpochMs, startedMs: EpochMs | null) {
    this.#submittedMs = submittedMs;
    this.#startedMs = startedMs;
  }

  /** The text of a chunk that stands for a token; null for those that only tell the end or the usage. */
  take({ choices, usage }: StreamChunk, atMs: EpochMs): string | null {
    if (usage != null) {
      this.#usage = { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens };
    }
    const [choice] = choices;
    if (choice === undefined) return null;
    if (choice.finish_reason != null) {
      this.#finishReason = toFinishReason(choice.finish_reason);
      return null;
    }
    const text = "delta" in choice ? (choice.delta.content ?? "") : choice.text;
    this.#text += text;
    this.#tokenMs.push(atMs);
    return text;
  }

  get text(): string {
    return this.#text;
  }

  /** Null until the stream told. Prompt tokens are those computed now, without cached ones. */
  get usage(): Usage | null {
    return this.#usage;
  }

  get finishReason(): FinishReason | null {
    return this.#finishReason;
  }

  /** `aborted`: the caller stopped it, whatever the stream said last. */
  choice(aborted: boolean): Choice {
    const finishReason = aborted ? "abort" : (this.#finishReason ?? "stop");
    return { index: 0, tokenIds: [], text: this.#text, finishReason };
  }

  /** numCachedTokens: prompt tokens of the conversation that WebLLM held; null where unknown. */
  metrics(finishedMs: EpochMs, numCachedTokens: number | null): CountedMetrics {
    const usage = this.#usage;
    const base = requestMetrics(
      {
        submittedMs: this.#submittedMs,
        firstScheduledMs: this.#startedMs,
        tokenMs: this.#tokenMs,
        finishedMs,
      },
      {
        numPromptTokens: (usage?.promptTokens ?? 0) + (numCachedTokens ?? 0),
        numCachedTokens,
        numPreemptions: 0,
      },
    );
    const numOutputTokens = usage?.completionTokens ?? base.numOutputTokens;
    const first = this.#tokenMs[0];
    const last = this.#tokenMs.at(-1);
    const tpotMs =
      first === undefined || last === undefined || base.tpotMs === null || numOutputTokens < 2
        ? null
        : (last - first) / (numOutputTokens - 1);
    return { ...base, numOutputTokens, tpotMs };
  }
}

function toFinishReason(reason: string): FinishReason {
  return reason === "length" || reason === "abort" ? reason : "stop";
}
