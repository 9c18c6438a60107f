/**
 * The prefix cache: a radix tree over token ids. An edge holds whole blocks, so two prompts
 * that part inside a block part at that block's start. A node owns the blocks of its edge.
 *
 * A sequence that uses a prefix holds the deepest node of it: `lock` counts it on that node
 * and on every node above, and puts the path's blocks into its block table (refCount). So
 * for every node, lockCount === refCount of each of its blocks, an unlocked node has only
 * unlocked nodes below it, and everything unlocked can be evicted, leaf by leaf.
 *
 * There can be several trees over one pool, one per `space`: all requests share the space
 * "shared"; the samples of a request that may not read the cache share one of their own.
 */
import { type CacheNode, type EpochMs, isExpired } from "../../protocol/index.ts";
import type { BlockManager } from "./block-manager.ts";

export const sharedSpace = "shared";
export const privateSpace = (requestId: string): string => `request ${requestId}`;

export interface RadixNode {
  readonly id: number;
  /** Null at the root of a space, which has no blocks and is never evicted. */
  parent: RadixNode | null;
  /** By the tokens of the child's first block. */
  readonly children: Map<string, RadixNode>;
  tokenIds: number[];
  blockIds: number[];
  /** Sequences that hold this node or one below it. */
  lockCount: number;
  hitCount: number;
  lastUsedMs: EpochMs;
  /** Order of use; times may be equal, ticks are not. */
  lastUsedTick: number;
}

/** The longest cached prefix, as found; valid until the tree changes. */
export interface PrefixMatch {
  readonly space: string;
  readonly blockIds: readonly number[];
  readonly numTokens: number;
  /** Of the matched blocks those that could be evicted now. */
  readonly numUnlockedBlocks: number;
  /** Deepest node touched, and how many of its blocks matched; null: nothing matched. */
  readonly end: { readonly node: RadixNode; readonly numBlocks: number } | null;
}

export class RadixCache {
  readonly #blocks: BlockManager;
  readonly #blockSize: number;
  readonly #now: () => EpochMs;
  readonly #roots = new Map<string, RadixNode>();
  #nextId = 1;
  #tick = 0;

  constructor(blocks: BlockManager, now: () => EpochMs) {
    this.#blocks = blocks;
    this.#blockSize = blocks.blockSize;
    this.#now = now;
  }

  /** Longest cached prefix of at most `maxNumBlocks` blocks. A pure query. */
  matchPrefix(space: string, tokenIds: readonly number[], maxNumBlocks: number): PrefixMatch {
    const blockIds: number[] = [];
    let numUnlockedBlocks = 0;
    let end: PrefixMatch["end"] = null;
    let node = this.#roots.get(space);
    while (node !== undefined && blockIds.length < maxNumBlocks) {
      const child = node.children.get(this.#key(tokenIds, blockIds.length));
      if (child === undefined) break;
      const numBlocks = this.#numCommonBlocks(child, tokenIds, blockIds.length, maxNumBlocks);
      blockIds.push(...child.blockIds.slice(0, numBlocks));
      if (child.lockCount === 0) numUnlockedBlocks += numBlocks;
      end = { node: child, numBlocks };
      node = numBlocks === child.blockIds.length ? child : undefined;
    }
    return { space, blockIds, numTokens: blockIds.length * this.#blockSize, numUnlockedBlocks, end };
  }

  /** Holds a matched prefix (an empty one too) and returns the node to give to `unlock`. */
  lock(match: PrefixMatch): RadixNode {
    const node =
      match.end === null ? this.#root(match.space) : this.#endNodeAt(match.end.node, match.end.numBlocks);
    const touched = this.#touch(node);
    for (const each of touched) {
      each.lockCount += 1;
      each.hitCount += 1;
      this.#blocks.share(each.blockIds);
    }
    return node;
  }

  /** Gives up what `lock` or `insert` returned. The blocks stay cached until they are evicted. */
  unlock(node: RadixNode): void {
    for (const each of this.#touch(node)) {
      each.lockCount -= 1;
      this.#blocks.release(each.blockIds);
    }
  }

  /**
   * Adds full blocks that follow the held node, and moves the caller's lock to their end.
   * Where the tree already has a block of the same tokens, the caller's duplicate is freed:
   * its block table must take the returned `blockIds` in place of its own.
   */
  insert(
    held: RadixNode,
    tokenIds: readonly number[],
    blockIds: readonly number[],
  ): { node: RadixNode; blockIds: readonly number[] } {
    const result: number[] = [];
    let node = held;
    for (;;) {
      const child = node.children.get(this.#key(tokenIds, result.length));
      if (child === undefined || result.length === blockIds.length) break;
      const numBlocks = this.#numCommonBlocks(child, tokenIds, result.length, blockIds.length);
      node = this.#endNodeAt(child, numBlocks);
      node.lockCount += 1;
      this.#blocks.share(node.blockIds);
      this.#blocks.release(blockIds.slice(result.length, result.length + numBlocks));
      result.push(...node.blockIds);
    }
    const newBlockIds = blockIds.slice(result.length);
    if (newBlockIds.length > 0) {
      const newTokenIds = tokenIds.slice(result.length * this.#blockSize);
      this.#blocks.addToCache(newBlockIds);
      node = this.#append(node, newTokenIds, newBlockIds);
      result.push(...newBlockIds);
    }
    this.#touch(node);
    return { node, blockIds: result };
  }

  /**
   * Frees up to `numBlocks` blocks, least recently used unlocked leaves first, from the end
   * of a leaf, so that no more goes than is wanted. Returns how many were freed.
   */
  evict(numBlocks: number): number {
    let numEvicted = 0;
    while (numEvicted < numBlocks) {
      const leaf = this.#leastRecentlyUsedLeaf();
      if (leaf === null) break;
      numEvicted += this.#trim(leaf, numBlocks - numEvicted);
    }
    return numEvicted;
  }

  /** Frees every unlocked block that was used last more than `ttlSeconds` ago. Returns how many. */
  expire(ttlSeconds: number): number {
    const time = this.#now();
    let numExpired = 0;
    // Children first: a use touches the whole path, so nothing below is younger.
    for (const node of this.nodes().toReversed()) {
      if (node.children.size > 0 || node.lockCount > 0) continue;
      if (!isExpired(node.lastUsedMs, time, ttlSeconds)) continue;
      numExpired += this.#trim(node, node.blockIds.length);
    }
    return numExpired;
  }

  /** Ends a space that nobody holds any more; its blocks are free. */
  dropSpace(space: string): void {
    const root = this.#roots.get(space);
    if (root === undefined) return;
    for (const node of [...descendants(root)].reverse()) this.#trim(node, node.blockIds.length);
    this.#roots.delete(space);
  }

  /** Every node but the roots, parents before children. */
  nodes(): readonly RadixNode[] {
    return [...this.#roots.values()].flatMap((root) => [...descendants(root)]);
  }

  spaces(): readonly string[] {
    return [...this.#roots.keys()];
  }

  snapshot(): readonly CacheNode[] {
    return this.nodes().map((node) => ({
      id: node.id,
      // The roots are not shown: a node without a grandparent is a top-level one.
      parentId: node.parent === null || node.parent.parent === null ? null : node.parent.id,
      tokenIds: [...node.tokenIds],
      blockIds: [...node.blockIds],
      lockCount: node.lockCount,
      lastUsedMs: node.lastUsedMs,
      hitCount: node.hitCount,
    }));
  }

  #root(space: string): RadixNode {
    const existing = this.#roots.get(space);
    if (existing !== undefined) return existing;
    const root = this.#createNode(null, [], []);
    this.#roots.set(space, root);
    return root;
  }

  #createNode(parent: RadixNode | null, tokenIds: number[], blockIds: number[]): RadixNode {
    return {
      id: this.#nextId++,
      parent,
      children: new Map(),
      tokenIds,
      blockIds,
      lockCount: 0,
      hitCount: 0,
      lastUsedMs: this.#now(),
      lastUsedTick: this.#tick,
    };
  }

  /** The node that ends after `numBlocks` blocks of `node`: itself, or the upper part of a split. */
  #endNodeAt(node: RadixNode, numBlocks: number): RadixNode {
    if (numBlocks === node.blockIds.length || node.parent === null) return node;
    const cut = numBlocks * this.#blockSize;
    // The lower part stays the old object: whoever holds it holds all of its blocks.
    const upper = this.#createNode(
      node.parent,
      node.tokenIds.slice(0, cut),
      node.blockIds.slice(0, numBlocks),
    );
    upper.lockCount = node.lockCount;
    upper.hitCount = node.hitCount;
    upper.lastUsedMs = node.lastUsedMs;
    upper.lastUsedTick = node.lastUsedTick;
    node.parent.children.set(this.#key(upper.tokenIds, 0), upper);
    node.tokenIds = node.tokenIds.slice(cut);
    node.blockIds = node.blockIds.slice(numBlocks);
    node.parent = upper;
    upper.children.set(this.#key(node.tokenIds, 0), node);
    return upper;
  }

  /** New blocks after `node`. A leaf that only the caller holds grows; so a decode stays one node. */
  #append(node: RadixNode, tokenIds: readonly number[], blockIds: readonly number[]): RadixNode {
    if (node.parent !== null && node.children.size === 0 && node.lockCount === 1) {
      node.tokenIds.push(...tokenIds);
      node.blockIds.push(...blockIds);
      return node;
    }
    const child = this.#createNode(node, [...tokenIds], [...blockIds]);
    child.lockCount = 1;
    node.children.set(this.#key(tokenIds, 0), child);
    return child;
  }

  /** Drops up to `numBlocks` blocks from the end of a leaf, and the leaf when nothing is left. */
  #trim(leaf: RadixNode, numBlocks: number): number {
    const key = this.#key(leaf.tokenIds, 0);
    const dropped = leaf.blockIds.splice(Math.max(0, leaf.blockIds.length - numBlocks));
    leaf.tokenIds.length = leaf.blockIds.length * this.#blockSize;
    this.#blocks.removeFromCache(dropped);
    if (leaf.blockIds.length === 0) leaf.parent?.children.delete(key);
    return dropped.length;
  }

  #leastRecentlyUsedLeaf(): RadixNode | null {
    let oldest: RadixNode | null = null;
    for (const node of this.nodes()) {
      if (node.children.size > 0 || node.lockCount > 0) continue;
      if (oldest === null || node.lastUsedTick < oldest.lastUsedTick) oldest = node;
    }
    return oldest;
  }

  /** Marks a path as used now and returns its nodes, deepest first. */
  #touch(node: RadixNode): RadixNode[] {
    const path: RadixNode[] = [];
    const time = this.#now();
    this.#tick += 1;
    for (let each: RadixNode | null = node; each !== null; each = each.parent) {
      each.lastUsedMs = time;
      each.lastUsedTick = this.#tick;
      path.push(each);
    }
    return path;
  }

  /** Blocks of `node` that equal the blocks of `tokenIds` from block `from` on. */
  #numCommonBlocks(node: RadixNode, tokenIds: readonly number[], from: number, maxNumBlocks: number): number {
    const start = from * this.#blockSize;
    const limit = Math.min(node.blockIds.length, maxNumBlocks - from);
    const length = Math.min(limit * this.#blockSize, tokenIds.length - start);
    let common = 0;
    while (common < length && node.tokenIds[common] === tokenIds[start + common]) common += 1;
    return Math.floor(common / this.#blockSize);
  }

  /** Key of block number `index`; a block cut short by the end of the tokens matches nothing. */
  #key(tokenIds: readonly number[], index: number): string {
    return tokenIds.slice(index * this.#blockSize, (index + 1) * this.#blockSize).join(" ");
  }
}

function* descendants(node: RadixNode): Generator<RadixNode> {
  for (const child of node.children.values()) {
    yield child;
    yield* descendants(child);
  }
}
