/**
 * The pool of KV blocks. A block is in exactly one of three places:
 *
 *   used    in the block table of at least one sequence: refCount > 0
 *   cached  in the prefix cache and in no block table: evictable
 *   free    on the free list
 *
 * so free + cached + used === total. The manager counts; who holds which block is known to
 * the block tables and to the radix cache, and `integrity.ts` compares the two.
 */
import { InferscopeError, type KvBlocks } from "../../protocol/index.ts";

interface Block {
  /** Block tables that hold it. */
  refCount: number;
  /** Whether a node of the radix cache owns it. */
  inCache: boolean;
}

export class BlockManager {
  readonly numBlocks: number;
  readonly blockSize: number;
  readonly #blocks: Block[];
  /** A stack: the block freed last is used first. */
  readonly #free: number[];
  #numUsed = 0;
  #numCached = 0;

  constructor(numBlocks: number, blockSize: number) {
    this.numBlocks = numBlocks;
    this.blockSize = blockSize;
    this.#blocks = Array.from({ length: numBlocks }, () => ({ refCount: 0, inCache: false }));
    this.#free = Array.from({ length: numBlocks }, (_, index) => numBlocks - 1 - index);
  }

  get numFree(): number {
    return this.#free.length;
  }

  /** Blocks of the prefix cache that no sequence holds; all of them can be evicted. */
  get numEvictable(): number {
    return this.#numCached;
  }

  counts(): KvBlocks {
    return {
      used: this.#numUsed,
      cached: this.#numCached,
      free: this.#free.length,
      total: this.numBlocks,
    };
  }

  /** Takes free blocks for one block table; throws when there are not enough: ask `numFree` first. */
  allocate(count: number): number[] {
    if (count > this.#free.length) {
      throw bug(`${count} blocks asked for, ${this.#free.length} free`);
    }
    const blockIds = this.#free.splice(this.#free.length - count, count).reverse();
    for (const id of blockIds) this.#block(id).refCount = 1;
    this.#numUsed += count;
    return blockIds;
  }

  /** One more block table holds these blocks. */
  share(blockIds: readonly number[]): void {
    for (const id of blockIds) {
      const block = this.#block(id);
      if (block.refCount === 0) {
        if (!block.inCache) throw bug(`block ${id} is free and cannot be shared`);
        this.#numCached -= 1;
        this.#numUsed += 1;
      }
      block.refCount += 1;
    }
  }

  /** One block table less holds these blocks; the last one frees them, or leaves them to the cache. */
  release(blockIds: readonly number[]): void {
    for (const id of blockIds) {
      const block = this.#block(id);
      if (block.refCount === 0) throw bug(`block ${id} is released more often than it was taken`);
      block.refCount -= 1;
      if (block.refCount > 0) continue;
      this.#numUsed -= 1;
      if (block.inCache) this.#numCached += 1;
      else this.#free.push(id);
    }
  }

  /** The radix cache takes a block in; it comes out of a block table, which goes on holding it. */
  addToCache(blockIds: readonly number[]): void {
    for (const id of blockIds) {
      const block = this.#block(id);
      if (block.inCache || block.refCount === 0) throw bug(`block ${id} cannot enter the cache`);
      block.inCache = true;
    }
  }

  /** The radix cache gives up blocks that no sequence holds; they are free again. */
  removeFromCache(blockIds: readonly number[]): void {
    for (const id of blockIds) {
      const block = this.#block(id);
      if (!block.inCache || block.refCount > 0) throw bug(`block ${id} cannot be evicted`);
      block.inCache = false;
      this.#numCached -= 1;
      this.#free.push(id);
    }
  }

  /** Copies of the records, for `checkIntegrity`. */
  inspect(): { blocks: { refCount: number; inCache: boolean }[]; free: number[] } {
    return { blocks: this.#blocks.map((block) => ({ ...block })), free: [...this.#free] };
  }

  #block(id: number): Block {
    const block = this.#blocks[id];
    if (block === undefined) throw bug(`there is no block ${id} in a pool of ${this.numBlocks}`);
    return block;
  }
}

function bug(message: string): InferscopeError {
  return new InferscopeError("internal", `block manager: ${message}`);
}
