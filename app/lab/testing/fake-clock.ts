/** A clock that jumps to the next sleeper whenever nothing else is left to do. */
import type { LabClock } from "../limited-run.ts";

/** Node's, which the page's types do not know. */
const { setImmediate } = globalThis as unknown as { setImmediate: (call: () => void) => void };

export class FakeClock implements LabClock {
  #nowMs: number;
  #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ atMs: this.#nowMs + ms, wake }));
  }

  /** Runs until `work` is done; rejects with it, and where it waits for something that never comes. */
  async run<Value>(work: Promise<Value>): Promise<Value> {
    const state = { done: false };
    const finished = work.finally(() => {
      state.done = true;
    });
    finished.catch(() => undefined);
    for (;;) {
      // A macrotask lets every promise that can go on do so.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (state.done) return finished;
      const [next] = this.#sleepers.toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined) throw new Error("the work waits for something that is no sleep");
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
  }
}
