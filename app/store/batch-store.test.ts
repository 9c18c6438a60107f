import { describe, expect, it } from "vitest";

import { defaultPolicy, InferscopeError, policyProblem, type EnginePolicy } from "../../protocol/index.ts";
import { FakeEngine } from "../lab/testing/fake-engine.ts";
import { createBatch } from "./batch-store.ts";

function setUp(answer: string | InferscopeError = "one two three") {
  const engine = new FakeEngine(() => answer);
  const configured: Partial<EnginePolicy>[] = [];
  let policy = defaultPolicy;
  const inferscope = {
    generate: engine.generate,
    clearCache: engine.clearCache,
    configure: (change: Partial<EnginePolicy>) => {
      const next = { ...policy, ...change };
      const problem = policyProblem(next);
      if (problem !== null) return Promise.reject(new InferscopeError("invalid-request", problem));
      if (Object.keys(change).length > 0) configured.push(change);
      policy = next;
      return Promise.resolve(policy);
    },
  };
  const port = {
    status: { worker: "running" as const, loaded: null, loadError: null, lastCrash: null },
    onStep: () => () => undefined,
  };
  return { engine, configured, batch: createBatch(inferscope, port, () => engine.nowMs) };
}

describe("the batch store", () => {
  it("runs a load from an empty cache and sums it up", async () => {
    const { batch, engine } = setUp();
    await batch.actions.send();
    const { runs, activity, error } = batch.store.getState();
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ state: "done", summary: { numFinished: 8, numOutputTokens: 24 } });
    expect(runs[0]?.log.lanes).toHaveLength(8);
    expect(runs[0]?.log.lanes.every(({ endMs }) => endMs !== null)).toBe(true);
    expect(engine.log[0]).toBe("clear");
    expect({ activity, error }).toEqual({ activity: null, error: null });
  });

  it("runs the same arrivals in both modes and sets the mode back", async () => {
    const { batch, configured } = setUp();
    await batch.actions.configure({ batching: "none" });
    await batch.actions.compare(["continuous", "static"]);
    const { runs, policy } = batch.store.getState();
    expect(runs.map((run) => run.policy.batching)).toEqual(["continuous", "static"]);
    expect(runs[0]?.load).toBe(runs[1]?.load);
    expect(configured.at(-1)).toEqual({ batching: "none" });
    expect(policy?.batching).toBe("none");
  });

  it("puts a rerun beside what was run, with its load, not with the form's", async () => {
    const { batch } = setUp();
    await batch.actions.send();
    batch.actions.setLoad({ numRequests: 2 });
    await batch.actions.rerun("static");
    const { runs } = batch.store.getState();
    expect(runs.map((run) => [run.policy.batching, run.load.numRequests])).toEqual([
      ["continuous", 8],
      ["static", 8],
    ]);
  });

  it("keeps the policy and says why when a change is refused", async () => {
    const { batch } = setUp();
    await batch.actions.configure({});
    expect(await batch.actions.configure({ maxNumSeqs: 0 })).toBe(false);
    const { policy, refusal } = batch.store.getState();
    expect(policy?.maxNumSeqs).toBe(defaultPolicy.maxNumSeqs);
    expect(refusal?.message).toContain("maxNumSeqs is 0");
    await batch.actions.configure({ maxNumSeqs: 4 });
    expect(batch.store.getState().refusal).toBeNull();
  });

  it("tells how many requests failed, and of what", async () => {
    const { batch } = setUp(new InferscopeError("request-too-large", "needs 12 KV blocks, the pool has 4"));
    await batch.actions.send();
    const { error, runs } = batch.store.getState();
    expect(error?.message).toBe("8 of 8 requests failed: needs 12 KV blocks, the pool has 4");
    expect(runs[0]?.summary?.numFailed).toBe(8);
  });

  it("stops at a cancel, between the modes too", async () => {
    const { batch } = setUp();
    const comparison = batch.actions.compare(["continuous", "static"]);
    const end = batch.store.subscribe(({ runs }) => {
      if (runs.length > 0) batch.actions.cancel();
    });
    await comparison;
    end();
    const { runs, activity, error } = batch.store.getState();
    expect(runs.map(({ state }) => state)).toEqual(["cancelled"]);
    expect({ activity, error }).toEqual({ activity: null, error: null });
  });

  it("does one thing at a time", async () => {
    const { batch, engine } = setUp();
    await Promise.all([batch.actions.send(), batch.actions.sweep()]);
    expect(engine.log.filter((entry) => entry === "clear")).toHaveLength(1);
    expect(batch.store.getState().sweep).toEqual([]);
  });
});
