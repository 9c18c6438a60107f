import { describe, expect, test } from "vitest";

import { epochMs } from "../../protocol/index.ts";
import { alone, kindOf, range } from "./testing/alone.ts";
import { Harness } from "./testing/harness.ts";

describe("sharing", () => {
  test("sixteen requests with one prefix, submitted at once to an empty cache, compute it once", async () => {
    const prefix = range(64);
    const prompts = Array.from({ length: 16 }, (_, index) => [...prefix, 50 + index, 3]);
    const harness = await Harness.create({ numBlocks: 256, maxNumBatchedTokens: 64 });
    prompts.forEach((prompt, index) => harness.submit(`r${index}`, { prompt }));
    await harness.engine.whenIdle();
    // The prefix, two prompt tokens of its own and 7 of 8 output tokens for each.
    expect(harness.runner.numComputedTokens).toBe(64 + 16 * 2 + 16 * 7);
    expect(Math.max(...harness.steps.map((step) => step.sequences.length))).toBe(16);
    for (const [index, prompt] of prompts.entries()) {
      expect(harness.tokens(`r${index}`)).toEqual(await alone({ prompt }));
    }
    expect(harness.engine.snapshot().kv.used).toBe(0);
  });

  test("a second request starts from the cache, and the trace says so", async () => {
    const harness = await Harness.create();
    harness.submit("first", { prompt: range(18) });
    await harness.engine.whenIdle();
    harness.submit("second", { prompt: range(18) });
    await harness.engine.whenIdle();
    const end = harness.end("second");
    expect(end.type === "finished" && end.metrics.numCachedTokens).toBe(16);
    const row = harness.steps.flatMap((step) => step.sequences).find((each) => each.requestId === "second");
    expect(row).toMatchObject({ numCachedTokens: 16, numScheduledTokens: 2, numComputedTokens: 18 });
    expect(harness.tokens("second")).toEqual(harness.tokens("first"));
  });

  test("the last prompt token is computed even when all of the prompt is cached", async () => {
    const harness = await Harness.create();
    for (const id of ["first", "second"]) {
      harness.submit(id, { prompt: range(16) });
      await harness.engine.whenIdle();
    }
    const end = harness.end("second");
    expect(end.type === "finished" && end.metrics.numCachedTokens).toBe(12);
  });

  test.each([true, false])("n samples compute their prompt once (prefix cache: %s)", async (prefixCache) => {
    const harness = await Harness.create({ prefixCache, maxNumBatchedTokens: 256 });
    harness.submit("r", { prompt: range(41), n: 4, temperature: 1, seed: 7, maxTokens: 6 });
    await harness.engine.whenIdle();
    expect(harness.runner.numComputedTokens).toBe(40 + 4 * 1 + 4 * 5);
    const choices = harness.end("r").choices!;
    expect(new Set(choices.map((choice) => choice.tokenIds.join())).size).toBe(4);
    for (const { index, tokenIds } of choices) {
      expect(tokenIds).toEqual(
        await alone({ prompt: range(41), temperature: 1, seed: 7 + index, maxTokens: 6 }),
      );
    }
    expect(harness.engine.snapshot().nodes.length > 0).toBe(prefixCache);
  });

  test("a request that does not use the cache neither reads nor fills it", async () => {
    const harness = await Harness.create();
    harness.submit("a", { prompt: range(18), usePrefixCache: false });
    await harness.engine.whenIdle();
    expect(harness.engine.snapshot().nodes).toEqual([]);
    expect(harness.engine.snapshot().kv).toEqual({ used: 0, cached: 0, free: 64, total: 64 });
  });
});

describe("pressure", () => {
  test("a small pool preempts and evicts, says why, and changes no token", async () => {
    const harness = await Harness.create({ numBlocks: 12 });
    const specs = Array.from({ length: 6 }, (_, index) => ({ prompt: range(15, index + 1), maxTokens: 20 }));
    specs.forEach((spec, index) => harness.submit(`r${index}`, spec));
    await harness.engine.whenIdle();
    // A step that preempts admits nobody: all of its sequences ran in the step before.
    harness.steps.forEach((step, index) => {
      if (step.preemptions.length === 0) return;
      const before = harness.steps[index - 1]!.sequences.map((row) => row.requestId);
      for (const { requestId } of step.sequences) expect(before).toContain(requestId);
    });
    const preemptions = harness.steps.flatMap((step) => step.preemptions);
    const evictions = harness.steps.flatMap((step) => step.evictions);
    expect(preemptions.length).toBeGreaterThan(0);
    expect(preemptions[0]?.reason).toMatch(/^1 block wanted by r\d, 0 free, 0 evictable$/);
    expect(evictions[0]?.reason).toMatch(/^\d+ blocks? wanted by r\d, \d+ free$/);
    expect(evictions[0]?.numTokens).toBe((evictions[0]?.numBlocks ?? 0) * 4);
    for (const [index, spec] of specs.entries()) {
      expect(harness.tokens(`r${index}`)).toEqual(await alone(spec));
    }
    const counted = specs.map((_, index) => harness.end(`r${index}`));
    const total = counted.reduce(
      (sum, end) => sum + (end.type === "finished" ? end.metrics.numPreemptions : 0),
      0,
    );
    expect(total).toBe(preemptions.length);
  });

  test("a preempted sequence comes back before one that never ran", async () => {
    const harness = await Harness.create({ numBlocks: 8, maxNumSeqs: 2 });
    for (let index = 0; index < 3; index += 1) {
      harness.submit(`r${index}`, { prompt: range(7, index * 20 + 1), maxTokens: 14 });
    }
    await harness.engine.whenIdle();
    expect(harness.steps.flatMap((step) => step.preemptions.map((each) => each.requestId))).toContain("r1");
    expect([...harness.terminals.keys()]).toEqual(["r0", "r1", "r2"]);
  });

  test("what can never fit is refused at once, with the numbers", async () => {
    const harness = await Harness.create({ numBlocks: 8 });
    const pool = (): void => harness.submit("pool", { prompt: range(30), maxTokens: 4 });
    expect(kindOf(pool)).toBe("request-too-large");
    expect(pool).toThrow("30 prompt tokens and up to 4 output tokens need 9 KV blocks, the pool has 8");
    expect(() => harness.submit("fits", { prompt: range(30), maxTokens: 3 })).not.toThrow();
    const context = (): void => harness.submit("context", { prompt: range(256) });
    expect(context).toThrow("the prompt has 256 tokens, the model's context window of 256");
    await harness.engine.whenIdle();
    expect(harness.tokens("fits")).toHaveLength(3);
  });

  test("the token budget bounds a step; unchunked, one long prompt may exceed it", async () => {
    const run = async (chunkedPrefill: boolean): Promise<number[]> => {
      const harness = await Harness.create({ chunkedPrefill, maxNumBatchedTokens: 16, numBlocks: 256 });
      for (let index = 0; index < 4; index += 1)
        harness.submit(`r${index}`, { prompt: range(40, index + 1) });
      await harness.engine.whenIdle();
      return harness.steps.map((step) => step.numPrefillTokens + step.numDecodeTokens);
    };
    expect(Math.max(...(await run(true)))).toBe(16);
    expect(Math.max(...(await run(false)))).toBe(43);
  });
});

describe("time to live", () => {
  /** Serves the same prompt at each of these times, seconds; cached tokens and what expired. */
  const serveAt = async (seconds: readonly number[], cacheTtlSeconds: number | null) => {
    let time = 0;
    const harness = await Harness.create({ cacheTtlSeconds }, {}, () => epochMs(time * 1000));
    const cached: (number | null)[] = [];
    for (const [index, second] of seconds.entries()) {
      time = second;
      harness.submit(`r${index}`, { prompt: range(18) });
      await harness.engine.whenIdle();
      const end = harness.end(`r${index}`);
      cached.push(end.type === "finished" ? end.metrics.numCachedTokens : null);
      expect(harness.tokens(`r${index}`)).toEqual(await alone({ prompt: range(18) }));
    }
    return { cached, evictions: harness.steps.flatMap((step) => step.evictions), harness };
  };

  test("a prefix is found until it was unused for longer, and every use counts anew", async () => {
    const { cached, evictions } = await serveAt([0, 30, 60, 91], 30);
    expect(cached).toEqual([0, 16, 16, 0]);
    // 18 prompt tokens and 7 of 8 output tokens fill 6 blocks of 4.
    expect(evictions).toEqual([{ numBlocks: 6, numTokens: 24, reason: "unused for more than 30 s" }]);
  });

  test("without one nothing expires", async () => {
    expect((await serveAt([0, 1_000_000], null)).cached).toEqual([0, 16]);
  });

  test("what a running request holds does not expire, and is refused where it is no time", async () => {
    let time = 0;
    const harness = await Harness.create({ cacheTtlSeconds: 1 }, {}, () => epochMs(time));
    harness.onStep = () => (time += 10_000);
    harness.submit("long", { prompt: range(18), maxTokens: 20 });
    await harness.engine.whenIdle();
    expect(harness.steps.flatMap((step) => step.evictions)).toEqual([]);
    await expect(harness.engine.configure({ cacheTtlSeconds: 0 })).rejects.toThrow(
      "cacheTtlSeconds is 0, it must be a number above 0, or null for no limit",
    );
    expect(harness.engine.policy.cacheTtlSeconds).toBe(1);
  });
});
