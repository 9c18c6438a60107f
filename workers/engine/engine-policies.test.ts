import { expect, test } from "vitest";

import { alone, range } from "./testing/alone.ts";
import { Harness } from "./testing/harness.ts";

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
    expect(harness.tokens(`r${index}`)).toEqual(await alone({ prompt: range(20, index + 1), maxTokens: 20 }));
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
