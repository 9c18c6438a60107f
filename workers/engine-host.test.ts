import { describe, expect, it, vi } from "vitest";

import {
  callId,
  defaultPolicy,
  defaultSampling,
  InferscopeError,
  requestId,
  type Command,
  type EngineEvent,
  type LoadParams,
  type LoadResult,
  type Request,
} from "../protocol/index.ts";
import type { InferenceBackend } from "./backends/backend.ts";
import { EngineHost } from "./engine-host.ts";

const params = (id: string): LoadParams => ({ source: { id }, backend: "paged", runner: "cpu", policy: {} });
const request = { id: requestId("r"), sampling: defaultSampling } as Request;
const loaded = { policy: defaultPolicy } as LoadResult;

/** A host over a backend whose loads end when the test says so. */
function setUp() {
  const events: EngineEvent[] = [];
  const loads: { id: string; finish: () => void; signal: AbortSignal }[] = [];
  const backend = {
    load: vi.fn((one: LoadParams, _: unknown, signal: AbortSignal) => {
      return new Promise<LoadResult>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("stopped")));
        loads.push({ id: "id" in one.source ? one.source.id : "", finish: () => resolve(loaded), signal });
      });
    }),
    unload: vi.fn(() => Promise.resolve()),
    submit: vi.fn(),
    abort: vi.fn(),
    clearCache: vi.fn(),
    configure: vi.fn(() => Promise.resolve(defaultPolicy)),
  };
  const createBackend = vi.fn(() => Promise.resolve(backend as unknown as InferenceBackend));
  const host = new EngineHost({
    post: (event) => events.push(event),
    createBackend,
    catalog: () => Promise.resolve([]),
    inspect: () => Promise.reject(new Error("not here")),
    serverModels: () => Promise.resolve([]),
    storedModels: () => Promise.resolve([]),
    deleteStored: () => Promise.resolve(),
    checkFormat: () => Promise.reject(new InferscopeError("invalid-request", "no such form")),
    probeAdapter: () => Promise.resolve(null),
    measureBandwidth: () => Promise.resolve(null),
  });
  let numCalls = 0;
  const call = (command: Omit<Command, "callId">) => {
    numCalls += 1;
    const id = callId(numCalls);
    return { id, answered: host.handle({ ...command, callId: id } as Command) };
  };
  const answer = (id: number) => events.find((event) => "callId" in event && event.callId === id);
  const load = async (id: string) => {
    const pending = call({ call: "load", params: params(id) });
    await vi.waitFor(() => expect(loads.at(-1)?.id).toBe(id));
    return pending;
  };
  return { events, loads, backend, createBackend, host, call, answer, load };
}

describe("EngineHost", () => {
  it("answers every command once, and refuses what needs a model before there is one", async () => {
    const { events, call, answer } = setUp();
    for (const command of [
      { call: "submit", params: request },
      { call: "configure", params: {} },
      { call: "encode", params: { text: "a" } },
      { call: "clearCache", params: null },
    ] as Command[]) {
      const { id, answered } = call(command);
      await answered;
      expect(answer(id)).toMatchObject({ type: "failed", error: { kind: "no-model" } });
    }
    for (const command of [
      { call: "abort", params: { requestId: requestId("x") } },
      { call: "snapshot", params: null },
      { call: "unload", params: null },
      { call: "status", params: null },
    ] as Command[]) {
      const { id, answered } = call(command);
      await answered;
      expect(answer(id)).toMatchObject({ type: "result" });
    }
    expect(events).toHaveLength(8);
  });

  it("says without a model why answers cannot be held to a format", async () => {
    const { call, answer } = setUp();
    const { id, answered } = call({ call: "checkFormat", params: { format: { type: "json_object" } } });
    await answered;
    expect(answer(id)).toMatchObject({ error: { kind: "invalid-request", message: "no such form" } });
  });

  it("a second load ends the first, and its model is the one that serves", async () => {
    const { loads, backend, call, answer, load } = setUp();
    const first = await load("first");
    const second = await load("second");
    await first.answered;
    expect(answer(first.id)).toMatchObject({ type: "failed", error: { kind: "aborted" } });
    expect(loads[0]!.signal.aborted).toBe(true);
    loads[1]!.finish();
    await second.answered;
    expect(answer(second.id)).toMatchObject({ type: "result", result: loaded });
    await call({ call: "submit", params: request }).answered;
    expect(backend.submit).toHaveBeenCalledOnce();
  });

  it("cancelLoad ends the load it names and no other; the next load works", async () => {
    const { loads, call, answer, load } = setUp();
    const first = await load("first");
    await call({ call: "cancelLoad", params: { loadCallId: callId(99) } }).answered;
    expect(loads[0]!.signal.aborted).toBe(false);
    await call({ call: "cancelLoad", params: { loadCallId: first.id } }).answered;
    expect(answer(first.id)).toMatchObject({ error: { kind: "aborted" } });
    const second = await load("second");
    loads[1]!.finish();
    await second.answered;
    expect(answer(second.id)).toMatchObject({ type: "result" });
  });

  it("unloads the present model before the next one loads, and passes errors on with their kind", async () => {
    const { loads, backend, call, answer, load } = setUp();
    const first = await load("first");
    loads[0]!.finish();
    await first.answered;
    backend.load.mockImplementationOnce(() => Promise.reject(new InferscopeError("corrupt-shard", "bad")));
    const second = call({ call: "load", params: params("second") });
    await second.answered;
    expect(backend.unload).toHaveBeenCalledOnce();
    expect(answer(second.id)).toMatchObject({ error: { kind: "corrupt-shard", message: "bad" } });
    const { id, answered } = call({ call: "submit", params: request });
    await answered;
    expect(answer(id)).toMatchObject({ error: { kind: "no-model" } });
  });

  it("fetches a backend again whose code did not arrive", async () => {
    const { createBackend, call, answer, load, loads } = setUp();
    createBackend.mockImplementationOnce(() => Promise.reject(new InferscopeError("network", "offline")));
    const first = call({ call: "load", params: params("first") });
    await first.answered;
    expect(answer(first.id)).toMatchObject({ error: { kind: "network" } });
    const second = await load("second");
    loads[0]!.finish();
    await second.answered;
    expect(createBackend).toHaveBeenCalledTimes(2);
  });

  it("beats every two seconds with the number of the last step", () => {
    vi.useFakeTimers();
    const { events, host } = setUp();
    const stop = host.startHeartbeat();
    vi.advanceTimersByTime(4100);
    stop();
    vi.advanceTimersByTime(4000);
    vi.useRealTimers();
    expect(events).toEqual([
      { type: "heartbeat", step: 0 },
      { type: "heartbeat", step: 0 },
    ]);
  });
});
