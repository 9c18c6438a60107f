/** Single steps of the scheduler, over a real cache and without a model. */
import { describe, expect, test } from "vitest";

import { defaultPolicy, type EnginePolicy } from "../../protocol/index.ts";
import { KvCache } from "./kv-cache.ts";
import type { TokenConstraint } from "./request.ts";
import { type Schedule, Scheduler } from "./scheduler.ts";
import { Sequence } from "./sequence.ts";
import { range } from "./testing/alone.ts";
import { request, type RequestSpec, virtualClock } from "./testing/harness.ts";

class Bench {
  readonly kv: KvCache;
  readonly scheduler: Scheduler;
  #policy: EnginePolicy;
  #arrivals = 0;

  constructor(policy: Partial<EnginePolicy> = {}) {
    this.#policy = { ...defaultPolicy, numBlocks: 16, blockSize: 4, maxNumBatchedTokens: 32, ...policy };
    this.kv = new KvCache(this.#policy, virtualClock());
    this.scheduler = new Scheduler(this.kv, this.#policy);
  }

  configure(change: Partial<EnginePolicy>): void {
    this.#policy = { ...this.#policy, ...change };
    this.scheduler.configure(this.#policy);
  }

  add(id: string, prompt: readonly number[], spec: Partial<RequestSpec> = {}, choice = 0): Sequence {
    const sequence = new Sequence(request(id, { prompt, ...spec }), choice, this.#arrivals);
    this.#arrivals += 1;
    this.scheduler.add(sequence);
    return sequence;
  }

  /** One step, its model run included: what is complete draws token 90. Rows are "id:tokens phase". */
  step(): { rows: string[]; plan: Schedule } {
    const plan = this.scheduler.schedule();
    const rows = plan.scheduled.map(
      ({ sequence, numTokens, phase }) => `${sequence.label}:${numTokens} ${phase}`,
    );
    for (const { sequence, numTokens } of plan.scheduled) {
      sequence.numComputedTokens += numTokens;
      this.kv.publish(sequence);
      if (sequence.numMissingTokens === 0) sequence.tokenIds.push(90);
    }
    return { rows, plan };
  }

  rows(count: number): string[][] {
    return Array.from({ length: count }, () => this.step().rows);
  }
}

const labels = (sequences: readonly Sequence[]): string[] => sequences.map(({ label }) => label);

describe("a step", () => {
  test("a prompt is a prefill to its last token, of one token too; then come decodes", () => {
    const bench = new Bench({ maxNumBatchedTokens: 8 });
    bench.add("one", [1]);
    bench.add("nine", range(9, 20));
    expect(bench.rows(3)).toEqual([
      ["one:1 prefill", "nine:7 prefill"],
      ["one:1 decode", "nine:2 prefill"],
      ["one:1 decode", "nine:1 decode"],
    ]);
  });

  test("in one piece, a prompt waits until the budget has room, decodes go on", () => {
    const bench = new Bench({ chunkedPrefill: false, maxNumBatchedTokens: 8 });
    bench.add("a", range(6));
    bench.add("b", range(6, 40));
    expect(bench.rows(3)).toEqual([
      ["a:6 prefill"],
      ["a:1 decode", "b:6 prefill"],
      ["a:1 decode", "b:1 decode"],
    ]);
  });

  test("what runs is served before what waits; the budget may leave nothing for the latter", () => {
    const bench = new Bench({ maxNumBatchedTokens: 2 });
    for (const [index, id] of ["a", "b", "c"].entries()) bench.add(id, [index + 1]);
    expect(bench.rows(2)).toEqual([
      ["a:1 prefill", "b:1 prefill"],
      ["a:1 decode", "b:1 decode"],
    ]);
    expect(labels(bench.scheduler.waiting)).toEqual(["c"]);
  });

  test("nobody behind the first that does not fit is admitted", () => {
    const bench = new Bench({ numBlocks: 4 });
    bench.add("a", range(9)); // three of four blocks
    bench.step();
    bench.add("large", range(8, 20));
    bench.add("small", [50]);
    bench.step();
    expect(labels(bench.scheduler.running)).toEqual(["a"]);
    expect(labels(bench.scheduler.waiting)).toEqual(["large", "small"]);
  });

  test("at most maxNumSeqs run", () => {
    const bench = new Bench({ maxNumSeqs: 2 });
    for (const [index, id] of ["a", "b", "c"].entries()) bench.add(id, range(3, 10 * index + 1));
    bench.step();
    expect(labels(bench.scheduler.running)).toEqual(["a", "b"]);
  });
});

describe("preemption", () => {
  /** Two prompts of two blocks each fill the pool of four; the next token wants a fifth. */
  const full = (): { bench: Bench; a: Sequence; b: Sequence } => {
    const bench = new Bench({ numBlocks: 4, prefixCache: false });
    const a = bench.add("a", range(8));
    const b = bench.add("b", range(8, 40), { n: 2, usePrefixCache: false }, 1);
    bench.step();
    return { bench, a, b };
  };

  test("takes the newest that runs, says why, and what it loses", () => {
    const { bench, a, b } = full();
    const { rows, plan } = bench.step();
    expect(rows).toEqual(["a:1 decode"]);
    expect(plan.preemptions).toEqual([
      { requestId: "b", choice: 1, reason: "1 block wanted by a, 0 free, 0 evictable", numTokensLost: 8 },
    ]);
    expect(b).toMatchObject({ state: "preempted", numPreemptions: 1, numComputedTokens: 0, blockTable: [] });
    expect(a).toMatchObject({ state: "running", numPreemptions: 0 });
    expect(labels(bench.scheduler.running)).toEqual(["a"]);
  });

  test("a step that preempts admits nobody; the preempted one waits in front", () => {
    const { bench } = full();
    bench.add("tiny", [1]);
    expect(bench.step().rows).toEqual(["a:1 decode"]);
    expect(labels(bench.scheduler.waiting)).toEqual(["b (choice 1)", "tiny"]);
  });

  test("the one that wants the block goes itself where it is the newest", () => {
    const bench = new Bench({ numBlocks: 4, prefixCache: false });
    bench.add("a", range(5));
    bench.add("b", range(8, 40));
    bench.step();
    const { rows, plan } = bench.step();
    expect(rows).toEqual(["a:1 decode"]);
    expect(plan.preemptions.map(({ requestId, reason }) => [requestId, reason])).toEqual([
      ["b", "1 block wanted by b, 0 free, 0 evictable"],
    ]);
  });

  test("cached blocks go first, and the step says how many and for whom", () => {
    const bench = new Bench({ numBlocks: 4 });
    const old = bench.add("old", range(9));
    bench.step();
    bench.scheduler.remove(old); // leaves two cached blocks, two free
    bench.add("a", range(13, 40));
    const { plan } = bench.step();
    expect(plan.preemptions).toEqual([]);
    expect(plan.evictions).toEqual([{ numBlocks: 2, numTokens: 8, reason: "4 blocks wanted by a, 2 free" }]);
    expect(bench.step().plan.evictions).toEqual([]);
  });
});

describe("prefixes", () => {
  test("a sequence whose next block another one computes waits for it", () => {
    const bench = new Bench({ maxNumBatchedTokens: 6 });
    bench.add("a", range(12));
    bench.add("same", [...range(8), 50]);
    bench.add("other", [60]);
    expect(bench.rows(3)).toEqual([
      ["a:6 prefill"], // nothing of the budget is left
      ["a:6 prefill"],
      ["a:1 decode", "same:1 prefill", "other:1 prefill"],
    ]);
  });

  test("and lets the ones behind it pass", () => {
    const bench = new Bench({ maxNumBatchedTokens: 8 });
    bench.add("a", range(14));
    bench.add("same", [...range(12), 50]);
    bench.add("other", [60]);
    expect(bench.rows(3)).toEqual([
      ["a:8 prefill"],
      ["a:6 prefill", "other:1 prefill"],
      ["a:1 decode", "other:1 decode", "same:1 prefill"],
    ]);
  });

  test.each<[string, readonly number[], boolean]>([
    ["the same next block", [...range(4), 50], true],
    ["a next block that parts at its last token", [1, 2, 3, 60, 50], false],
    ["a next block that parts at its first token", [60, 2, 3, 4, 50], false],
    ["no full block", range(4), false],
  ])("with %s of what runs next (%j) it waits: %s", (_, prompt, waits) => {
    const bench = new Bench({ maxNumBatchedTokens: 2 });
    bench.add("a", range(9));
    bench.step();
    bench.add("b", prompt);
    // a computes its next six tokens, and there is some room for b.
    bench.configure({ maxNumBatchedTokens: 8 });
    expect(bench.step().rows.length).toBe(waits ? 1 : 2);
  });

  test("it does not wait for a block that the running one will not fill", () => {
    const bench = new Bench();
    bench.add("a", range(3));
    bench.step(); // three prompt tokens and one drawn, 90
    bench.add("b", [...range(3), 90, 5]);
    // The fourth token of a fills the block in this very step: b waits for it.
    expect(bench.step().rows).toEqual(["a:1 decode"]);
    const other = new Bench();
    other.add("a", range(2));
    other.step();
    other.add("b", [...range(2), 90, 91, 5]);
    expect(other.step().rows).toEqual(["a:1 decode", "b:5 prefill"]);
  });

  test("only what shares the space is waited for", () => {
    const bench = new Bench();
    bench.add("a", range(9), { usePrefixCache: false });
    bench.add("b", range(9));
    bench.add("c", range(9), { usePrefixCache: false });
    expect(bench.step().rows).toEqual(["a:9 prefill", "b:9 prefill", "c:9 prefill"]);
  });

  test("with the cache off, samples of one request share, and nobody else", () => {
    const bench = new Bench({ prefixCache: false });
    const spec = { n: 2 };
    bench.add("r", range(9), spec, 0);
    bench.add("r", range(9), spec, 1);
    bench.add("other", range(9), { n: 2 });
    bench.add("alone", range(9));
    expect(bench.step().rows).toEqual([
      "r (choice 0):9 prefill",
      "other (choice 0):9 prefill",
      "alone:9 prefill",
    ]);
    expect(bench.step().rows.slice(3)).toEqual(["r (choice 1):1 prefill"]);
    expect(bench.kv.cache.spaces()).toEqual(["request r", "request other"]);
  });

  test("cached tokens are counted of the prompt alone, the first time for good", () => {
    const bench = new Bench({ numBlocks: 32 });
    const a = bench.add("a", range(6));
    bench.rows(4);
    expect(a).toMatchObject({ numCachedTokens: 0, firstNumCachedTokens: 0 });
    // As if preempted: its two published blocks hold prompt and output.
    bench.scheduler.remove(a);
    a.state = "preempted";
    bench.scheduler.add(a);
    bench.step();
    expect(a).toMatchObject({ numCachedTokens: 6, firstNumCachedTokens: 0 });
  });
});

describe("order", () => {
  test("whoever came earlier counts each time that a later one is admitted", () => {
    const bench = new Bench({ order: "longest-prefix", maxNumSeqs: 1 });
    const warm = bench.add("warm", range(9));
    bench.step();
    const [cold, hot, late] = [
      bench.add("cold", range(9, 40)),
      bench.add("hot", range(9)),
      bench.add("late", range(9, 60)),
    ];
    bench.scheduler.remove(warm);
    bench.step();
    expect(labels(bench.scheduler.running)).toEqual(["hot"]);
    expect([cold, hot, late].map(({ numTimesOvertaken }) => numTimesOvertaken)).toEqual([1, 0, 0]);
  });

  test("changing another setting leaves a static batch as it is", () => {
    const bench = new Bench({ batching: "static", maxNumSeqs: 2, maxNumBatchedTokens: 4 });
    const [a, b] = [bench.add("a", range(4)), bench.add("b", range(4, 20))];
    bench.add("c", [60]);
    expect(bench.step().rows).toEqual(["a:4 prefill"]);
    bench.scheduler.remove(a);
    bench.configure({ maxNumBatchedTokens: 32 });
    // b is of the batch that a began; c is not.
    expect(bench.step().rows).toEqual(["b:4 prefill"]);
    bench.configure({ batching: "continuous" });
    expect(bench.step().rows).toEqual(["b:1 decode", "c:1 prefill"]);
    expect(b.state).toBe("running");
  });

  test("order and chunks follow a change at once", () => {
    const bench = new Bench({ maxNumBatchedTokens: 4, maxNumSeqs: 1 });
    bench.add("warm", range(9));
    bench.configure({ chunkedPrefill: false });
    expect(bench.step().rows).toEqual(["warm:9 prefill"]);
    bench.add("cold", range(5, 40));
    bench.add("hot", range(9));
    bench.configure({ order: "longest-prefix", maxNumSeqs: 2 });
    expect(bench.step().rows).toEqual(["warm:1 decode", "hot:1 prefill"]);
  });
});

describe("removing", () => {
  test("gives back blocks and place, whatever the state, and disposes of the constraint", () => {
    const bench = new Bench();
    const disposed: string[] = [];
    const constraint = (id: string): TokenConstraint => ({
      allowed: () => Promise.reject(new Error("not asked")),
      accept: () => false,
      dispose: () => disposed.push(id),
    });
    const [a, b] = [bench.add("a", range(9), { usePrefixCache: false }), bench.add("b", range(9))];
    a.constraint = constraint("a");
    bench.step();
    const c = bench.add("c", range(9, 30));
    c.constraint = constraint("c");
    for (const each of [c, a, b]) {
      bench.scheduler.remove(each);
      bench.scheduler.remove(each);
      expect(each.state).toBe("finished");
      expect(each.constraint).toBeNull();
    }
    expect(disposed).toEqual(["c", "a"]);
    expect(bench.scheduler.running).toEqual([]);
    expect(bench.scheduler.waiting).toEqual([]);
    expect(bench.kv.counts()).toEqual({ used: 0, cached: 2, free: 14, total: 16 });
    expect(bench.step().rows).toEqual([]);
  });
});
