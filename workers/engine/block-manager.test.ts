/** The pool's books: what moves between free, used and cached, and which moves are refused as bugs. */
import { expect, test } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import { BlockManager } from "./block-manager.ts";

/** Four blocks: 0 used once, 1 used and cached, 2 cached alone, 3 free. */
function pool(): BlockManager {
  const manager = new BlockManager(4, 2);
  manager.allocate(3);
  manager.addToCache([1, 2]);
  manager.release([2]);
  return manager;
}

test("each block is counted in one place", () => {
  const manager = pool();
  expect(manager.counts()).toEqual({ used: 2, cached: 1, free: 1, total: 4 });
  expect(manager.numEvictable).toBe(1);
  manager.share([2, 0]);
  expect(manager.counts()).toEqual({ used: 3, cached: 0, free: 1, total: 4 });
  manager.release([0, 1, 2]);
  expect(manager.counts()).toEqual({ used: 1, cached: 2, free: 1, total: 4 });
  manager.release([0]);
  manager.removeFromCache([1, 2]);
  expect(manager.counts()).toEqual({ used: 0, cached: 0, free: 4, total: 4 });
});

test("a new pool is handed out from its start, and the block freed last is used first", () => {
  const manager = new BlockManager(6, 2);
  expect(manager.allocate(4)).toEqual([0, 1, 2, 3]);
  manager.release([2, 0]);
  expect(manager.allocate(3)).toEqual([0, 2, 4]);
  expect(manager.allocate(1)).toEqual([5]);
  expect(manager.numFree).toBe(0);
});

test.each<[string, (manager: BlockManager) => unknown, string]>([
  ["more than is free", (manager) => manager.allocate(2), "2 blocks asked for, 1 free"],
  ["sharing a free block", (manager) => manager.share([3]), "block 3 is free and cannot be shared"],
  [
    "releasing a cached block that nobody holds",
    (manager) => manager.release([2]),
    "block 2 is released more often than it was taken",
  ],
  ["releasing a free block", (manager) => manager.release([3]), "block 3 is released more often"],
  ["caching a block twice", (manager) => manager.addToCache([1]), "block 1 cannot enter the cache"],
  ["caching a free block", (manager) => manager.addToCache([3]), "block 3 cannot enter the cache"],
  ["evicting a held block", (manager) => manager.removeFromCache([1]), "block 1 cannot be evicted"],
  ["evicting what is not cached", (manager) => manager.removeFromCache([3]), "block 3 cannot be evicted"],
  ["a block that is not there", (manager) => manager.share([4]), "there is no block 4 in a pool of 4"],
])("%s is a bug, and changes nothing", (_, action, message) => {
  const manager = pool();
  const before = { ...manager.inspect(), counts: manager.counts() };
  const error = thrownBy(() => action(manager));
  expect(error).toBeInstanceOf(InferscopeError);
  expect(error).toMatchObject({ kind: "internal" });
  expect(String(error)).toContain(`block manager: ${message}`);
  expect({ ...manager.inspect(), counts: manager.counts() }).toEqual(before);
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}
