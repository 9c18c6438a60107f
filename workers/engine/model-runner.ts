/**
 * What the engine asks of a model, and all it knows of one. Two implementations: the GPU
 * runner and the CPU runner put together from the kernels' references (`workers/models/`).
 */
import type { InferscopeError, TokenLogprob } from "../../protocol/index.ts";

/** How to draw the next token of one sequence. Same fields, same logits: same token. */
export interface SamplerInput {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  /** Index of the token to be drawn among the sequence's output tokens; with `seed` it fixes the draw. */
  readonly outputIndex: number;
  /** Number of most likely tokens to report, 0 for none. */
  readonly logprobs: number;
  /** Allowed token ids as a bit mask, u32[ceil(vocabSize / 32)], or null for all. */
  readonly allowedTokens: Uint32Array | null;
}

/** One sequence's rows in a batch. */
export interface SequenceInput {
  /** Tokens to compute in this step, at positions startPosition, startPosition + 1, ... */
  readonly tokenIds: readonly number[];
  /** Tokens of this sequence that already are in the KV cache. */
  readonly startPosition: number;
  /**
   * Physical block of each logical block, covering startPosition + tokenIds.length tokens.
   * Token at position p lives in slot blockTable[p / blockSize] * blockSize + p % blockSize.
   */
  readonly blockTable: readonly number[];
  /** How to draw after the last token; null while the prompt is not complete. */
  readonly sampler: SamplerInput | null;
}

export interface SampledToken {
  readonly tokenId: number;
  /** Most likely tokens, best first: `logprobs` many. */
  readonly topLogprobs: readonly TokenLogprob[];
}

/** The model gave a sequence no numbers to draw from; the others of the batch are not concerned. */
export interface FailedSample {
  readonly error: InferscopeError;
}

export interface RunnerOutput {
  /** One entry per sequence of the batch, null where no sampler was given. */
  readonly samples: readonly (SampledToken | FailedSample | null)[];
  readonly encodeMs: number;
  /** Part of `encodeMs`: copying the masks of allowed tokens to the device. */
  readonly maskUploadMs: number;
  /** From timestamp queries; null where absent. */
  readonly gpuMs: number | null;
  readonly readbackMs: number;
  readonly numDispatches: number;
}

export interface KvShape {
  readonly numBlocks: number;
  readonly blockSize: number;
}

export interface ModelRunner {
  readonly vocabSize: number;
  readonly contextWindow: number;
  readonly kvBytesPerToken: number;
  /** Most blocks of this size that the device can hold. */
  maxNumBlocks(blockSize: number): number;
  /** Replaces the KV pool; its content is lost. Only between runs. */
  allocateKv(shape: KvShape): Promise<void>;
  /**
   * Computes one step for all sequences together. Rejects with an `InferscopeError`
   * (device-lost, out-of-memory); the KV content of the batch's blocks is then undefined.
   * Results of a sequence do not depend on what else is in the batch.
   */
  run(batch: readonly SequenceInput[]): Promise<RunnerOutput>;
  destroy(): void;
}
