import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ThreadKeeper, type KeptThread } from "./thread-keeper.ts";

class FakeThread implements KeptThread {
  silentMs = 0;
  isStopped = false;
  #end: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => (this.#end = resolve));
  stop(): Promise<void> {
    this.isStopped = true;
    this.#end();
    return Promise.resolve();
  }
}

let started: FakeThread[];
let keeper: ThreadKeeper<FakeThread>;
beforeEach(() => {
  vi.useFakeTimers();
  const first = new FakeThread();
  started = [first];
  const start = () => {
    const thread = new FakeThread();
    started.push(thread);
    return Promise.resolve(thread);
  };
  keeper = new ThreadKeeper(first, start, 1000);
});
afterEach(async () => {
  await keeper.close();
  vi.useRealTimers();
});
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a kept thread", () => {
  it("stays while it speaks", async () => {
    started[0]!.silentMs = 1000;
    await pass(60_000);
    expect(keeper.current).toBe(started[0]);
  });

  it("is ended when it falls silent, and a fresh one comes", async () => {
    started[0]!.silentMs = 1001;
    await pass(250);
    expect(started[0]!.isStopped).toBe(true);
    expect(started).toHaveLength(2);
    expect(keeper.current).toBe(started[1]);
  });

  it("is replaced twice in five minutes, and again later", async () => {
    for (let times = 0; times < 3; times += 1) {
      void keeper.current!.stop();
      await pass(0);
    }
    expect(started).toHaveLength(3);
    expect(keeper.current).toBeNull();
    await pass(300_000);
    expect(keeper.current).toBeNull();
  });

  it("counts only the last five minutes", async () => {
    for (let times = 0; times < 5; times += 1) {
      void keeper.current!.stop();
      await pass(150_000);
    }
    expect(started).toHaveLength(6);
    expect(keeper.current).toBe(started[5]);
  });

  it("is not replaced once it is closed, also where its successor was on its way", async () => {
    await keeper.close();
    await pass(1000);
    expect(started[0]!.isStopped).toBe(true);
    expect(started).toHaveLength(1);
    expect(keeper.current).toBeNull();

    const late = new FakeThread();
    let arrive: (thread: FakeThread) => void = () => undefined;
    const first = new FakeThread();
    const other = new ThreadKeeper(first, () => new Promise((resolve) => (arrive = resolve)), 1000);
    void first.stop();
    await pass(0);
    expect(other.current).toBeNull();
    await other.close();
    arrive(late);
    await pass(0);
    expect(late.isStopped).toBe(true);
    expect(other.current).toBeNull();
  });

  it("is gone where none starts", async () => {
    const first = new FakeThread();
    const other = new ThreadKeeper(first, () => Promise.reject(new Error("no memory")), 1000);
    void first.stop();
    await pass(1000);
    expect(other.current).toBeNull();
    await other.close();
  });

  it("is watched no more after the end", async () => {
    await keeper.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
