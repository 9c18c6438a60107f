import { describe, expect, test } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import { Harness, request, type RequestSpec } from "./testing/harness.ts";
import { createYieldToEvents } from "./yield-to-events.ts";

const range = (length: number, from = 1): number[] =>
  Array.from({ length }, (_, index) => from + (index % 90));

/** What a request answers alone, with the cache off and its prompt in one piece. */
async function alone(spec: RequestSpec): Promise<readonly number[]> {
  const harness = await Harness.create({ prefixCache: false, chunkedPrefill: false, numBlocks: 256 });
  harness.submit("alone", spec);
  await harness.engine.whenIdle();
  return harness.tokens("alone");
}

const kindOf = (action: () => void): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof InferscopeError) return error.kind;
  }
  return "nothing thrown";
};

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

describe("policies", () => {
  const lengths = [4, 20, 4, 4];
  const batches = async (batching: "continuous" | "static" | "none"): Promise<string[]> => {
    const harness = await Harness.create({ batching, maxNumSeqs: 2 });
    lengths.forEach((maxTokens, index) =>
      harness.submit(`r${index}`, { prompt: range(6, index * 10 + 1), maxTokens }),
    );
    await harness.engine.whenIdle();
    return harness.steps.map((step) => step.sequences.map((row) => row.requestId.slice(1)).join("+"));
  };

  test("continuous batching fills a place as soon as it is free", async () => {
    expect(new Set(await batches("continuous"))).toEqual(new Set(["0+1", "1+2", "1+3", "1"]));
  });

  test("static batching waits until all of a batch is done", async () => {
    expect(new Set(await batches("static"))).toEqual(new Set(["0+1", "1", "2+3"]));
  });

  test("without batching one runs at a time", async () => {
    expect(new Set(await batches("none"))).toEqual(new Set(["0", "1", "2", "3"]));
  });

  test("a static batch whose members share a prefix still runs together", async () => {
    const harness = await Harness.create({ batching: "static", maxNumSeqs: 4 });
    for (let index = 0; index < 8; index += 1) harness.submit(`r${index}`, { prompt: [...range(16), index] });
    await harness.engine.whenIdle();
    expect(Math.max(...harness.steps.map((step) => step.sequences.length))).toBe(4);
    expect(harness.terminals.size).toBe(8);
  });

  test("longest prefix first admits what is cached before what came earlier", async () => {
    const order = async (policy: "fcfs" | "longest-prefix"): Promise<string[]> => {
      const harness = await Harness.create({ order: policy, maxNumSeqs: 1 });
      harness.submit("warm", { prompt: range(20) });
      await harness.engine.whenIdle();
      harness.submit("cold", { prompt: range(20, 40) });
      harness.submit("hot", { prompt: [...range(20), 7] });
      await harness.engine.whenIdle();
      return [...harness.terminals.keys()];
    };
    expect(await order("fcfs")).toEqual(["warm", "cold", "hot"]);
    expect(await order("longest-prefix")).toEqual(["warm", "hot", "cold"]);
  });

  test("modes switch while requests run; the pool when the engine is idle", async () => {
    const harness = await Harness.create();
    for (let index = 0; index < 4; index += 1) {
      harness.submit(`r${index}`, { prompt: range(20, index + 1), maxTokens: 20 });
    }
    let resized: Promise<unknown> = Promise.resolve();
    harness.onStep = ({ step }) => {
      if (step === 3) void harness.engine.configure({ batching: "none", prefixCache: false });
      if (step === 5) resized = harness.engine.configure({ numBlocks: 20, blockSize: 8 });
      if (step === 6) expect(harness.engine.snapshot().kv.total).toBe(64);
    };
    await harness.engine.whenIdle();
    await resized;
    expect(harness.engine.policy).toMatchObject({ batching: "none", numBlocks: 20, blockSize: 8 });
    expect(harness.engine.snapshot()).toMatchObject({ blockSize: 8, nodes: [], kv: { free: 20, total: 20 } });
    for (let index = 0; index < 4; index += 1) {
      expect(harness.tokens(`r${index}`)).toEqual(
        await alone({ prompt: range(20, index + 1), maxTokens: 20 }),
      );
    }
  });

  test("a pool change that is taken back before it happens resolves", async () => {
    const harness = await Harness.create();
    harness.submit("r", { prompt: range(10) });
    const changed = harness.engine.configure({ numBlocks: 20 });
    const back = harness.engine.configure({ numBlocks: 64 });
    expect((await changed).numBlocks).toBe(64);
    expect((await back).numBlocks).toBe(64);
    await harness.engine.whenIdle();
    expect(harness.tokens("r")).toHaveLength(8);
  });

  test("a pool that the device cannot allocate leaves the old one", async () => {
    const harness = await Harness.create();
    harness.runner.refuseKv = ({ numBlocks }) => numBlocks > 64;
    await expect(harness.engine.configure({ numBlocks: 100 })).rejects.toMatchObject({
      kind: "out-of-memory",
    });
    expect(harness.engine.policy.numBlocks).toBe(64);
    harness.submit("r", { prompt: range(10) });
    await harness.engine.whenIdle();
    expect(harness.tokens("r")).toEqual(await alone({ prompt: range(10) }));
  });

  test("a policy that cannot be is refused and the old one stays", async () => {
    const harness = await Harness.create({}, { maxNumBlocks: 100 });
    await expect(harness.engine.configure({ maxNumSeqs: 0 })).rejects.toThrow("maxNumSeqs is 0");
    await expect(harness.engine.configure({ numBlocks: 101 })).rejects.toMatchObject({
      kind: "device-limit",
    });
    expect(harness.engine.policy.numBlocks).toBe(64);
  });
});

describe("ends", () => {
  test("stop tokens, stop strings, maxTokens and the context window", async () => {
    const prompt = range(10);
    const tokens = await alone({ prompt, maxTokens: 8 });
    const harness = await Harness.create({}, { contextWindow: 16 });
    const third = tokens[2]!;
    harness.submit("token", { prompt, stopTokenIds: [third] });
    harness.submit("ignored", { prompt, stopTokenIds: [third], ignoreEos: true, maxTokens: 4 });
    harness.submit("string", { prompt, stop: [String(third)] });
    harness.submit("window", { prompt, maxTokens: 100 });
    await harness.engine.whenIdle();
    const choice = (id: string): unknown => harness.end(id).choices?.[0];
    const text = tokens
      .slice(0, 2)
      .map((id) => `${id} `)
      .join("");
    expect(choice("token")).toMatchObject({ tokenIds: tokens.slice(0, 3), text, finishReason: "stop" });
    expect(choice("string")).toMatchObject({ tokenIds: tokens.slice(0, 3), text, finishReason: "stop" });
    expect(choice("ignored")).toMatchObject({ tokenIds: tokens.slice(0, 4), finishReason: "length" });
    expect(choice("window")).toMatchObject({ tokenIds: tokens.slice(0, 6), finishReason: "length" });
  });

  test("metrics follow their formulas", async () => {
    const harness = await Harness.create();
    harness.submit("r", { prompt: range(10), maxTokens: 5, logprobs: 2 });
    await harness.engine.whenIdle();
    const end = harness.end("r");
    if (end.type !== "finished") throw new Error("failed");
    const { ttftMs, queueTimeMs, prefillTimeMs, itlMs, tpotMs, e2eLatencyMs } = end.metrics;
    expect(ttftMs).toBe((queueTimeMs ?? 0) + (prefillTimeMs ?? 0));
    expect(itlMs).toHaveLength(4);
    expect(e2eLatencyMs).toBe((ttftMs ?? 0) + itlMs.reduce((sum, gap) => sum + gap, 0));
    expect(tpotMs).toBe((e2eLatencyMs - (ttftMs ?? 0)) / 4);
    expect(end.choices[0]?.logprobs).toHaveLength(5);
    expect(end.choices[0]?.logprobs?.[0]).toHaveLength(2);
  });

  test.each([
    [{ temperature: -1 }, "temperature is -1"],
    [{ temperature: NaN }, "temperature is NaN"],
    [{ topK: 1.5 }, "topK is 1.5"],
    [{ topP: 0 }, "topP is 0"],
    [{ maxTokens: 0 }, "maxTokens is 0"],
    [{ n: 0 }, "n is 0"],
    [{ logprobs: 21 }, "logprobs is 21"],
    [{ seed: 0.5 }, "seed is 0.5"],
    [{ stop: [""] }, "a stop string is empty"],
    [{ prompt: [] }, "the prompt is empty"],
    [{ prompt: [1, 97] }, "prompt token 1 is 97, the vocabulary has ids 0 to 96"],
  ])("%j is refused", async (spec, message) => {
    const harness = await Harness.create();
    const submit = (): void => harness.submit("r", { prompt: [1], ...spec });
    expect(kindOf(submit)).toBe("invalid-request");
    expect(submit).toThrow(message);
    expect(harness.engine.isIdle).toBe(true);
  });

  test("a token mask decides what may be drawn, and sees what was", async () => {
    const harness = await Harness.create();
    const accepted: number[] = [];
    harness.engine.submit({
      ...request("r", { prompt: range(5), maxTokens: 3 }),
      createTokenMask: () => ({
        allowed: () => new Uint32Array([0, 1 << 1, 0, 0]),
        accept: (tokenId) => accepted.push(tokenId),
      }),
    });
    await harness.engine.whenIdle();
    expect(harness.tokens("r")).toEqual([33, 33, 33]);
    expect(accepted).toEqual([33, 33, 33]);
  });
});

describe("faults", () => {
  const failing = (step: number, error: Error): Promise<Harness> => {
    let runs = 0;
    return Harness.create(
      { maxNumSeqs: 2 },
      {
        beforeRun: () => {
          runs += 1;
          if (runs === step) throw error;
        },
      },
    );
  };
  const submitThree = (harness: Harness): void => {
    for (let index = 0; index < 3; index += 1) harness.submit(`r${index}`, { prompt: range(10, index + 1) });
  };

  test("a lost device fails all, keeps partial text, and a new runner serves on", async () => {
    const harness = await failing(4, new InferscopeError("device-lost", "gone"));
    submitThree(harness);
    await harness.engine.whenIdle();
    const ends = [0, 1, 2].map((index) => harness.end(`r${index}`));
    expect(ends.map((end) => end.type === "failed" && end.error.kind)).toEqual(Array(3).fill("device-lost"));
    expect(ends[0]?.choices?.[0]?.tokenIds).toHaveLength(3);
    expect(ends[0]?.choices?.[0]?.text).not.toBe("");
    expect(harness.engine.snapshot().kv).toMatchObject({ free: 64 });
    expect(kindOf(() => harness.submit("late", { prompt: [1] }))).toBe("device-lost");

    await harness.engine.replaceRunner(harness.runner);
    harness.submit("again", { prompt: range(10) });
    await harness.engine.whenIdle();
    expect(harness.tokens("again")).toEqual(await alone({ prompt: range(10) }));
  });

  test("another failure ends what ran; what waited is served", async () => {
    const harness = await failing(3, new InferscopeError("out-of-memory", "no room"));
    submitThree(harness);
    await harness.engine.whenIdle();
    expect(harness.end("r0")).toMatchObject({ type: "failed", error: { kind: "out-of-memory" } });
    expect(harness.end("r1")).toMatchObject({ type: "failed" });
    expect(harness.tokens("r2")).toEqual(await alone({ prompt: range(10, 3) }));
    // What the failed step had cached is not to be trusted.
    harness.submit("again", { prompt: range(10) });
    await harness.engine.whenIdle();
    expect(harness.end("again")).toMatchObject({ metrics: { numCachedTokens: 0 } });
  });

  test("a text stream that throws fails its own request only", async () => {
    const harness = await Harness.create();
    harness.submit("fine", { prompt: range(10) });
    harness.engine.submit({
      ...request("broken", { prompt: range(10) }),
      createTextStream: () => ({
        push: () => {
          throw new Error("no such token");
        },
        flush: () => "",
      }),
    });
    await harness.engine.whenIdle();
    expect(harness.end("broken")).toMatchObject({ type: "failed", error: { kind: "internal" } });
    expect(harness.end("fine")).toMatchObject({ type: "finished" });
  });

  test("fail and close during a run leave one event for each request", async () => {
    for (const end of ["fail", "close"] as const) {
      const harness = await Harness.create(
        {},
        {
          beforeRun: () => {
            if (harness.steps.length !== 2) return;
            if (end === "fail") harness.engine.fail(new InferscopeError("device-lost", "gone"));
            else void harness.engine.close();
          },
        },
      );
      submitThree(harness);
      await harness.engine.whenIdle();
      for (let index = 0; index < 3; index += 1) harness.end(`r${index}`);
      expect(harness.engine.snapshot().kv.used).toBe(0);
    }
  });
});

/** The event loop of Node; this folder's types know no platform. */
const host = globalThis as unknown as {
  setTimeout: (callback: () => void, ms: number) => number;
  setImmediate: (callback: () => void) => number;
  MessageChannel: new () => {
    port1: { onmessage: (() => void) | null; close(): void };
    port2: { postMessage(message: null): void };
  };
};

test("a request that arrives while the loop is ending is served", async () => {
  for (let numTicks = 0; numTicks < 20; numTicks += 1) {
    const harness = await Harness.create();
    harness.submit("first", { prompt: [1], maxTokens: 1 });
    let late: Promise<void> = Promise.resolve();
    harness.onStep = ({ step }) => {
      if (step > 1) return;
      late = (async () => {
        for (let tick = 0; tick < numTicks; tick += 1) await Promise.resolve();
        harness.submit("late", { prompt: [2], maxTokens: 1 });
      })();
    };
    await harness.engine.whenIdle();
    await late;
    await harness.engine.whenIdle();
    expect(harness.tokens("late")).toHaveLength(1);
  }
});

test("an abort from another task gets through between two steps", async () => {
  const harness = await Harness.create({}, { beforeRun: createYieldToEvents() });
  harness.submit("long", { prompt: range(4), maxTokens: 200 });
  host.setTimeout(() => harness.abort("long"), 0);
  await harness.engine.whenIdle();
  expect(harness.end("long")).toMatchObject({ type: "finished", choices: [{ finishReason: "abort" }] });
});

test.each([
  ["setImmediate", { setImmediate: host.setImmediate, setTimeout: host.setTimeout }],
  ["MessageChannel", { MessageChannel: host.MessageChannel, setTimeout: host.setTimeout }],
  ["setTimeout", { setTimeout: host.setTimeout }],
])("%s lets other tasks run between steps", async (_, platform) => {
  const yieldToEvents = createYieldToEvents(platform);
  const other = { isDone: false };
  host.setTimeout(() => (other.isDone = true), 0);
  // Ends only if the timer gets its turn; promises alone would spin here for ever.
  while (!other.isDone) await yieldToEvents();
  expect(other.isDone).toBe(true);
});
