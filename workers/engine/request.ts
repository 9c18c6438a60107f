/** What the engine is asked to do, and the reasons for which it refuses at once. */
import { type EpochMs, InferscopeError, type RequestId, type SamplingParams } from "../../protocol/index.ts";
import type { KvShape } from "./model-runner.ts";

/** Token ids to text, one stream per sequence; knows the stop strings. */
export interface TextStream {
  /**
   * `text` became final with this token (bytes of an unfinished character and a possible
   * beginning of a stop string are held back). `stopped`: a stop string is complete; text
   * before it is in `text`, nothing follows.
   */
  push(tokenId: number): { readonly text: string; readonly stopped: boolean };
  /** What was held back, when generation ends without a stop string. */
  flush(): string;
}

/** What a sequence may say next. One per sequence; the engine knows no grammar. */
export interface TokenConstraint {
  /** Tokens allowed next: u32[ceil(vocabSize / 32)], bit t % 32 of word t / 32. Rejects where none is. */
  allowed(): Promise<Uint32Array>;
  /** Takes in a drawn token that is no stop token. True: nothing may follow, the sequence is complete. */
  accept(tokenId: number): boolean;
  /** After the sequence's end. */
  dispose(): void;
}

export interface RequestConstraint {
  /** One per choice; the engine's from `submit` on, which disposes of them. */
  readonly choices: readonly TokenConstraint[];
  readonly compileMs: number;
}

export interface EngineRequest {
  readonly requestId: RequestId;
  readonly promptTokenIds: readonly number[];
  readonly sampling: SamplingParams;
  /** Generation ends with these (they count as output tokens, their text is not shown). */
  readonly stopTokenIds: readonly number[];
  /** False: neither reads the prefix cache nor writes to it. */
  readonly usePrefixCache: boolean;
  createTextStream(): TextStream;
  readonly constraint?: RequestConstraint;
  /** When its caller submitted it; the engine does not stamp it again. */
  readonly submittedMs: EpochMs;
}

export interface EngineLimits extends KvShape {
  readonly vocabSize: number;
  readonly contextWindow: number;
}

const maxN = 128;
const maxLogprobs = 20;

/** Throws an `InferscopeError`: `invalid-request`, or `request-too-large` with the numbers. */
export function checkRequest(request: EngineRequest, limits: EngineLimits): void {
  const problem =
    samplingProblem(request.sampling) ??
    promptProblem(request.promptTokenIds, limits.vocabSize) ??
    constraintProblem(request);
  if (problem !== null) throw new InferscopeError("invalid-request", problem);
  checkSize(request, limits);
}

function samplingProblem(sampling: SamplingParams): string | null {
  const { temperature, topK, topP, maxTokens, seed, stop, n, logprobs } = sampling;
  if (!Number.isFinite(temperature) || temperature < 0) {
    return `temperature is ${temperature}, it must be a number of at least 0 (0 is greedy)`;
  }
  if (!Number.isInteger(topK) || topK < 0) {
    return `topK is ${topK}, it must be a whole number of at least 0 (0 keeps all tokens)`;
  }
  if (!(topP > 0 && topP <= 1)) return `topP is ${topP}, it must be above 0 and at most 1`;
  if (!Number.isInteger(maxTokens) || maxTokens < 1) {
    return `maxTokens is ${maxTokens}, it must be a whole number of at least 1`;
  }
  if (!Number.isSafeInteger(seed)) return `seed is ${seed}, it must be a whole number`;
  if (stop.some((text) => text.length === 0)) return "a stop string is empty, it would stop at once";
  if (!Number.isInteger(n) || n < 1 || n > maxN) {
    return `n is ${n}, it must be a whole number from 1 to ${maxN}`;
  }
  if (!Number.isInteger(logprobs) || logprobs < 0 || logprobs > maxLogprobs) {
    return `logprobs is ${logprobs}, it must be a whole number from 0 to ${maxLogprobs}`;
  }
  return null;
}

function constraintProblem({ constraint, sampling }: EngineRequest): string | null {
  if (constraint === undefined || !sampling.ignoreEos) return null;
  return "ignoreEos goes on past the end, and a response format allows nothing after it";
}

function promptProblem(tokenIds: readonly number[], vocabSize: number): string | null {
  if (tokenIds.length === 0) return "the prompt is empty, the model needs at least one token to start from";
  const index = tokenIds.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (index < 0) return null;
  return `prompt token ${index} is ${String(tokenIds[index])}, the vocabulary has ids 0 to ${vocabSize - 1}`;
}

function checkSize(request: EngineRequest, limits: EngineLimits): void {
  const { contextWindow, numBlocks, blockSize } = limits;
  const numPromptTokens = request.promptTokenIds.length;
  const { maxTokens } = request.sampling;
  if (numPromptTokens >= contextWindow) {
    throw new InferscopeError(
      "request-too-large",
      `the prompt has ${numPromptTokens} tokens, the model's context window of ${contextWindow} leaves no room for an answer`,
      {
        hint: `Shorten the prompt to at most ${contextWindow - 1} tokens.`,
        details: { numPromptTokens, maxTokens, contextWindow },
      },
    );
  }
  const numBlocksNeeded = Math.ceil(mostComputedTokens(request, contextWindow) / blockSize);
  if (numBlocksNeeded > numBlocks) {
    throw new InferscopeError(
      "request-too-large",
      `${numPromptTokens} prompt tokens and up to ${maxTokens} output tokens need ${numBlocksNeeded} KV blocks, the pool has ${numBlocks}`,
      {
        hint: "Lower maxTokens, shorten the prompt, or give the KV pool more blocks.",
        details: { numPromptTokens, maxTokens, numBlocksNeeded, numBlocks, blockSize },
      },
    );
  }
}

/** Most tokens a sequence can have in the KV cache. The last token drawn is never computed. */
function mostComputedTokens(request: EngineRequest, contextWindow: number): number {
  return Math.min(request.promptTokenIds.length + request.sampling.maxTokens, contextWindow) - 1;
}
