/** The scheduler's policies, as objects: the scheduler itself never asks for a mode. */
import type { EnginePolicy } from "../../protocol/index.ts";
import type { Sequence } from "./sequence.ts";

/** Which waiting sequences may join those that run. */
export interface BatchingPolicy {
  maxNumRunning(maxNumSeqs: number): number;
  /** Of `waiting`, in its order, those that may be admitted in this step. */
  eligible(
    waiting: readonly Sequence[],
    running: readonly Sequence[],
    maxNumSeqs: number,
  ): readonly Sequence[];
}

/** In which order the waiting ones are asked. */
export interface OrderPolicy {
  sort(waiting: readonly Sequence[], numCachedTokens: (sequence: Sequence) => number): readonly Sequence[];
}

/** How many of a sequence's missing tokens one step computes; 0: none in this step. */
export type ChunkPolicy = (numMissing: number, budget: number, numPrefillsInStep: number) => number;

const continuous: BatchingPolicy = {
  maxNumRunning: (maxNumSeqs) => maxNumSeqs,
  eligible: (waiting) => waiting,
};

const oneAtATime: BatchingPolicy = {
  maxNumRunning: () => 1,
  eligible: (waiting) => waiting,
};

/**
 * Fills a batch, then waits until all of it is done. Its members are fixed at its start but
 * may be admitted over several steps: the token budget, the pool or a prefix that another
 * member is computing may hold some back.
 */
class StaticBatching implements BatchingPolicy {
  #batch: readonly Sequence[] = [];

  maxNumRunning(maxNumSeqs: number): number {
    return maxNumSeqs;
  }

  eligible(
    waiting: readonly Sequence[],
    running: readonly Sequence[],
    maxNumSeqs: number,
  ): readonly Sequence[] {
    this.#batch = this.#batch.filter((sequence) => sequence.state !== "finished");
    if (this.#batch.length === 0 && running.length === 0) this.#batch = waiting.slice(0, maxNumSeqs);
    const members = new Set(this.#batch);
    return waiting.filter((sequence) => members.has(sequence));
  }
}

const firstComeFirstServed: OrderPolicy = { sort: (waiting) => waiting };

/** Matching every prompt against the tree costs time; with more waiting, it is first come, first served. */
const maxSorted = 128;
/** Nobody waits for ever: overtaken this often, a sequence goes to the front. */
const maxOvertaken = 32;

/** Before every prefix; finite, so that ranks can be subtracted. */
const first = Number.MAX_SAFE_INTEGER;

const longestPrefixFirst: OrderPolicy = {
  sort(waiting, numCachedTokens) {
    if (waiting.length > maxSorted) return waiting;
    const rank = (sequence: Sequence): number =>
      sequence.state === "preempted" || sequence.numTimesOvertaken >= maxOvertaken
        ? first
        : numCachedTokens(sequence);
    return waiting
      .map((sequence) => ({ sequence, rank: rank(sequence) }))
      .sort((a, b) => b.rank - a.rank)
      .map(({ sequence }) => sequence);
  },
};

const chunked: ChunkPolicy = (numMissing, budget) => Math.min(numMissing, budget);

/** A prompt in one piece. One per step may exceed the budget, else a long one would never run. */
const whole: ChunkPolicy = (numMissing, budget, numPrefillsInStep) =>
  numMissing <= budget || numPrefillsInStep === 0 ? numMissing : 0;

export function batchingPolicy(batching: EnginePolicy["batching"]): BatchingPolicy {
  switch (batching) {
    case "continuous":
      return continuous;
    case "static":
      return new StaticBatching();
    case "none":
      return oneAtATime;
  }
}

export function orderPolicy(order: EnginePolicy["order"]): OrderPolicy {
  return order === "fcfs" ? firstComeFirstServed : longestPrefixFirst;
}

export function chunkPolicy(chunkedPrefill: boolean): ChunkPolicy {
  return chunkedPrefill ? chunked : whole;
}
