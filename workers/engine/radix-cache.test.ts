import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { epochMs } from "../../protocol/index.ts";
import { propertyRuns, scale, soakTimeoutMs, startSoak } from "../testing/soak.ts";
import { BlockManager } from "./block-manager.ts";
import { assertIntegrity } from "./integrity.ts";
import { RadixCache, type RadixNode, sharedSpace } from "./radix-cache.ts";
import { NaiveCache } from "./testing/naive-cache.ts";
import { RadixTree, tokensOf } from "./testing/radix-dsl.ts";

const tree = (operations: string): string => new RadixTree().run(operations).print();

describe("radix tree", () => {
  test.each([
    ["+abcd", "abcd"],
    ["+abcd +abef", "ab(cd ef)"],
    ["+abcd +abcd", "abcd"],
    ["+abcdef +ab", "ab(cdef)"],
    ["+abcd +acbd", "abcd acbd"], // no common full block
    ["+abcd=x +abef", "ab*1(cd*1 ef)"],
    ["+abcd=x +ab=y", "ab*2(cd*1)"],
    ["+abcd=x ?abzz=y -x", "ab*1(cd)"],
    ["+abcd=x x+ef", "abcdef*1"], // a leaf of one holder grows
    ["+abcd=x ?abcd=y x+ef y+gh", "abcd*2(ef*1 gh*1)"],
    ["+abcd=x ?abcd=y x+ef y+ef", "abcd*2(ef*2)"],
    ["+abcdef evict:1", "abcd"],
    ["+abcd +abef evict:1", "ab(ef)"], // the older leaf goes
    ["+abcd +abef evict:2", "ab"], // then the parent's turn comes
    ["+abcd +abef evict:3", ""],
    ["+abcd +abef ?abcd=x -x evict:1", "ab(cd)"], // use makes young
    ["+abcd=x +abef evict:9", "ab*1(cd*1)"], // what is held stays
    ["+abcd ?=x evict:9", ""],
  ])("%s gives %s", (operations, printed) => {
    expect(tree(operations)).toBe(printed);
  });

  test("matches whole blocks, up to the limit, without changing anything", () => {
    const radix = new RadixTree().run("+abcdef +abxy");
    const before = JSON.stringify(radix.cache.snapshot());
    expect(radix.match("abcdez")).toBe("abcd");
    expect(radix.match("abcde")).toBe("abcd");
    expect(radix.match("abcdef", 2)).toBe("abcd");
    expect(radix.match("ac")).toBe("");
    expect(JSON.stringify(radix.cache.snapshot())).toBe(before);
  });

  test("a duplicate block is freed and the tree's block handed back", () => {
    const { blocks, cache } = new RadixTree().run("+abcd");
    const [first, second] = cache.snapshot()[0]!.blockIds;
    const root = cache.lock(cache.matchPrefix(sharedSpace, [], 0));
    const own = blocks.allocate(3);
    const inserted = cache.insert(root, tokensOf("abcdef"), own);
    expect(inserted.blockIds).toEqual([first, second, own[2]]);
    expect(blocks.counts()).toMatchObject({ used: 3, cached: 0, free: 61 });
  });

  test("spaces do not see each other, and one that ends frees its blocks alone", () => {
    const { cache, blocks } = new RadixTree().run("+abcd");
    const match = cache.matchPrefix("request r", tokensOf("abcd"), 9);
    expect(match).toEqual({
      space: "request r",
      blockIds: [],
      numTokens: 0,
      numUnlockedBlocks: 0,
      end: null,
    });
    cache.unlock(cache.insert(cache.lock(match), tokensOf("abcdef"), blocks.allocate(3)).node);
    expect(cache.spaces()).toEqual([sharedSpace, "request r"]);
    expect(blocks.counts()).toMatchObject({ cached: 5, free: 59 });
    cache.dropSpace("request r");
    cache.dropSpace("never held");
    expect(cache.spaces()).toEqual([sharedSpace]);
    expect(blocks.counts()).toMatchObject({ cached: 2, free: 62 });
    expect(cache.matchPrefix(sharedSpace, tokensOf("abcd"), 9).numTokens).toBe(4);
  });

  test("a match says how much of it could be evicted, and where it ends", () => {
    const radix = new RadixTree().run("+abcdefgh ?abcd=x");
    const { numUnlockedBlocks, end, blockIds } = radix.cache.matchPrefix(
      sharedSpace,
      tokensOf("abcdefgz"),
      9,
    );
    expect([blockIds.length, numUnlockedBlocks, end?.numBlocks]).toEqual([3, 1, 1]);
    expect(radix.cache.matchPrefix(sharedSpace, tokensOf("abcdefgh"), 3).blockIds).toHaveLength(3);
    expect(radix.cache.matchPrefix(sharedSpace, tokensOf("abcdefgh"), 0).end).toBeNull();
  });

  test("ids are told apart however they are written", () => {
    const { cache, blocks } = new RadixTree();
    const root = cache.lock(cache.matchPrefix(sharedSpace, [], 0));
    cache.insert(root, [1, 23], blocks.allocate(1));
    expect(cache.matchPrefix(sharedSpace, [12, 3], 9).numTokens).toBe(0);
    expect(cache.matchPrefix(sharedSpace, [1, 23], 9).numTokens).toBe(2);
  });

  test("a node tells who its parent is, how often it was used, and when last", () => {
    const clock = { time: 0 };
    const blocks = new BlockManager(16, 2);
    const cache = new RadixCache(blocks, () => epochMs(clock.time));
    const use = (text: string, time: number): RadixNode => {
      clock.time = time;
      return cache.lock(cache.matchPrefix(sharedSpace, tokensOf(text), 99));
    };
    const insert = (text: string, time: number): void => {
      const root = use("", time);
      cache.unlock(cache.insert(root, tokensOf(text), blocks.allocate(text.length / 2)).node);
    };
    insert("abcd", 10);
    cache.unlock(use("abcd", 20));
    cache.unlock(use("abcd", 30));
    insert("abef", 40); // splits the node: both parts were used twice
    cache.unlock(use("abef", 50));
    const rows = cache.snapshot().map(({ id, parentId, hitCount, lastUsedMs, tokenIds }) => ({
      id,
      parentId,
      hitCount,
      lastUsedMs,
      text: String.fromCharCode(...tokenIds),
    }));
    const upper = rows.find(({ text: each }) => each === "ab")!;
    expect(new Set(rows.map(({ id }) => id)).size).toBe(3);
    expect(
      rows.map(({ text: each, parentId, hitCount, lastUsedMs }) => [each, parentId, hitCount, lastUsedMs]),
    ).toEqual([
      ["ab", null, 3, 50],
      ["cd", upper.id, 2, 30],
      ["ef", upper.id, 1, 50],
    ]);
  });

  test("what is split keeps its age: the part that was not used again goes first", () => {
    const clock = { time: 0 };
    const blocks = new BlockManager(16, 1);
    const cache = new RadixCache(blocks, () => epochMs(clock.time));
    const insert = (text: string): void => {
      clock.time += 1000;
      const root = cache.lock(cache.matchPrefix(sharedSpace, [], 0));
      cache.unlock(cache.insert(root, tokensOf(text), blocks.allocate(text.length)).node);
    };
    insert("ab");
    insert("x");
    insert("ac"); // splits ab, and uses its first part
    expect(cache.evict(1)).toBe(1);
    const left = cache.snapshot().map(({ tokenIds }) => String.fromCharCode(...tokenIds));
    expect(left).toEqual(["a", "c", "x"]);
    // At 3 s: a and c were used now, x a second ago.
    expect(cache.expire(1)).toBe(0);
    clock.time += 1;
    expect(cache.expire(1)).toBe(1);
    expect(cache.expire(0.0005)).toBe(2);
    expect(blocks.counts()).toEqual({ used: 0, cached: 0, free: 16, total: 16 });
  });
});

type Operation =
  | { readonly type: "lock" | "insert" | "extend"; readonly text: string; readonly pick: number }
  | { readonly type: "unlock"; readonly pick: number }
  | { readonly type: "evict"; readonly count: number }
  | { readonly type: "wait" | "expire"; readonly seconds: number };

const blockSize = 2;
const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    type: fc.constantFrom("lock" as const, "insert" as const, "extend" as const),
    text,
    pick: fc.nat(99),
  }),
  fc.record({ type: fc.constant("unlock" as const), pick: fc.nat(99) }),
  fc.record({ type: fc.constant("evict" as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    type: fc.constantFrom("wait" as const, "expire" as const),
    seconds: fc.integer({ min: 1, max: 6 }),
  }),
);

/** The real cache and the naive one, side by side. */
class Pair {
  readonly blocks = new BlockManager(24, blockSize);
  readonly cache = new RadixCache(this.blocks, () => epochMs(this.#timeMs));
  readonly naive = new NaiveCache(blockSize, () => this.#timeMs);
  #timeMs = 0;
  readonly holds: { node: RadixNode; text: string; blockTable: number[] }[] = [];

  apply(operation: Operation): void {
    switch (operation.type) {
      case "lock": {
        const prefix = this.naive.match(operation.text);
        const match = this.cache.matchPrefix(sharedSpace, tokensOf(operation.text), 99);
        expect(match.blockIds).toEqual(this.naive.blockIds(prefix));
        this.holds.push({ node: this.cache.lock(match), text: prefix, blockTable: [...match.blockIds] });
        this.naive.lock(prefix);
        return;
      }
      case "insert": {
        const node = this.cache.lock(this.cache.matchPrefix(sharedSpace, [], 0));
        this.holds.push({ node, text: "", blockTable: [] });
        this.#extend(this.holds.length - 1, operation.text);
        return;
      }
      case "extend":
        if (this.holds.length > 0) this.#extend(operation.pick % this.holds.length, operation.text);
        return;
      case "unlock": {
        const [hold] = this.holds.splice(operation.pick % Math.max(1, this.holds.length), 1);
        if (hold === undefined) return;
        this.cache.unlock(hold.node);
        this.naive.unlock(hold.text);
        return;
      }
      case "evict":
        expect(this.cache.evict(operation.count)).toBe(this.naive.evict(operation.count));
        return;
      case "wait":
        this.#timeMs += operation.seconds * 1000;
        return;
      case "expire":
        expect(this.cache.expire(operation.seconds)).toBe(this.naive.expire(operation.seconds * 1000));
    }
  }

  #extend(index: number, text: string): void {
    const hold = this.holds[index]!;
    const added = text.slice(0, Math.floor(text.length / blockSize) * blockSize);
    const numBlocks = added.length / blockSize;
    if (numBlocks > this.blocks.numFree) return;
    const own = this.blocks.allocate(numBlocks);
    const { node, blockIds } = this.cache.insert(hold.node, tokensOf(added), own);
    this.naive.insert(hold.text, added, own);
    this.holds[index] = {
      node,
      text: hold.text + added,
      blockTable: [...hold.blockTable, ...blockIds],
    };
  }

  check(): void {
    for (const hold of this.holds) expect(hold.blockTable).toEqual(this.naive.blockIds(hold.text));
    const entries = [...this.naive.entries.values()];
    const used = entries.filter((entry) => entry.lockCount > 0).length;
    expect(this.blocks.counts()).toEqual({
      used,
      cached: entries.length - used,
      free: 24 - entries.length,
      total: 24,
    });
    const inTree = this.cache.snapshot().flatMap((node) => node.blockIds);
    expect(new Set(inTree)).toEqual(new Set(entries.map((entry) => entry.blockId)));
    const { blocks, free } = this.blocks.inspect();
    assertIntegrity({
      blockSize,
      counts: { ...this.blocks.counts() },
      blocks,
      freeList: free,
      nodes: this.cache
        .snapshot()
        .map((node) => ({ ...node, tokenIds: [...node.tokenIds], blockIds: [...node.blockIds] })),
      spaces: ["shared"],
      running: this.holds.map((hold, index) => ({
        label: `hold ${index}`,
        requestId: "r",
        state: "running",
        tokenIds: [...tokensOf(hold.text), 0],
        numComputedTokens: hold.text.length,
        blockTable: hold.blockTable,
        hold: { nodeId: hold.node.id, numBlocks: hold.blockTable.length },
      })),
      waiting: [],
      requestIds: this.holds.length > 0 ? ["r"] : [],
    });
  }
}

test(
  "block manager and radix cache agree with the naive model",
  () => {
    const soak = startSoak();
    let numRuns = 0;
    const property = fc.property(
      fc.array(operation, { minLength: 1, maxLength: scale(100, 500, 100), size: "max" }),
      (operations) => {
        numRuns += 1;
        const pair = new Pair();
        for (const each of operations) {
          pair.apply(each);
          pair.check();
        }
      },
    );
    fc.assert(property, { ...propertyRuns(2000, 100_000), seed: 4 });
    soak.report(numRuns, "runs of the block manager and radix cache");
  },
  soakTimeoutMs,
);
