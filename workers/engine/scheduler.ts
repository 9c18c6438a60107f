/**
 * Which tokens of which sequences the next step computes. There is no prefill phase and no
 * decode phase: every sequence has `numComputedTokens` catching up with `numTokens`.
 *
 *   0. cached prefixes that nobody used for `cacheTtlSeconds` go;
 *   1. the budget is `maxNumBatchedTokens`;
 *   2. running sequences first, oldest first; where the pool has no block left, the newest
 *      running one is preempted: it loses its blocks and waits again, in front;
 *   3. then waiting ones, unless something was preempted: each starts from its longest cached
 *      prefix; the first that does not fit ends the step's admissions;
 *   4. a waiting sequence whose next block a running one is about to compute waits for it.
 *
 * The oldest running sequence is never preempted and any sequence fits an otherwise empty
 * pool (larger ones were refused), so every step makes progress.
 */
import type { EnginePolicy, Eviction, Preemption } from "../../protocol/index.ts";
import type { KvCache } from "./kv-cache.ts";
import {
  batchingPolicy,
  type BatchingPolicy,
  type ChunkPolicy,
  chunkPolicy,
  orderPolicy,
  type OrderPolicy,
} from "./policies.ts";
import { type PrefixMatch, privateSpace, sharedSpace } from "./radix-cache.ts";
import type { Sequence } from "./sequence.ts";

export interface ScheduledSequence {
  readonly sequence: Sequence;
  /** Tokens to compute, from `numComputedTokens` on. */
  readonly numTokens: number;
  readonly phase: "prefill" | "decode";
}

export interface Schedule {
  readonly scheduled: readonly ScheduledSequence[];
  readonly preemptions: readonly Preemption[];
  readonly evictions: readonly Eviction[];
}

/** A schedule in the making. */
class StepPlan implements Schedule {
  readonly scheduled: ScheduledSequence[] = [];
  readonly preemptions: Preemption[] = [];
  readonly evictions: Eviction[] = [];
  budget: number;
  numPrefills = 0;

  constructor(budget: number) {
    this.budget = budget;
  }

  add(sequence: Sequence, numTokens: number): void {
    const isDecode = sequence.numMissingTokens === 1 && sequence.numOutputTokens > 0;
    this.scheduled.push({ sequence, numTokens, phase: isDecode ? "decode" : "prefill" });
    this.budget -= numTokens;
    if (!isDecode) this.numPrefills += 1;
  }
}

export class Scheduler {
  readonly #kv: KvCache;
  #waiting: Sequence[] = [];
  #running: Sequence[] = [];
  #policy: EnginePolicy;
  #batching: BatchingPolicy;
  #order: OrderPolicy;
  #chunk: ChunkPolicy;

  constructor(kv: KvCache, policy: EnginePolicy) {
    this.#kv = kv;
    this.#policy = policy;
    this.#batching = batchingPolicy(policy.batching);
    this.#order = orderPolicy(policy.order);
    this.#chunk = chunkPolicy(policy.chunkedPrefill);
  }

  /** In queue order: preempted ones in front. */
  get waiting(): readonly Sequence[] {
    return this.#waiting;
  }

  /** In order of admission. */
  get running(): readonly Sequence[] {
    return this.#running;
  }

  configure(policy: EnginePolicy): void {
    if (policy.batching !== this.#policy.batching) this.#batching = batchingPolicy(policy.batching);
    this.#order = orderPolicy(policy.order);
    this.#chunk = chunkPolicy(policy.chunkedPrefill);
    this.#policy = policy;
  }

  add(sequence: Sequence): void {
    this.#waiting.push(sequence);
  }

  /** Takes a sequence out for good, in whatever state it is. */
  remove(sequence: Sequence): void {
    if (sequence.state === "running") this.#kv.release(sequence);
    this.#running = this.#running.filter((other) => other !== sequence);
    this.#waiting = this.#waiting.filter((other) => other !== sequence);
    sequence.state = "finished";
    sequence.releaseConstraint();
  }

  schedule(): Schedule {
    const plan = new StepPlan(this.#policy.maxNumBatchedTokens);
    this.#expire(plan);
    this.#scheduleRunning(plan);
    if (plan.preemptions.length === 0) this.#admitWaiting(plan);
    return plan;
  }

  /** Expired entries go before anything looks for its prefix: no request starts from one. */
  #expire(plan: StepPlan): void {
    const { cacheTtlSeconds } = this.#policy;
    if (cacheTtlSeconds === null) return;
    const numBlocks = this.#kv.expire(cacheTtlSeconds);
    if (numBlocks > 0) this.#evicted(numBlocks, `unused for more than ${cacheTtlSeconds} s`, plan);
  }

  #evicted(numBlocks: number, reason: string, plan: StepPlan): void {
    plan.evictions.push({ numBlocks, numTokens: numBlocks * this.#kv.blockSize, reason });
  }

  #scheduleRunning(plan: StepPlan): void {
    // The list may shrink from its end while we walk it.
    for (let index = 0; index < this.#running.length; index += 1) {
      const sequence = this.#running[index];
      if (sequence === undefined) break;
      const numTokens = this.#chunk(sequence.numMissingTokens, plan.budget, plan.numPrefills);
      if (numTokens > 0 && this.#makeRoom(sequence, numTokens, plan)) plan.add(sequence, numTokens);
    }
  }

  /** Allocates blocks for the next tokens; false when the sequence itself had to be preempted. */
  #makeRoom(sequence: Sequence, numTokens: number, plan: StepPlan): boolean {
    const numBlocks = this.#kv.numBlocksWanted(sequence, numTokens);
    while (!this.#grow(sequence, numBlocks, plan)) {
      const victim = this.#running.at(-1) ?? sequence;
      const { free, cached } = this.#kv.counts();
      const reason = `${blocks(numBlocks)} wanted by ${sequence.label}, ${free} free, ${cached} evictable`;
      this.#preempt(victim, reason, plan);
      if (victim === sequence) return false;
    }
    return true;
  }

  #grow(sequence: Sequence, numBlocks: number, plan: StepPlan): boolean {
    const { free } = this.#kv.counts();
    const numEvicted = this.#kv.grow(sequence, numBlocks);
    if (numEvicted === null) return false;
    if (numEvicted > 0) {
      this.#evicted(numEvicted, `${blocks(numBlocks)} wanted by ${sequence.label}, ${free} free`, plan);
    }
    return true;
  }

  #preempt(victim: Sequence, reason: string, plan: StepPlan): void {
    plan.preemptions.push({
      requestId: victim.requestId,
      choice: victim.choice,
      reason,
      numTokensLost: victim.numComputedTokens,
    });
    this.#kv.release(victim);
    victim.state = "preempted";
    victim.numPreemptions += 1;
    this.#running.pop();
    this.#waiting.unshift(victim);
  }

  #admitWaiting(plan: StepPlan): void {
    const { maxNumSeqs } = this.#policy;
    const ordered = this.#order.sort(this.#waiting, (sequence) => this.#match(sequence)?.numTokens ?? 0);
    for (const sequence of this.#batching.eligible(ordered, this.#running, maxNumSeqs)) {
      if (this.#running.length >= this.#batching.maxNumRunning(maxNumSeqs)) break;
      const match = this.#match(sequence);
      if (match !== null && this.#isNextBlockPending(sequence, match)) continue;
      const numMissing = sequence.numTokens - (match?.numTokens ?? 0);
      const numTokens = this.#chunk(numMissing, plan.budget, plan.numPrefills);
      if (numTokens === 0 || !this.#kv.fits(sequence, match)) break;
      this.#admit(sequence, match);
      this.#grow(sequence, this.#kv.numBlocksWanted(sequence, numTokens), plan);
      plan.add(sequence, numTokens);
    }
  }

  #admit(sequence: Sequence, match: PrefixMatch | null): void {
    this.#kv.hold(sequence, match);
    sequence.state = "running";
    sequence.numCachedTokens = Math.min(sequence.numComputedTokens, sequence.numPromptTokens);
    sequence.firstNumCachedTokens ??= sequence.numCachedTokens;
    this.#waiting = this.#waiting.filter((other) => other !== sequence);
    for (const other of this.#waiting) {
      if (other.arrival < sequence.arrival) other.numTimesOvertaken += 1;
    }
    this.#running.push(sequence);
  }

  #match(sequence: Sequence): PrefixMatch | null {
    return this.#kv.match(sequence, this.#space(sequence));
  }

  /**
   * Where a sequence looks for its prefix and publishes its blocks. With the cache off the
   * samples of one request still compute their prompt once: they have a space of their own.
   */
  #space(sequence: Sequence): string | null {
    if (this.#policy.prefixCache && sequence.usePrefixCache) return sharedSpace;
    return sequence.sampling.n > 1 ? privateSpace(sequence.requestId) : null;
  }

  /** Whether a running sequence is computing the block that follows the match: then it is worth waiting. */
  #isNextBlockPending(sequence: Sequence, match: PrefixMatch): boolean {
    if (match.blockIds.length >= this.#kv.maxCachedBlocks(sequence)) return false;
    const end = match.numTokens + this.#kv.blockSize;
    return this.#running.some(
      (other) =>
        other.cacheHold?.space === match.space &&
        other.numComputedTokens < end &&
        other.numTokens >= end &&
        haveSamePrefix(other.tokenIds, sequence.tokenIds, end),
    );
  }
}

/** From the end, where prompts that differ are likelier to. */
function haveSamePrefix(a: readonly number[], b: readonly number[], length: number): boolean {
  for (let index = length - 1; index >= 0; index -= 1) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

function blocks(count: number): string {
  return count === 1 ? "1 block" : `${count} blocks`;
}
