/** Each row of the table is broken once, and must be the one that is reported. */
import { expect, test } from "vitest";

import { type IntegrityView, assertIntegrity, integrityView, invariants } from "./integrity.ts";
import { KvCache } from "./kv-cache.ts";
import { Scheduler } from "./scheduler.ts";
import { Sequence } from "./sequence.ts";
import { request, virtualClock } from "./testing/harness.ts";
import { defaultPolicy } from "../../protocol/index.ts";

/**
 * a and b run with a common prefix of two blocks, d runs without the cache, c waits; a cached
 * block of a request that has ended is held by nobody.
 */
function healthyView(): IntegrityView {
  const kv = new KvCache({ numBlocks: 16, blockSize: 2 }, virtualClock());
  const scheduler = new Scheduler(kv, { ...defaultPolicy, maxNumSeqs: 3 });
  const prompts = {
    a: [1, 2, 3, 4, 5, 6, 7],
    b: [1, 2, 3, 4, 9, 9, 9],
    c: [8, 8, 8],
    d: [1, 2, 3],
    ended: [7, 7, 7],
  };
  const step = (output: number): void => {
    for (const { sequence, numTokens } of scheduler.schedule().scheduled) {
      sequence.numComputedTokens += numTokens;
      kv.publish(sequence);
      if (sequence.numMissingTokens === 0) sequence.tokenIds.push(output);
    }
  };
  const add = (id: keyof typeof prompts): void =>
    scheduler.add(new Sequence(request(id, { prompt: prompts[id], usePrefixCache: id !== "d" }), 0, 0));
  add("ended");
  step(4);
  scheduler.remove(scheduler.running[0]!);
  for (const id of ["a", "b", "d"] as const) add(id);
  step(5);
  step(6);
  add("c");
  return integrityView(kv, scheduler, ["a", "b", "c", "d"]);
}

type Sabotage = (view: IntegrityView) => unknown;

const own = (view: IntegrityView) => view.running[0]!.blockTable.at(-1)!;
const cachedFree = (view: IntegrityView) =>
  view.blocks.findIndex(({ refCount, inCache }) => refCount === 0 && inCache);
const ofNode = (view: IntegrityView, id: number) => view.nodes.find(({ blockIds }) => blockIds.includes(id))!;
const children = (view: IntegrityView) => view.nodes.filter(({ parentId }) => parentId !== null);

const sabotage: Record<keyof typeof invariants, Readonly<Record<string, Sabotage>>> = {
  "free + cached + used === total": {
    "a free block too few counted": (view) => (view.counts.free -= 1),
    "a used one too many": (view) => (view.counts.used += 1),
    "a cached one too many": (view) => (view.counts.cached += 1),
    "used and free mistaken": (view) => {
      view.counts.used += 1;
      view.counts.free -= 1;
    },
    "cached and free mistaken": (view) => {
      view.counts.cached += 1;
      view.counts.free -= 1;
    },
    "used and cached mistaken": (view) => {
      view.counts.used += 1;
      view.counts.cached -= 1;
    },
    "a block lost from the free list and its count": (view) => {
      view.freeList.pop();
      view.counts.free -= 1;
    },
    "a block nobody counted": (view) => view.blocks.push({ refCount: 0, inCache: false }),
  },
  "a block is on the free list once, and only while nobody owns it": {
    "a used one is on it": (view) => view.freeList.push(own(view)),
    "a cached one is on it": (view) => view.freeList.push(cachedFree(view)),
    "one is on it twice": (view) => view.freeList.push(view.freeList[0]!),
    "one is missing": (view) => view.freeList.pop(),
  },
  "refCount equals the block tables that hold the block": {
    "one too many": (view) => (view.blocks[own(view)]!.refCount += 1),
    "one that nobody holds": (view) => (view.blocks[view.freeList[0]!]!.refCount = 1),
    "a waiting sequence holds one": (view) => view.waiting[0]!.blockTable.push(own(view)),
  },
  "a cached block belongs to exactly one node": {
    "to a node, and is not cached": (view) => (view.blocks[view.running[0]!.blockTable[0]!]!.inCache = false),
    "is cached, and to none": (view) => (view.blocks[view.freeList[0]!]!.inCache = true),
    "to two": (view) => view.nodes[0]!.blockIds.push(view.nodes.at(-1)!.blockIds[0]!),
  },
  "lockCount equals the sequences that hold the node or one below": {
    "one too many on a parent": (view) =>
      (view.nodes.find(({ lockCount }) => lockCount === 2)!.lockCount += 1),
    "one where nobody holds": (view) => (ofNode(view, cachedFree(view)).lockCount = 1),
  },
  "lockCount equals the refCount of the node's blocks": {
    "a block held once more": (view) => (view.blocks[view.nodes[0]!.blockIds[0]!]!.refCount += 1),
    "a block that is not in the pool": (view) => (view.nodes[0]!.blockIds[0] = 99),
  },
  "a node has blocks, and blockSize tokens for each": {
    "a token short": (view) => view.nodes[0]!.tokenIds.pop(),
    "nothing at all": (view) => {
      view.nodes[0]!.tokenIds = [];
      view.nodes[0]!.blockIds = [];
    },
  },
  "siblings differ in their first block": {
    "two below one node": (view) => {
      const [first, second] = children(view);
      second!.tokenIds.splice(0, 2, ...first!.tokenIds.slice(0, 2));
    },
    "two below one node, with a space beside": (view) => {
      const [first, second] = children(view);
      second!.tokenIds.splice(0, 2, ...first!.tokenIds.slice(0, 2));
      view.spaces.push("request a");
    },
    "two at the top": (view) => {
      const [first, second] = view.nodes.filter(({ parentId }) => parentId === null);
      second!.tokenIds.splice(0, 2, ...first!.tokenIds.slice(0, 2));
    },
  },
  "a running sequence has the blocks of its computed tokens": {
    "a block short": (view) => (view.running[0]!.numComputedTokens += 2),
    "nothing left to compute": ({ running: [first] }) =>
      (first!.tokenIds = first!.tokenIds.slice(0, first!.numComputedTokens)),
  },
  "a held prefix is the path to its node": {
    "other blocks": (view) => view.running[2]!.blockTable.reverse(),
    "other tokens": ({ running: [first] }) => (first!.tokenIds = [9, ...first!.tokenIds.slice(1)]),
    "a node that is not there": (view) => (view.running[0]!.hold!.nodeId = 99),
    "more blocks than the path has": (view) => (view.running[0]!.hold!.numBlocks += 1),
  },
  "only running sequences hold blocks": {
    "a running one is not": (view) => (view.running[0]!.state = "preempted"),
    "a waiting one runs": (view) => (view.waiting[0]!.state = "running"),
    "a waiting one has finished": (view) => (view.waiting[0]!.state = "finished"),
    "a waiting one has a block": (view) => view.waiting[0]!.blockTable.push(view.freeList[0]!),
    "a waiting one holds a prefix": (view) =>
      (view.waiting[0]!.hold = { nodeId: view.nodes[0]!.id, numBlocks: 1 }),
  },
  "queues and private spaces belong to live requests": {
    "a running one has ended": (view) => view.requestIds.splice(0, 1),
    "a waiting one has ended": (view) => view.requestIds.splice(2, 1),
    "one is in no queue": (view) => view.requestIds.push("lost"),
    "a space of a request that has ended": (view) => view.spaces.push("request ended"),
  },
};

test("a healthy state passes, and is the one we mean", () => {
  const view = healthyView();
  assertIntegrity(view);
  expect(view.running.map(({ hold }) => hold?.numBlocks ?? null)).toEqual([4, null, 3]);
  expect(view.nodes).toHaveLength(4);
  expect(view.counts).toMatchObject({ cached: 1 });
  expect(view.waiting.map(({ requestId }) => requestId)).toEqual(["c"]);
});

test.each<[string, Sabotage]>([
  ["a preempted sequence waits", (view) => (view.waiting[0]!.state = "preempted")],
  ["a live request has a private space", (view) => view.spaces.push("request a")],
  [
    "spaces apart have equal nodes at the top",
    (view) => {
      view.spaces.push("request a");
      const [first, second] = view.nodes.filter(({ parentId }) => parentId === null);
      second!.tokenIds.splice(0, 2, ...first!.tokenIds.slice(0, 2));
    },
  ],
  ["a child starts like its parent", (view) => (children(view)[0]!.tokenIds = [1, 2])],
])("healthy: %s", (_, change) => {
  const view = healthyView();
  change(view);
  // The last row's tokens belong to a held path, which another invariant watches.
  for (const name of [
    "only running sequences hold blocks",
    "queues and private spaces belong to live requests",
    "siblings differ in their first block",
  ]) {
    expect(invariants[name]!(view)).toBeNull();
  }
});

const rows = Object.entries(sabotage).flatMap(([name, ways]) =>
  Object.entries(ways).map(([what, change]) => [name, what, change] as const),
);

test("each invariant is broken in some way", () => {
  expect(Object.keys(sabotage)).toEqual(Object.keys(invariants));
});

test.each(rows)("broken: %s (%s)", (name, _, change) => {
  const view = healthyView();
  change(view);
  expect(() => assertIntegrity(view)).toThrow(name);
});
