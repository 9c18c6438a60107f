import { expect, test, vi } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import { BlockManager } from "./block-manager.ts";
import { alone, kindOf, range } from "./testing/alone.ts";
import { FakeRunner } from "./testing/fake-runner.ts";
import { Harness, request } from "./testing/harness.ts";

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

test("a broken invariant stops the engine, and the next request hears why", async () => {
  const harness = await Harness.create();
  const release = vi.spyOn(BlockManager.prototype, "release").mockImplementation(() => undefined);
  harness.submit("r", { prompt: range(10) });
  await harness.engine.whenIdle();
  release.mockRestore();
  expect(harness.integrityErrors.at(-1)).toMatchObject({ kind: "internal" });
  const submit = (): void => harness.submit("next", { prompt: range(10) });
  expect(kindOf(submit)).toBe("internal");
  expect(submit).toThrow(/books are wrong: integrity: refCount equals the block tables that hold the block/);
  expect(harness.engine.snapshot().kv).toEqual({ used: 0, cached: 0, free: 64, total: 64 });
});

test("a sequence without numbers to draw from ends typed, alone, and leaves nothing cached", async () => {
  let isBroken = true;
  const runner = new FakeRunner();
  const run = runner.run.bind(runner);
  runner.run = async (batch) => {
    const output = await run(batch);
    const error = new InferscopeError("not-finite", "no numbers");
    const samples = output.samples.map((sample, index) =>
      sample !== null && isBroken && batch[index]?.blockTable.length === 4 ? { error } : sample,
    );
    return { ...output, samples };
  };
  const harness = await Harness.over(runner, { numBlocks: 64, blockSize: 4, maxNumBatchedTokens: 8 });
  // Three blocks of the first prompt are published before its logits are asked for.
  harness.submit("broken", { prompt: range(16) });
  harness.submit("fine", { prompt: range(5, 40), maxTokens: 6 });
  await harness.engine.whenIdle();
  const end = harness.end("broken");
  expect(end).toMatchObject({ type: "failed", error: { kind: "not-finite" } });
  expect(end.choices?.[0]?.tokenIds).toEqual([]);
  expect(harness.tokens("fine")).toEqual(await alone({ prompt: range(5, 40), maxTokens: 6 }));
  isBroken = false;
  harness.submit("again", { prompt: range(16) });
  await harness.engine.whenIdle();
  expect(harness.end("again")).toMatchObject({ metrics: { numCachedTokens: 0 } });
  expect(harness.tokens("again")).toEqual(await alone({ prompt: range(16) }));
});
