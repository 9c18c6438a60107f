/** Which pool is in use while another is wanted, and who hears of it. */
import { expect, test } from "vitest";

import { defaultPolicy, type EnginePolicy, InferscopeError } from "../../protocol/index.ts";
import { KvCache } from "./kv-cache.ts";
import { checkPolicy, KvPool } from "./kv-pool.ts";
import { range } from "./testing/alone.ts";
import { FakeRunner } from "./testing/fake-runner.ts";
import { Harness, virtualClock } from "./testing/harness.ts";

const small = { numBlocks: 8, blockSize: 4 };
const large = { numBlocks: 16, blockSize: 4 };

function pool(): { pool: KvPool; kv: KvCache; runner: FakeRunner } {
  const kv = new KvCache(small, virtualClock());
  return { pool: new KvPool(kv, { ...defaultPolicy, ...small }), kv, runner: new FakeRunner() };
}

const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "resolved",
    (error: unknown) => (error instanceof InferscopeError ? error.kind : String(error)),
  );

test("a shape is current only once it is installed, and is what comes next from then on", async () => {
  const { pool: kvPool, kv, runner } = pool();
  expect(kvPool.isStale).toBe(false);
  const heard = outcome(kvPool.want({ ...defaultPolicy, ...large }));
  expect([kvPool.current, kvPool.wanted, kvPool.next]).toEqual([small, large, small]);
  expect(kvPool.isStale).toBe(true);
  const replaced = kvPool.replace(runner);
  expect([kvPool.current, kvPool.next]).toEqual([small, large]);
  await replaced;
  expect(await heard).toBe("resolved");
  expect([kvPool.current, kvPool.wanted, kvPool.next]).toEqual([large, large, large]);
  expect(kv.counts()).toMatchObject({ total: 16, free: 16 });
});

test("a block size alone makes a pool another one", () => {
  const { pool: kvPool } = pool();
  void kvPool.want({ numBlocks: 8, blockSize: 8 });
  expect(kvPool.isStale).toBe(true);
});

test("what is in use already is settled at once, for those who waited before too", async () => {
  const { pool: kvPool } = pool();
  const first = outcome(kvPool.want(large));
  const second = outcome(kvPool.want(small));
  expect(await Promise.all([first, second])).toEqual(["resolved", "resolved"]);
});

test("a shape asked for while another is installed waits for its own turn", async () => {
  const { pool: kvPool, runner } = pool();
  const settled: string[] = [];
  void kvPool.want(large).then(() => settled.push("first"));
  const replaced = kvPool.replace(runner);
  void kvPool.want({ numBlocks: 32, blockSize: 4 }).then(() => settled.push("second"));
  await replaced;
  await Promise.resolve();
  expect([settled, kvPool.isStale]).toEqual([[], true]);
  await kvPool.replace(runner);
  await Promise.resolve();
  expect([settled, kvPool.current.numBlocks]).toEqual([["first", "second"], 32]);
});

test("a pool that the device refuses is forgotten: the old one is installed again, empty", async () => {
  const { pool: kvPool, kv, runner } = pool();
  const allocated: number[] = [];
  runner.refuseKv = ({ numBlocks }) => {
    allocated.push(numBlocks);
    // While the old one is restored, it is what a request will be served from.
    expect(kvPool.next.numBlocks).toBe(numBlocks);
    return numBlocks > 8;
  };
  kv.blocks.allocate(2);
  const heard = outcome(kvPool.want(large));
  await kvPool.replace(runner);
  expect(await heard).toBe("out-of-memory");
  expect(allocated).toEqual([16, 8]);
  expect([kvPool.current, kvPool.wanted, kvPool.next, kvPool.isStale]).toEqual([small, small, small, false]);
  expect(kv.counts()).toMatchObject({ free: 8, total: 8 });
});

test("where not even the old pool can be restored, the engine stops with the reason", async () => {
  const harness = await Harness.create();
  harness.runner.refuseKv = () => true;
  await expect(harness.engine.configure({ numBlocks: 32 })).rejects.toMatchObject({ kind: "out-of-memory" });
  await harness.engine.whenIdle();
  const submit = (): void => harness.submit("r", { prompt: range(4) });
  expect(submit).toThrow("the KV pool could not be restored");
  expect(submit).toThrow(expect.objectContaining({ kind: "out-of-memory" }) as Error);
});

test("a request too large for the pool that is being installed is refused already", async () => {
  const harness = await Harness.create();
  const configured = harness.engine.configure({ numBlocks: 2 });
  // The loop's first turn begins the replacement.
  let refused: unknown = null;
  harness.runner.refuseKv = () => {
    try {
      harness.submit("r", { prompt: range(20) });
    } catch (error) {
      refused = error;
    }
    return false;
  };
  await configured;
  expect(refused).toMatchObject({ kind: "request-too-large", details: { numBlocks: 2 } });
});

test.each<[string, Partial<EnginePolicy>, string]>([
  ["that is none", { maxNumSeqs: 0 }, "invalid-request"],
  ["whose pool exceeds the device", { numBlocks: 101 }, "device-limit"],
  ["whose pool is as large as the device allows", { numBlocks: 100 }, "resolved"],
])("a policy %s", async (_, change, wanted) => {
  const runner = new FakeRunner({ maxNumBlocks: 100 });
  const policy = { ...defaultPolicy, numBlocks: 64, blockSize: 4, ...change };
  expect(await outcome(Promise.resolve().then(() => checkPolicy(policy, runner)))).toBe(wanted);
  expect(await outcome(Harness.over(runner, policy))).toBe(wanted);
});

test("the refusal of a pool tells the numbers", () => {
  const runner = new FakeRunner({ maxNumBlocks: 100 });
  const policy = { ...defaultPolicy, numBlocks: 101, blockSize: 4 };
  expect(() => checkPolicy(policy, runner)).toThrow(
    expect.objectContaining({
      hint: "Ask for at most 100 blocks.",
      details: { numBlocks: 101, blockSize: 4, maxNumBlocks: 100 },
    }) as Error,
  );
});
