import type { EpochMs, RequestId } from "./ids.ts";
import type { TokenLogprob } from "./request.ts";

/** One sequence's share of one step. */
export interface SequenceStep {
  readonly requestId: RequestId;
  /** Which of the request's n samples. */
  readonly choice: number;
  readonly phase: "prefill" | "decode";
  /** Tokens computed for it in this step. */
  readonly numScheduledTokens: number;
  /** Prompt tokens taken from the prefix cache when it was (last) admitted. */
  readonly numCachedTokens: number;
  /** Tokens in the KV cache after the step, cached ones included. */
  readonly numComputedTokens: number;
  /** Tokens sampled in this step: none while the prompt is not done, else one. */
  readonly newTokenIds: readonly number[];
  /** Text that became final in this step (incremental detokenizing may hold bytes back). */
  readonly text: string;
  readonly logprobs?: readonly (readonly TokenLogprob[])[];
}

/** free + cached + used === total, after every step. */
export interface KvBlocks {
  /** Held by running sequences (shared blocks once). */
  readonly used: number;
  /** Held by the prefix cache alone: evictable. */
  readonly cached: number;
  readonly free: number;
  readonly total: number;
}

export interface Preemption {
  readonly requestId: RequestId;
  readonly choice: number;
  /** In words, with the numbers: "4 blocks wanted by req-7, 1 free, 0 evictable". */
  readonly reason: string;
  readonly numTokensLost: number;
}

export interface Eviction {
  readonly numBlocks: number;
  readonly numTokens: number;
  readonly reason: string;
}

/** Everything that happened in one engine step. One event, one object. */
export interface StepTrace {
  readonly step: number;
  readonly startMs: EpochMs;
  readonly scheduleMs: number;
  /** Computing and uploading the masks of allowed tokens; 0 where no row is constrained. */
  readonly maskMs: number;
  readonly encodeMs: number;
  /** From timestamp queries; null where the adapter has none. */
  readonly gpuMs: number | null;
  readonly readbackMs: number;
  readonly totalMs: number;
  readonly numPrefillTokens: number;
  readonly numDecodeTokens: number;
  readonly numDispatches: number;
  readonly sequences: readonly SequenceStep[];
  readonly kv: KvBlocks;
  readonly evictions: readonly Eviction[];
  readonly preemptions: readonly Preemption[];
  readonly numWaiting: number;
  readonly numRunning: number;
}

/** Time of one kind of kernel, by timestamp queries around each of its dispatches. */
export interface KernelTime {
  /** With its sizes and variant. */
  readonly kernel: string;
  readonly numDispatches: number;
  readonly ms: number;
}

/**
 * What the kernels of some steps took. Perturbed: each dispatch had a pass of its own, so the GPU
 * waited between any two, and none overlapped.
 */
export interface KernelProfile {
  readonly numSteps: number;
  readonly kernels: readonly KernelTime[];
  /** Dispatches beyond what a step's query set holds; their time is in no figure. */
  readonly numUntimed: number;
}

/** A node of the radix tree: an edge of whole blocks. Ids are stable while the node lives. */
export interface CacheNode {
  readonly id: number;
  readonly parentId: number | null;
  readonly tokenIds: readonly number[];
  readonly blockIds: readonly number[];
  /** Running sequences that hold this node. */
  readonly lockCount: number;
  readonly lastUsedMs: EpochMs;
  readonly hitCount: number;
}

export interface CacheSnapshot {
  readonly blockSize: number;
  readonly kv: KvBlocks;
  readonly nodes: readonly CacheNode[];
  readonly evictableTokens: number;
  readonly protectedTokens: number;
}
