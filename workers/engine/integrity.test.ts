/** Each row of the table is broken once, and must be the one that is reported. */
import { expect, test } from "vitest";

import { type IntegrityView, assertIntegrity, integrityView, invariants } from "./integrity.ts";
import { KvCache } from "./kv-cache.ts";
import { Scheduler } from "./scheduler.ts";
import { Sequence } from "./sequence.ts";
import { request, virtualClock } from "./testing/harness.ts";
import { defaultPolicy } from "../../protocol/index.ts";

/** Two running sequences with a common prefix of two blocks, and one that waits. */
function healthyView(): IntegrityView {
  const kv = new KvCache({ numBlocks: 16, blockSize: 2 }, virtualClock());
  const scheduler = new Scheduler(kv, { ...defaultPolicy, maxNumSeqs: 2 });
  const prompts = { a: [1, 2, 3, 4, 5, 6, 7], b: [1, 2, 3, 4, 9, 9, 9], c: [8, 8, 8] };
  const add = (id: keyof typeof prompts): void =>
    scheduler.add(new Sequence(request(id, { prompt: prompts[id] }), 0, 0));
  add("a");
  add("b");
  for (let step = 0; step < 2; step += 1) {
    for (const { sequence, numTokens } of scheduler.schedule().scheduled) {
      sequence.numComputedTokens += numTokens;
      kv.publish(sequence);
      if (sequence.numMissingTokens === 0) sequence.tokenIds.push(5 + step);
    }
  }
  add("c");
  return integrityView(kv, scheduler, Object.keys(prompts));
}

const sabotage: Record<keyof typeof invariants, (view: IntegrityView) => void> = {
  "free + cached + used === total": (view) => (view.counts.free -= 1),
  "a block is on the free list once, and only while nobody owns it": (view) => {
    view.freeList.push(view.running[0]!.blockTable[0]!);
  },
  "refCount equals the block tables that hold the block": (view) => {
    view.blocks[view.running[0]!.blockTable.at(-1)!]!.refCount += 1;
  },
  "a cached block belongs to exactly one node": (view) => {
    view.blocks[view.running[0]!.blockTable[0]!]!.inCache = false;
  },
  "lockCount equals the sequences that hold the node or one below": (view) => {
    view.nodes[0]!.lockCount += 1;
  },
  "lockCount equals the refCount of the node's blocks": (view) => {
    view.blocks[view.nodes[0]!.blockIds[0]!]!.refCount += 1;
  },
  "a node has blocks, and blockSize tokens for each": (view) => {
    view.nodes[0]!.tokenIds.pop();
  },
  "siblings differ in their first block": (view) => {
    const [first, second] = view.nodes.filter((node) => node.parentId !== null);
    second!.tokenIds.splice(0, 2, ...first!.tokenIds.slice(0, 2));
  },
  "a running sequence has the blocks of its computed tokens": (view) => {
    view.running[0]!.numComputedTokens += 2;
  },
  "a held prefix is the path to its node": (view) => view.running[1]!.blockTable.reverse(),
  "only running sequences hold blocks": (view) => (view.running[0]!.state = "preempted"),
  "queues and private spaces belong to live requests": (view) => view.requestIds.pop(),
};

test("a healthy state passes, and is the one we mean", () => {
  const view = healthyView();
  assertIntegrity(view);
  expect(view.running.map(({ hold }) => hold?.numBlocks)).toEqual([4, 3]);
  expect(view.nodes).toHaveLength(3);
  expect(view.waiting.map(({ requestId }) => requestId)).toEqual(["c"]);
});

test.each(Object.keys(invariants))("broken: %s", (name) => {
  const view = healthyView();
  sabotage[name]!(view);
  expect(() => assertIntegrity(view)).toThrow(name);
});

test("a private space that outlives its request is found", () => {
  const view = healthyView();
  view.spaces.push("request gone");
  expect(() => assertIntegrity(view)).toThrow('the space "request gone" outlived its request');
});
