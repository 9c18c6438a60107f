/** What WebLLM streams, put into our words and timed. Pure: the times are the caller's. */
import type { ChatCompletionChunk, Completion } from "@mlc-ai/web-llm";

import {
  requestMetrics,
  type Choice,
  type ConstraintCost,
  type EngineFigures,
  type EpochMs,
  type FinishReason,
  type CountedMetrics,
  type TokenLogprob,
} from "../../../protocol/index.ts";

/** What of a chunk is read: of a chat or of a raw completion. */
export type StreamChunk =
  Pick<ChatCompletionChunk, "choices" | "usage"> | Pick<Completion, "choices" | "usage">;

interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly figures: EngineFigures;
  readonly constraint: ConstraintCost | null;
}

export interface Piece {
  readonly text: string;
  readonly logprobs?: readonly TokenLogprob[];
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
  readonly #logprobs: (readonly TokenLogprob[])[] = [];
  #text = "";
  #finishReason: FinishReason | null = null;
  #usage: Usage | null = null;

  /** startedMs: when its turn came; null for one that never ran. */
  constructor(submittedMs: EpochMs, startedMs: EpochMs | null) {
    this.#submittedMs = submittedMs;
    this.#startedMs = startedMs;
  }

  /** What a chunk that stands for a token says; null for those that only tell the end or the usage. */
  take({ choices, usage }: StreamChunk, atMs: EpochMs): Piece | null {
    if (usage != null) this.#usage = toUsage(usage);
    const [choice] = choices;
    if (choice === undefined) return null;
    if (choice.finish_reason != null) {
      this.#finishReason = toFinishReason(choice.finish_reason);
      return null;
    }
    const text = "delta" in choice ? (choice.delta.content ?? "") : choice.text;
    this.#text += text;
    this.#tokenMs.push(atMs);
    const told = choice.logprobs?.content?.at(-1);
    if (told === undefined) return { text };
    const logprobs = told.top_logprobs.map(({ token, logprob }) => ({ tokenId: null, text: token, logprob }));
    this.#logprobs.push(logprobs);
    return { text, logprobs };
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
    const logprobs = this.#logprobs.length === 0 ? {} : { logprobs: this.#logprobs };
    return { index: 0, tokenIds: [], text: this.#text, finishReason, ...logprobs };
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
    return {
      ...base,
      numOutputTokens,
      tpotMs,
      ...(usage === null ? {} : { engineFigures: usage.figures }),
      ...(usage?.constraint == null ? {} : { constraint: usage.constraint }),
    };
  }
}

function toFinishReason(reason: string): FinishReason {
  return reason === "length" || reason === "abort" ? reason : "stop";
}

type ReportedUsage = NonNullable<StreamChunk["usage"]>;

/** `extra` is WebLLM's own and not in every version whole: what is no number was not told. */
function toUsage(usage: ReportedUsage): Usage {
  const extra: Partial<Record<string, unknown>> = { ...usage.extra };
  const number = (name: string, scale = 1): number | null => {
    const value = extra[name];
    return typeof value === "number" && Number.isFinite(value) ? value * scale : null;
  };
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage;
  const maskMs = number("grammar_per_token_s", 1000);
  return {
    promptTokens,
    completionTokens,
    figures: {
      prefillTokensPerSecond: number("prefill_tokens_per_s"),
      decodeTokensPerSecond: number("decode_tokens_per_s"),
      ttftMs: number("time_to_first_token_s", 1000),
      tpotMs: number("time_per_output_token_s", 1000),
      e2eLatencyMs: number("e2e_latency_s", 1000),
    },
    // Its grammar is made ready while the prompt is computed, not in the queue.
    constraint:
      maskMs === null
        ? null
        : {
            compileMs: number("grammar_init_s", 1000) ?? 0,
            maskMs: maskMs * completionTokens,
            numMasks: completionTokens,
          },
  };
}
