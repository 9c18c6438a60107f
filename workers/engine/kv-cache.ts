/**
 * The KV cache as the scheduler sees it: the block pool, the prefix cache over it, and what
 * each sequence holds of both. A sequence's block table is its held prefix (blocks that the
 * radix cache owns) followed by blocks of its own.
 */
import type { CacheSnapshot, EpochMs, KvBlocks } from "../../protocol/index.ts";
import { BlockManager } from "./block-manager.ts";
import type { KvShape } from "./model-runner.ts";
import { type PrefixMatch, privateSpace, RadixCache } from "./radix-cache.ts";
import type { Sequence } from "./sequence.ts";

export class KvCache {
  readonly #now: () => EpochMs;
  #blocks: BlockManager;
  #cache: RadixCache;

  constructor(shape: KvShape, now: () => EpochMs) {
    this.#now = now;
    this.#blocks = new BlockManager(shape.numBlocks, shape.blockSize);
    this.#cache = new RadixCache(this.#blocks, now);
  }

  /** A new, empty pool. Only while no sequence holds a block. */
  reset(shape: KvShape): void {
    this.#blocks = new BlockManager(shape.numBlocks, shape.blockSize);
    this.#cache = new RadixCache(this.#blocks, this.#now);
  }

  get blocks(): BlockManager {
    return this.#blocks;
  }

  get cache(): RadixCache {
    return this.#cache;
  }

  get blockSize(): number {
    return this.#blocks.blockSize;
  }

  counts(): KvBlocks {
    return this.#blocks.counts();
  }

  /** Longest cached prefix that a sequence may use. The last token is computed always: it has the logits. */
  match(sequence: Sequence, space: string | null): PrefixMatch | null {
    if (space === null) return null;
    return this.#cache.matchPrefix(space, sequence.tokenIds, this.maxCachedBlocks(sequence));
  }

  maxCachedBlocks(sequence: Sequence): number {
    return Math.floor((sequence.numTokens - 1) / this.blockSize);
  }

  /** Whether all tokens of a waiting sequence fit, on top of a matched prefix, without preempting. */
  fits(sequence: Sequence, match: PrefixMatch | null): boolean {
    const numBlocks = Math.ceil(sequence.numTokens / this.blockSize) - (match?.blockIds.length ?? 0);
    // Matched blocks are about to be locked: they cannot make room for the rest.
    const available = this.#blocks.numFree + this.#blocks.numEvictable - (match?.numUnlockedBlocks ?? 0);
    return numBlocks <= available;
  }

  /** Gives a sequence its cached prefix to start from. */
  hold(sequence: Sequence, match: PrefixMatch | null): void {
    if (match === null) return;
    const node = this.#cache.lock(match);
    sequence.cacheHold = { space: match.space, node, numBlocks: match.blockIds.length };
    sequence.blockTable = [...match.blockIds];
    sequence.numComputedTokens = match.numTokens;
  }

  /** Blocks that a sequence lacks for its next `numTokens` tokens. */
  numBlocksWanted(sequence: Sequence, numTokens: number): number {
    const needed = Math.ceil((sequence.numComputedTokens + numTokens) / this.blockSize);
    return Math.max(0, needed - sequence.blockTable.length);
  }

  /**
   * Lengthens a block table, evicting cached blocks where free ones do not suffice. Returns
   * how many were evicted, or null, with nothing changed, when even that does not suffice.
   */
  grow(sequence: Sequence, numBlocks: number): number | null {
    const numLacking = Math.max(0, numBlocks - this.#blocks.numFree);
    if (numLacking > this.#blocks.numEvictable) return null;
    const numEvicted = this.#cache.evict(numLacking);
    sequence.blockTable.push(...this.#blocks.allocate(numBlocks));
    return numEvicted;
  }

  /** Puts the full blocks that a sequence has computed into the cache; a duplicate is freed. */
  publish(sequence: Sequence): void {
    const hold = sequence.cacheHold;
    if (hold === null) return;
    const numFullBlocks = Math.floor(sequence.numComputedTokens / this.blockSize);
    if (numFullBlocks === hold.numBlocks) return;
    const { node, blockIds } = this.#cache.insert(
      hold.node,
      sequence.tokenIds.slice(hold.numBlocks * this.blockSize, numFullBlocks * this.blockSize),
      sequence.blockTable.slice(hold.numBlocks, numFullBlocks),
    );
    sequence.blockTable.splice(hold.numBlocks, blockIds.length, ...blockIds);
    sequence.cacheHold = { space: hold.space, node, numBlocks: numFullBlocks };
  }

  /** Takes everything from a sequence. What it published stays cached. */
  release(sequence: Sequence): void {
    const hold = sequence.cacheHold;
    this.#blocks.release(sequence.blockTable.slice(hold?.numBlocks ?? 0));
    if (hold !== null) this.#cache.unlock(hold.node);
    sequence.cacheHold = null;
    sequence.blockTable = [];
    sequence.numComputedTokens = 0;
  }

  /** Drops every cached block that no sequence holds and that was not used for so long. Returns how many. */
  expire(ttlSeconds: number): number {
    return this.#cache.expire(ttlSeconds);
  }

  /** Drops every cached block that no sequence holds. */
  clear(): void {
    this.#cache.evict(this.#blocks.numEvictable);
  }

  /** Drops what the samples of a request shared among themselves, once it has ended. */
  dropPrivateSpace(requestId: string): void {
    this.#cache.dropSpace(privateSpace(requestId));
  }

  snapshot(): CacheSnapshot {
    const nodes = this.#cache.snapshot();
    const tokensWhere = (locked: boolean): number =>
      nodes
        .filter((node) => node.lockCount > 0 === locked)
        .reduce((sum, node) => sum + node.tokenIds.length, 0);
    return {
      blockSize: this.blockSize,
      kv: this.counts(),
      nodes,
      evictableTokens: tokensWhere(false),
      protectedTokens: tokensWhere(true),
    };
  }
}
