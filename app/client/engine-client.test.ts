import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  defaultModelHosts,
  heartbeatMs,
  requestId,
  requestMetrics,
  epochMs,
  type Choice,
  type Command,
  type EngineEvent,
  type StepTrace,
} from "../../protocol/index.ts";
import { EngineClient } from "./engine-client.ts";
import { createInferscope } from "./inferscope.ts";
import type { WorkerHandlers } from "./worker-process.ts";

class FakeWorker {
  readonly commands: Command[] = [];
  terminated = false;
  readonly handlers: WorkerHandlers;
  constructor(handlers: WorkerHandlers) {
    this.handlers = handlers;
  }
  last = () => this.commands.at(-1)!;
  tell = (event: EngineEvent) => this.handlers.onEvent(event);
}

let workers: FakeWorker[];
let client: EngineClient;
let isHidden: boolean;
const worker = () => workers.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  isHidden = false;
  client = new EngineClient({
    time: {
      isHidden: () => isHidden,
      onPageEvent: () => () => undefined,
      monotonicMs: () => Date.now(),
      wallMs: () => Date.now(),
    },
    spawn: (handlers) => {
      const fake = new FakeWorker(handlers);
      workers.push(fake);
      return {
        post: (command) => void fake.commands.push(command),
        terminate: () => (fake.terminated = true),
      };
    },
  });
});
afterEach(() => {
  client.dispose();
  vi.useRealTimers();
});

const api = () => createInferscope(client, {}, () => defaultModelHosts, "http://localhost/app/");
const choice: Choice = { index: 0, tokenIds: [7], text: "a", finishReason: "stop" };
const at = epochMs(1000);
const metrics = requestMetrics(
  { submittedMs: at, firstScheduledMs: at, tokenMs: [at], finishedMs: at },
  { numPromptTokens: 1, numCachedTokens: 0, numPreemptions: 0 },
);
const failedCall = (command: Command): EngineEvent => ({
  type: "failed",
  callId: command.callId,
  error: { kind: "no-model", message: "none" },
});

describe("EngineClient", () => {
  it("matches results to calls by id, in any order", async () => {
    const first = client.call("encode", { text: "a" });
    const second = client.call("encode", { text: "b" });
    const [a, b] = worker().commands;
    worker().tell({ type: "result", callId: b!.callId, result: [2] });
    worker().tell({ type: "result", callId: a!.callId, result: [1] });
    await expect(first).resolves.toEqual([1]);
    await expect(second).resolves.toEqual([2]);
  });

  it("ends a generation once, whatever comes after", async () => {
    const generation = api().generate({ prompt: "x" });
    const id = requestId(generation.requestId);
    generation.abort();
    expect(worker().last().call).toBe("abort");
    worker().tell({ type: "finished", requestId: id, choices: [choice], metrics });
    worker().tell({ type: "failed", requestId: id, error: { kind: "internal", message: "late" } });
    await expect(generation.result).resolves.toMatchObject({ text: "a", finishReason: "stop" });
    const numCommands = worker().commands.length;
    generation.abort();
    expect(worker().commands).toHaveLength(numCommands);
  });

  it("stamps a request once, and sends the time along", async () => {
    const generation = api().generate({ prompt: "x" });
    const { params } = worker().last();
    worker().tell({
      type: "finished",
      requestId: requestId(generation.requestId),
      choices: [choice],
      metrics,
    });
    const { submittedMs } = await generation.result;
    expect(submittedMs).toBeGreaterThan(0);
    expect(params).toMatchObject({ submittedMs });
  });

  it("marks a request over which the tab was hidden, and not the next one", async () => {
    const answer = async () => {
      const generation = api().generate({ prompt: "x" });
      const id = requestId(generation.requestId);
      worker().tell({ type: "finished", requestId: id, choices: [choice], metrics });
      return (await generation.result).metrics;
    };
    isHidden = true;
    expect(await answer()).toEqual({ ...metrics, interrupted: "hidden" });
    isHidden = false;
    expect(await answer()).toEqual(metrics);
    const failing = api().generate({ prompt: "x" });
    worker().handlers.onCrash("boom");
    await expect(failing.result).rejects.toMatchObject({ kind: "worker-crashed" });
    // Only the watchdog's: the latch ends with the last request.
    expect(vi.getTimerCount()).toBe(1);
  });

  it("rejects a refused submission, for readers of tokens too", async () => {
    const generation = api().generate({ prompt: "x" });
    worker().tell(failedCall(worker().last()));
    await expect(generation.result).rejects.toMatchObject({ kind: "no-model" });
    await expect(generation[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: "no-model" });
  });

  it("takes a silent worker for dead, restarts it twice, then no more", async () => {
    for (let death = 1; death <= 3; death += 1) {
      const call = client.call("status", null);
      const rejected = expect(call).rejects.toMatchObject({ kind: "worker-crashed" });
      await vi.advanceTimersByTimeAsync(heartbeatMs * 4);
      await rejected;
      expect(workers[death - 1]!.terminated).toBe(true);
    }
    expect(workers).toHaveLength(3);
    expect(client.status.worker).toBe("dead");
    await expect(client.call("status", null)).rejects.toMatchObject({ kind: "worker-crashed" });
  });

  it("leaves a worker alone that beats", async () => {
    for (let beat = 0; beat < 20; beat += 1) {
      await vi.advanceTimersByTimeAsync(heartbeatMs);
      worker().tell({ type: "heartbeat", step: 0 });
    }
    expect(workers).toHaveLength(1);
  });

  it("fails generations and forgets the model when the worker crashes", async () => {
    const generation = api().generate({ prompt: "x" });
    const dead = worker();
    dead.handlers.onCrash("boom");
    await expect(generation.result).rejects.toMatchObject({ kind: "worker-crashed" });
    expect(client.status).toMatchObject({ worker: "running", loaded: null });
    dead.tell({ type: "finished", requestId: requestId("req-1"), choices: [choice], metrics });
    expect(workers).toHaveLength(2);
  });

  it("keeps what a request had said when the worker ends", async () => {
    const generation = api().generate({ prompt: "x", sampling: { n: 2 } });
    const row = { requestId: requestId(generation.requestId), newTokenIds: [7], text: "a" };
    const sequences = [
      { ...row, choice: 0 },
      { ...row, choice: 1, newTokenIds: [7, 8], text: "ab" },
    ];
    worker().tell({ type: "step", trace: { sequences } as unknown as StepTrace });
    worker().handlers.onCrash("boom");
    await expect(generation.result).rejects.toMatchObject({
      kind: "worker-crashed",
      choices: [
        { index: 0, tokenIds: [7], text: "a", finishReason: "abort" },
        { index: 1, tokenIds: [7, 8], text: "ab", finishReason: "abort" },
      ],
    });
  });

  it("cancels a load at once", async () => {
    const controller = new AbortController();
    const load = api().load({ id: "m" }, { signal: controller.signal });
    controller.abort();
    await expect(load).rejects.toMatchObject({ kind: "aborted" });
    expect(worker().last().call).toBe("cancelLoad");
  });

  it("tells everyone why a load failed, until the next one begins", async () => {
    const load = api().load({ id: "m" });
    worker().tell(failedCall(worker().last()));
    await expect(load).rejects.toMatchObject({ kind: "no-model" });
    expect(client.status.loadError).toMatchObject({ kind: "no-model" });
    api()
      .load({ id: "m" })
      .catch(() => undefined);
    expect(client.status.loadError).toBeNull();
  });
});

describe("createInferscope", () => {
  it.each([
    {},
    { prompt: "x", messages: [] },
    { messages: [] },
    { prompt: "" },
    { promptTokenIds: [] },
    { promptTokenIds: [1, -1] },
    { promptTokenIds: [1.5] },
    { messages: [{ role: "robot", content: "x" }] },
    { prompt: "x", sampling: { temperature: NaN } },
    { prompt: "x", sampling: { temperature: -1 } },
    { prompt: "x", sampling: { topP: 0 } },
    { prompt: "x", sampling: { maxTokens: 0 } },
    { prompt: "x", sampling: { max_tokens: 5 } },
    { prompt: "x", sampling: { stop: [""] } },
    { prompt: "x", responseFormat: "json" },
    { prompt: "x", responseFormat: { type: "xml" } },
    { prompt: "x", responseFormat: { type: "json_schema" } },
    { prompt: "x", responseFormat: { type: "json_schema", schema: [] } },
    { prompt: "x", responseFormat: { type: "json_object", schema: {} } },
    { prompt: "x", responseFormat: { type: "json_schema", schema: {}, strict: true } },
  ])("refuses %j without asking the engine", async (request) => {
    const generation = api().generate(request as never);
    await expect(generation.result).rejects.toMatchObject({ kind: "invalid-request" });
    expect(worker().commands).toEqual([]);
  });

  it("hands a response format on as it is; without one the answer is free text", () => {
    const format = { type: "json_schema", schema: { type: "integer" } } as const;
    void api().generate({ prompt: "x", responseFormat: format });
    expect(worker().last().params).toMatchObject({ responseFormat: format });
    void api().generate({ prompt: "x" });
    expect(worker().last().params).toMatchObject({ responseFormat: { type: "text" } });
  });

  it("resolves addresses against the page", () => {
    void api()
      .load({ url: "models/other" })
      .catch(() => undefined);
    expect(worker().last().params).toMatchObject({ source: { url: "http://localhost/app/models/other" } });
  });

  it("refuses a source that is two, and an unknown setting", async () => {
    await expect(api().load({ id: "a", modelLib: "b" })).rejects.toMatchObject({ kind: "invalid-request" });
    await expect(api().load({ id: "a", url: "b" })).rejects.toMatchObject({
      kind: "invalid-request",
    });
    await expect(api().configure({ blocks: 3 } as never)).rejects.toMatchObject({ kind: "invalid-request" });
    await expect(api().run("nothing")).rejects.toMatchObject({ kind: "invalid-request" });
  });
});
