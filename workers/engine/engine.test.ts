/** The engine's face: what it takes, what it says of itself, and each request's one end. */
import { describe, expect, test } from "vitest";

import { defaultPolicy, InferscopeError, requestId } from "../../protocol/index.ts";
import { Engine } from "./engine.ts";
import type { EngineOutput } from "./request-table.ts";
import { alone, kindOf, range } from "./testing/alone.ts";
import { FakeRunner } from "./testing/fake-runner.ts";
import { Harness, request, type Terminal } from "./testing/harness.ts";

const reason = (end: Terminal): string | undefined =>
  end.type === "failed" ? end.error.kind : end.choices[0]?.finishReason;

describe("requests", () => {
  test("an id is taken as long as it is served", async () => {
    const harness = await Harness.create();
    expect(harness.engine.isIdle).toBe(true);
    harness.submit("r", { prompt: [1] });
    expect(harness.engine.isIdle).toBe(false);
    const again = (): void => harness.submit("r", { prompt: [1] });
    expect(kindOf(again)).toBe("invalid-request");
    expect(again).toThrow("request r is already being served");
    await harness.engine.whenIdle();
    expect(harness.engine.isIdle).toBe(true);
    expect(harness.end("r").type).toBe("finished");
    expect(again).not.toThrow();
    await harness.engine.whenIdle();
  });

  test("requests of one task share their first step; steps are counted", async () => {
    const harness = await Harness.create();
    harness.submit("a", { prompt: range(5), maxTokens: 2 });
    harness.submit("b", { prompt: range(5, 40), maxTokens: 3 });
    await harness.engine.whenIdle();
    expect(harness.steps.map(({ sequences }) => sequences.length)).toEqual([2, 2, 1]);
    expect(harness.engine.numSteps).toBe(3);
  });

  test("an abort before the first step runs nothing; one of an unknown id is nothing", async () => {
    const harness = await Harness.create();
    harness.submit("r", { prompt: range(5) });
    harness.abort("r");
    harness.abort("r");
    harness.abort("unknown");
    expect(reason(harness.end("r"))).toBe("abort");
    await harness.engine.whenIdle();
    expect(harness.runner.numRuns).toBe(0);
  });

  test("an abort during a run takes effect at its end: the token drawn is not told", async () => {
    let runs = 0;
    const harness = await Harness.create(
      {},
      {
        beforeRun: () => {
          runs += 1;
          if (runs !== 3) return;
          harness.abort("r");
          expect(harness.terminals.has("r")).toBe(false);
        },
      },
    );
    harness.submit("r", { prompt: range(5) });
    await harness.engine.whenIdle();
    expect(reason(harness.end("r"))).toBe("abort");
    expect(harness.tokens("r")).toEqual((await alone({ prompt: range(5) })).slice(0, 2));
    expect(harness.steps.at(-1)).toMatchObject({
      sequences: [{ newTokenIds: [], text: "" }],
      kv: { used: 0 },
    });
  });

  test("who hears of an end may end others from within: still one end each", async () => {
    const ends = new Map<string, string[]>();
    const emit = (event: EngineOutput): void => {
      if (event.type === "step") return;
      const id = event.requestId;
      ends.set(id, [...(ends.get(id) ?? []), String(reason(event))]);
      if (id === "a") engine.abort(requestId("b"));
      if (id === "b") engine.fail(new InferscopeError("device-lost", "gone"));
    };
    const engine = await Engine.create({
      runner: new FakeRunner(),
      policy: { ...defaultPolicy, numBlocks: 64, blockSize: 4 },
      emit,
    });
    for (const id of ["a", "b", "c"]) engine.submit(request(id, { prompt: range(5), maxTokens: 3 }));
    await engine.whenIdle();
    expect(Object.fromEntries(ends)).toEqual({ a: ["length"], b: ["abort"], c: ["device-lost"] });
    expect(engine.snapshot().kv).toMatchObject({ used: 0 });
  });

  test("text and log-probabilities come with each step where they were asked for", async () => {
    const harness = await Harness.create();
    harness.submit("with", { prompt: range(5), maxTokens: 2, logprobs: 2 });
    harness.submit("without", { prompt: range(5, 40), maxTokens: 2 });
    await harness.engine.whenIdle();
    for (const { sequences } of harness.steps) {
      const [row, other] = sequences;
      expect(row!.logprobs).toHaveLength(1);
      expect(row!.logprobs![0]!.map(({ tokenId }) => tokenId)[0]).toBe(row!.newTokenIds[0]);
      expect(row!.text).toBe(`${row!.newTokenIds[0]} `);
      expect(other).not.toHaveProperty("logprobs");
    }
    const choice = harness.end("with").choices![0]!;
    expect(choice.text).toBe(choice.tokenIds.map((id) => `${id} `).join(""));
    expect(choice.logprobs).toHaveLength(2);
    expect(harness.end("without").choices![0]).not.toHaveProperty("logprobs");
  });
});

describe("failures", () => {
  const failing = (cause: unknown): Promise<Harness> =>
    Harness.create(
      {},
      {
        beforeRun: () => {
          throw cause;
        },
      },
    );

  test.each([
    [new Error("what a runner says"), "internal", "what a runner says"],
    ["a mere text", "internal", "a mere text"],
    [new InferscopeError("out-of-memory", "no room"), "out-of-memory", "no room"],
  ])("a run that fails with %s ends its request with that", async (cause, kind, message) => {
    const harness = await failing(cause);
    harness.submit("r", { prompt: range(5) });
    await harness.engine.whenIdle();
    expect(harness.end("r")).toMatchObject({ type: "failed", error: { kind, message } });
    expect(harness.engine.snapshot().kv).toEqual({ used: 0, cached: 0, free: 64, total: 64 });
    expect(kindOf(() => harness.submit("next", { prompt: [1] }))).toBe("nothing thrown");
    await harness.engine.whenIdle();
  });

  test("whoever was aborted during the failing run is aborted, not failed", async () => {
    const harness: Harness = await Harness.create(
      {},
      {
        beforeRun: () => {
          harness.abort("a");
          throw new Error("no");
        },
      },
    );
    harness.submit("a", { prompt: range(5) });
    harness.submit("b", { prompt: range(5, 40) });
    await harness.engine.whenIdle();
    expect([reason(harness.end("a")), reason(harness.end("b"))]).toEqual(["abort", "internal"]);
  });

  test("a text stream's own error is told as it is; what was thrown otherwise is wrapped", async () => {
    const harness = await Harness.create();
    const submit = (id: string, cause: unknown): void =>
      harness.engine.submit({
        ...request(id, { prompt: range(5) }),
        createTextStream: () => ({
          push: () => {
            throw cause;
          },
          flush: () => "",
        }),
      });
    submit("own", new InferscopeError("bad-tokenizer", "no such token"));
    submit("other", "odd");
    await harness.engine.whenIdle();
    expect(harness.end("own")).toMatchObject({ error: { kind: "bad-tokenizer", message: "no such token" } });
    expect(harness.end("other")).toMatchObject({ error: { kind: "internal" } });
    expect(JSON.stringify(harness.end("other"))).toContain("could not be turned into text: odd");
  });

  test("whoever is aborted while its text breaks is aborted", async () => {
    const harness = await Harness.create();
    harness.engine.submit({
      ...request("r", { prompt: range(5) }),
      createTextStream: () => ({
        push: () => {
          harness.abort("r");
          throw new Error("broken");
        },
        flush: () => "",
      }),
    });
    await harness.engine.whenIdle();
    expect(reason(harness.end("r"))).toBe("abort");
  });

  test("after a lost device a runner that is too small is refused, and nothing runs on it", async () => {
    const harness = await failing(new InferscopeError("device-lost", "gone"));
    harness.submit("r", { prompt: range(5) });
    await harness.engine.whenIdle();
    const small = new FakeRunner({ maxNumBlocks: 10 });
    await expect(harness.engine.replaceRunner(small)).rejects.toMatchObject({ kind: "device-limit" });
    expect(kindOf(() => harness.submit("late", { prompt: [1] }))).toBe("device-lost");
    const good = new FakeRunner();
    await harness.engine.replaceRunner(good);
    harness.submit("again", { prompt: range(5), maxTokens: 2 });
    await harness.engine.whenIdle();
    expect(good.numRuns).toBe(2);
  });

  test("a closed engine has aborted everything and says that it is closed", async () => {
    const harness = await Harness.create();
    harness.submit("a", { prompt: range(5) });
    harness.onStep = ({ step }) => step === 2 && void harness.engine.close();
    await harness.engine.whenIdle();
    expect(reason(harness.end("a"))).toBe("abort");
    const late = (): void => harness.submit("late", { prompt: [1] });
    expect(kindOf(late)).toBe("no-model");
    expect(late).toThrow("the engine has been closed");
  });
});

test("a change of policy takes effect with the next step, of the pool at rest; both are told", async () => {
  const harness = await Harness.create();
  const changed = await harness.engine.configure({ maxNumSeqs: 3, numBlocks: 20, blockSize: 2 });
  expect(changed).toEqual({
    ...defaultPolicy,
    maxNumBatchedTokens: 32,
    maxNumSeqs: 3,
    numBlocks: 20,
    blockSize: 2,
  });
  expect(harness.engine.policy).toEqual(changed);
  // A later change keeps the pool.
  expect(await harness.engine.configure({ maxNumSeqs: 4 })).toEqual({ ...changed, maxNumSeqs: 4 });
});

test("a cleared cache keeps what is held", async () => {
  const harness = await Harness.create();
  harness.submit("r", { prompt: range(9), maxTokens: 4 });
  harness.onStep = ({ step }) => step === 2 && harness.engine.clearCache();
  await harness.engine.whenIdle();
  expect(harness.tokens("r")).toEqual(await alone({ prompt: range(9), maxTokens: 4 }));
  expect(harness.engine.snapshot().kv.cached).toBe(3);
  harness.engine.clearCache();
  expect(harness.engine.snapshot().kv).toMatchObject({ cached: 0, free: 64 });
});
