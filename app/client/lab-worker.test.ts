import { describe, expect, it, vi } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import type { LabCommand, LabEvent } from "../lab/lab-calls.ts";
import { LabWorker, type LabProcess } from "./lab-worker.ts";

/** Answers what it is told to, a turn later. */
class FakeProcess implements LabProcess {
  onmessage: LabProcess["onmessage"] = null;
  onerror: LabProcess["onerror"] = null;
  terminated = false;
  readonly commands: LabCommand[] = [];
  readonly #events: readonly LabEvent[];

  constructor(events: readonly LabEvent[]) {
    this.#events = events;
  }

  postMessage(command: LabCommand): void {
    this.commands.push(command);
    queueMicrotask(() => this.#events.forEach((data) => this.onmessage?.({ data })));
  }

  terminate(): void {
    this.terminated = true;
  }
}

const params = { encoding: "o200k", texts: ["a"] } as const;

describe("the lab's worker", () => {
  it("starts once, reports progress and answers", async () => {
    const process = new FakeProcess([
      { type: "progress", progress: { stage: "reading", done: null, total: null } },
      { type: "result", result: [{ ids: [1], pieces: ["a"] }] },
    ]);
    let numSpawned = 0;
    const worker = new LabWorker(() => {
      numSpawned += 1;
      return process;
    });
    const stages: string[] = [];
    const onProgress = ({ stage }: { stage: string }) => stages.push(stage);
    await expect(worker.call("tokenize", params, { onProgress })).resolves.toEqual([
      { ids: [1], pieces: ["a"] },
    ]);
    await worker.call("tokenize", params);
    expect([numSpawned, process.commands.length, stages]).toEqual([1, 2, ["reading"]]);
  });

  it("passes on what a call says went wrong", async () => {
    const worker = new LabWorker(() => new FakeProcess([{ type: "failed", message: "too large" }]));
    await expect(worker.call("tokenize", params)).rejects.toMatchObject({
      kind: "invalid-request",
      message: "too large",
    });
  });

  it("dies when a call is cancelled, and starts again for the next", async () => {
    const silent = new FakeProcess([]);
    const processes = [silent, new FakeProcess([{ type: "result", result: [] }])];
    const worker = new LabWorker(() => processes.shift() ?? silent);
    const controller = new AbortController();
    const call = worker.call("tokenize", params, { signal: controller.signal });
    await Promise.resolve();
    controller.abort();
    await expect(call).rejects.toMatchObject({ kind: "aborted" });
    expect(silent.terminated).toBe(true);
    await expect(worker.call("tokenize", params)).resolves.toEqual([]);
  });

  it("ends a call that takes longer than it may, counted from its own start", async () => {
    vi.useFakeTimers();
    try {
      const silent = new FakeProcess([]);
      const processes = [silent, new FakeProcess([{ type: "started" }, { type: "result", result: [] }])];
      const worker = new LabWorker(() => processes.shift()!);
      const limit = { ms: 2000, error: () => new InferscopeError("invalid-request", "too slow") };
      const call = worker.call("tokenize", params, { limit });
      const ended = expect(call).rejects.toMatchObject({ message: "too slow" });
      const next = worker.call("tokenize", params, { limit });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(silent.terminated).toBe(false);
      silent.onmessage?.({ data: { type: "started" } });
      await vi.advanceTimersByTimeAsync(1999);
      expect(silent.terminated).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await ended;
      expect(silent.terminated).toBe(true);
      // Its turn comes now, in a new process, which nothing ends afterwards.
      await expect(next).resolves.toEqual([]);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("never starts a call that was cancelled before its turn", async () => {
    const worker = new LabWorker(() => {
      throw new Error("not wanted");
    });
    await expect(worker.call("tokenize", params, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: "aborted",
    });
  });

  it("says when the process broke", async () => {
    const process = new FakeProcess([]);
    const worker = new LabWorker(() => process);
    const call = worker.call("tokenize", params);
    await Promise.resolve();
    process.onerror?.({ message: "out of memory" });
    await expect(call).rejects.toMatchObject({ kind: "worker-crashed", message: "out of memory" });
  });
});
