import { EventEmitter } from "node:events";

import { beforeEach, describe, expect, it, vi } from "vitest";

import {
  defaultSampling,
  epochMs,
  requestId,
  type Command,
  type SubmittedRequest,
} from "../../protocol/index.ts";
import { EngineThread, type RequestEvent, type ThreadPort } from "./engine-thread-client.ts";

/** A thread that says what the test says. */
class FakePort extends EventEmitter {
  readonly posted: Command[] = [];
  postMessage(command: Command): void {
    this.posted.push(command);
  }
  terminate(): Promise<number> {
    queueMicrotask(() => this.emit("exit", 1));
    return Promise.resolve(1);
  }
  say(event: unknown): void {
    this.emit("message", event);
  }
  answer(result: unknown): void {
    this.say({ type: "result", callId: this.posted.at(-1)!.callId, result });
  }
}

let port: FakePort;
let thread: EngineThread;
beforeEach(async () => {
  port = new FakePort();
  const starting = EngineThread.start("scope", () => port as unknown as ThreadPort);
  port.answer({ model: { id: "scope" } });
  const started = await starting;
  thread = started.thread;
  expect(started.model).toEqual({ id: "scope" });
});

const request = (id: string): SubmittedRequest => ({
  id: requestId(id),
  prompt: { type: "text", text: "a" },
  sampling: defaultSampling,
  responseFormat: { type: "text" },
  usePrefixCache: true,
  submittedMs: epochMs(0),
});
function submit(id: string): RequestEvent[] {
  const heard: RequestEvent[] = [];
  thread.submit(request(id), (event) => heard.push(event));
  return heard;
}
const step = (...ids: string[]) => ({
  type: "step",
  trace: { sequences: ids.map((id) => ({ requestId: id })) },
});
const error = { kind: "invalid-request", message: "It is wrong.", hint: "Change it." };

describe("an engine thread", () => {
  it("loads the model that it is started with, on the CPU", () => {
    expect(port.posted).toMatchObject([
      { call: "load", params: { source: { id: "scope" }, backend: "paged", runner: "cpu", policy: {} } },
    ]);
  });

  it("ends where its model does not load, and says why", async () => {
    const other = new FakePort();
    const terminate = vi.spyOn(other, "terminate");
    const starting = EngineThread.start("none", () => other as unknown as ThreadPort);
    other.say({ type: "failed", callId: other.posted[0]!.callId, error });
    await expect(starting).rejects.toMatchObject({ kind: "invalid-request", message: "It is wrong." });
    expect(terminate).toHaveBeenCalledOnce();
  });

  it("gives each call its own answer, whatever their order", async () => {
    const [first, second] = [thread.call("snapshot", null), thread.call("encode", { text: "a" })];
    const [one, two] = port.posted.slice(-2);
    expect(one!.callId).not.toBe(two!.callId);
    port.say({ type: "result", callId: two!.callId, result: [5] });
    port.say({ type: "failed", callId: one!.callId, error });
    expect(await second).toEqual([5]);
    await expect(first).rejects.toMatchObject({ kind: "invalid-request", hint: "Change it." });
    port.say({ type: "result", callId: two!.callId, result: [6] });
  });

  it("tells each request its own steps, once, and its end", () => {
    const [a, b] = [submit("a"), submit("b")];
    const both = step("a", "a", "b");
    port.say(both);
    port.say(step("b"));
    const finished = { type: "finished", requestId: "a", choices: [], metrics: {} };
    port.say(finished);
    port.say({ type: "failed", requestId: "b", error });
    expect(a).toEqual([both, finished]);
    expect(b).toEqual([both, step("b"), { type: "failed", requestId: "b", error }]);
    port.say(step("a", "b"));
    port.say(finished);
    port.say({ type: "failed", requestId: "b", error });
    expect([a.length, b.length]).toEqual([2, 3]);
  });

  it("does not mind what concerns no request and no call", () => {
    const heard = submit("a");
    port.say({ type: "heartbeat", step: 1 });
    port.say({ type: "failed", error });
    port.say({ type: "finished", requestId: "other", choices: [], metrics: {} });
    expect(heard).toEqual([]);
  });

  it("fails a request that the engine does not take, in its words", async () => {
    const heard = submit("a");
    port.say({ type: "failed", callId: port.posted.at(-1)!.callId, error });
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    expect(heard).toEqual([{ type: "failed", requestId: "a", error }]);
    const other = submit("b");
    const plain = { kind: error.kind, message: error.message };
    port.say({ type: "failed", callId: port.posted.at(-1)!.callId, error: plain });
    await vi.waitFor(() => expect(other).toEqual([{ type: "failed", requestId: "b", error: plain }]));
  });

  it("passes an abort on", () => {
    thread.abort(requestId("a"));
    expect(port.posted.at(-1)).toMatchObject({ call: "abort", params: { requestId: "a" } });
  });

  it("ends every call and request with it, each once, and takes no more", async () => {
    const heard = submit("a");
    const call = thread.call("snapshot", null);
    expect(thread.isEnded).toBe(false);
    port.emit("error", new Error("out of memory"));
    port.emit("exit", 1);
    await thread.ended;
    await expect(call).rejects.toMatchObject({ kind: "worker-crashed" });
    const failed = { type: "failed", requestId: "a", error: { kind: "worker-crashed" } };
    await vi.waitFor(() => expect(heard).toMatchObject([failed]));
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(heard).toHaveLength(1);
    expect(thread.isEnded).toBe(true);
    const before = port.posted.length;
    await expect(thread.call("snapshot", null)).rejects.toMatchObject({
      kind: "worker-crashed",
      hint: expect.stringContaining("again") as string,
    });
    const late = submit("b");
    await vi.waitFor(() => expect(late).toMatchObject([{ ...failed, requestId: "b" }]));
    thread.abort(requestId("b"));
    expect(port.posted).toHaveLength(before);
  });

  it("stops", async () => {
    await thread.stop();
    expect(thread.isEnded).toBe(true);
  });

  it("tells how long it has been silent", () => {
    vi.useFakeTimers();
    port.say({ type: "heartbeat", step: 1 });
    vi.advanceTimersByTime(3000);
    expect(thread.silentMs).toBe(3000);
    port.say({ type: "heartbeat", step: 2 });
    expect(thread.silentMs).toBe(0);
    vi.useRealTimers();
  });
});
