/** What the scheduler schedules: one sample of one request. */
import type { EpochMs, FinishReason, RequestId, SamplingParams, TokenLogprob } from "../../protocol/index.ts";
import type { RadixNode } from "./radix-cache.ts";
import type { EngineRequest, TextStream, TokenConstraint } from "./request.ts";

/**
 * waiting    not started; holds no blocks
 * running    scheduled in every step that has the budget for it
 * preempted  waiting again, after its blocks were taken; it keeps its tokens
 * finished   for good
 */
export type SequenceState = "waiting" | "running" | "preempted" | "finished";

/** The part of a block table that lies in the prefix cache: its first `numBlocks` blocks. */
export interface CacheHold {
  readonly space: string;
  readonly node: RadixNode;
  readonly numBlocks: number;
}

export class Sequence {
  readonly requestId: RequestId;
  readonly choice: number;
  readonly sampling: SamplingParams;
  readonly usePrefixCache: boolean;
  /** Submission order over all requests. */
  readonly arrival: number;
  readonly numPromptTokens: number;
  /** Prompt and output. */
  readonly tokenIds: number[];
  readonly textStream: TextStream;
  /** Null where every token is allowed, and after the end. */
  constraint: TokenConstraint | null;

  state: SequenceState = "waiting";
  finishReason: FinishReason | null = null;
  /** Tokens in the KV cache; catches up with `numTokens`. */
  numComputedTokens = 0;
  blockTable: number[] = [];
  cacheHold: CacheHold | null = null;

  /** Prompt tokens found in the cache at the last admission, and at the first. */
  numCachedTokens = 0;
  firstNumCachedTokens: number | null = null;
  numPreemptions = 0;
  /** Admissions of later arrivals that it had to watch. */
  numTimesOvertaken = 0;

  text = "";
  readonly logprobs: (readonly TokenLogprob[])[] = [];
  firstScheduledMs: EpochMs | null = null;
  readonly tokenMs: EpochMs[] = [];
  maskMs = 0;
  numMasks = 0;

  constructor(request: EngineRequest, choice: number, arrival: number) {
    this.requestId = request.requestId;
    this.choice = choice;
    this.sampling = request.sampling;
    this.usePrefixCache = request.usePrefixCache;
    this.arrival = arrival;
    this.numPromptTokens = request.promptTokenIds.length;
    this.tokenIds = [...request.promptTokenIds];
    this.textStream = request.createTextStream();
    this.constraint = request.constraint?.choices[choice] ?? null;
  }

  releaseConstraint(): void {
    this.constraint?.dispose();
    this.constraint = null;
  }

  get numTokens(): number {
    return this.tokenIds.length;
  }

  get numMissingTokens(): number {
    return this.numTokens - this.numComputedTokens;
  }

  get numOutputTokens(): number {
    return this.numTokens - this.numPromptTokens;
  }

  get outputTokenIds(): readonly number[] {
    return this.tokenIds.slice(this.numPromptTokens);
  }

  /** For reasons that people read: "req-7", or "req-7 (choice 2)" where there are several. */
  get label(): string {
    return this.sampling.n === 1 ? this.requestId : `${this.requestId} (choice ${this.choice})`;
  }
}
