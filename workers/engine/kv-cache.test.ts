/** What a sequence gets from the pool and the cache, and leaves there. */
import { expect, test } from "vitest";

import { KvCache } from "./kv-cache.ts";
import { privateSpace, sharedSpace } from "./radix-cache.ts";
import { Sequence } from "./sequence.ts";
import { range } from "./testing/alone.ts";
import { request, virtualClock } from "./testing/harness.ts";

const sequence = (prompt: readonly number[], id = "r"): Sequence =>
  new Sequence(request(id, { prompt }), 0, 0);

const cache = (numBlocks = 8): KvCache => new KvCache({ numBlocks, blockSize: 4 }, virtualClock());

/** Starts from the cache, computes all of the prompt, publishes it. */
function compute(
  kv: KvCache,
  prompt: readonly number[],
  space: string | null = sharedSpace,
  id = "r",
): Sequence {
  const each = sequence(prompt, id);
  kv.hold(each, kv.match(each, space));
  kv.grow(each, kv.numBlocksWanted(each, each.numMissingTokens));
  each.numComputedTokens = each.numTokens;
  kv.publish(each);
  return each;
}

test("the last token is never taken from the cache", () => {
  const kv = cache();
  kv.release(compute(kv, range(9)));
  expect(kv.match(sequence(range(8)), sharedSpace)).toMatchObject({ numTokens: 4 });
  expect(kv.match(sequence(range(9)), sharedSpace)).toMatchObject({ numTokens: 8 });
  expect(kv.match(sequence(range(9)), null)).toBeNull();
  expect([1, 4, 5, 8, 9].map((length) => kv.maxCachedBlocks(sequence(range(length))))).toEqual([
    0, 0, 1, 1, 2,
  ]);
});

test("a sequence starts with the blocks and the tokens of its match", () => {
  const kv = cache();
  kv.release(compute(kv, range(9)));
  const next = sequence([...range(8), 50, 51]);
  const match = kv.match(next, sharedSpace);
  kv.hold(next, match);
  expect(next).toMatchObject({ blockTable: match!.blockIds, numComputedTokens: 8 });
  expect(next.cacheHold).toMatchObject({ space: sharedSpace, numBlocks: 2 });
  expect(kv.counts()).toEqual({ used: 2, cached: 0, free: 6, total: 8 });
});

test("without a match it starts from nothing", () => {
  const kv = cache();
  const each = sequence(range(9));
  kv.hold(each, null);
  expect(each).toMatchObject({ blockTable: [], numComputedTokens: 0, cacheHold: null });
});

test.each([
  [0, 1, 0, 1],
  [0, 4, 0, 1],
  [0, 5, 0, 2],
  [4, 1, 1, 1],
  [5, 3, 2, 0],
  [4, 1, 3, 0], // it has more than it needs
])(
  "with %i tokens computed, %i more and %i blocks it lacks %i",
  (numComputed, numTokens, numBlocks, wanted) => {
    const each = sequence(range(20));
    each.numComputedTokens = numComputed;
    each.blockTable = range(numBlocks);
    expect(cache().numBlocksWanted(each, numTokens)).toBe(wanted);
  },
);

test("it fits as long as free and evictable blocks last, its own match not among them", () => {
  const kv = cache(6);
  kv.release(compute(kv, range(9))); // two cached blocks, four free
  const fits = (prompt: readonly number[]): boolean => {
    const each = sequence(prompt);
    return kv.fits(each, kv.match(each, sharedSpace));
  };
  expect(fits(range(24))).toBe(true); // two matched, four free
  expect(fits(range(25))).toBe(false);
  expect(fits(range(24, 40))).toBe(true); // nothing matched, all evicted
  expect(fits(range(25, 40))).toBe(false);
  expect(kv.fits(sequence(range(24)), null)).toBe(true);
  expect(kv.fits(sequence(range(25)), null)).toBe(false);
});

test("it grows by free blocks first, then by cached ones, and not at all where both do not do", () => {
  const kv = cache(6);
  kv.release(compute(kv, range(9)));
  const each = sequence(range(20));
  expect(kv.grow(each, 3)).toBe(0);
  expect(kv.grow(each, 2)).toBe(1);
  expect(each.blockTable).toHaveLength(5);
  const before = kv.counts();
  expect(before).toEqual({ used: 5, cached: 1, free: 0, total: 6 });
  expect(kv.grow(each, 2)).toBeNull();
  expect([kv.counts(), each.blockTable.length]).toEqual([before, 5]);
  expect(kv.grow(each, 1)).toBe(1);
});

test("full blocks are published; a duplicate is freed for the block that was there", () => {
  const kv = cache();
  const [a, b] = [sequence(range(11), "a"), sequence(range(11), "b")];
  for (const each of [a, b]) {
    kv.hold(each, kv.match(each, sharedSpace));
    kv.grow(each, 3);
    each.numComputedTokens = 11;
  }
  kv.publish(a);
  expect(a.cacheHold).toMatchObject({ numBlocks: 2 });
  kv.publish(b);
  expect(b.blockTable.slice(0, 2)).toEqual(a.blockTable.slice(0, 2));
  expect(b.blockTable[2]).not.toBe(a.blockTable[2]);
  expect(kv.counts()).toEqual({ used: 4, cached: 0, free: 4, total: 8 });
  const published = [...b.blockTable];
  kv.publish(b);
  expect(b.blockTable).toEqual(published);
  kv.release(a);
  kv.release(b);
  expect(kv.counts()).toEqual({ used: 0, cached: 2, free: 6, total: 8 });
  expect(b).toMatchObject({ blockTable: [], numComputedTokens: 0, cacheHold: null });
});

test("what does not use the cache is not published, and leaves nothing", () => {
  const kv = cache();
  const each = compute(kv, range(9), null);
  expect(kv.snapshot().nodes).toEqual([]);
  kv.release(each);
  expect(kv.counts()).toMatchObject({ free: 8 });
});

test("the snapshot parts what is held from what could go; clear drops the latter", () => {
  const kv = cache();
  kv.release(compute(kv, range(9)));
  compute(kv, [...range(4), 50, 51, 52, 53, 54]);
  expect(kv.snapshot()).toMatchObject({ blockSize: 4, evictableTokens: 4, protectedTokens: 8 });
  expect(kv.snapshot().kv).toEqual(kv.counts());
  kv.clear();
  expect(kv.snapshot()).toMatchObject({ evictableTokens: 0, protectedTokens: 8 });
  expect(kv.counts()).toEqual({ used: 3, cached: 0, free: 5, total: 8 });
});

test("what samples shared among themselves goes with their request", () => {
  const kv = cache();
  kv.release(compute(kv, range(9), privateSpace("r")));
  expect(kv.match(sequence(range(9)), sharedSpace)?.numTokens).toBe(0);
  kv.dropPrivateSpace("other");
  expect(kv.counts()).toMatchObject({ cached: 2 });
  kv.dropPrivateSpace("r");
  expect(kv.counts()).toMatchObject({ cached: 0, free: 8 });
});

test("a new pool has the new shape and knows nothing of the old", () => {
  const kv = cache();
  kv.release(compute(kv, range(9)));
  kv.reset({ numBlocks: 3, blockSize: 2 });
  expect([kv.blockSize, kv.counts(), kv.snapshot().nodes]).toEqual([
    2,
    { used: 0, cached: 0, free: 3, total: 3 },
    [],
  ]);
});
