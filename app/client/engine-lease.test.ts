import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { EngineLease } from "./engine-lease.ts";

interface Waiting {
  readonly grant: () => unknown;
  readonly fail: () => void;
  readonly signal: AbortSignal | undefined;
}

/** One exclusive lock with a queue, as the Web Locks specification has it. */
class FakeLocks {
  readonly #queue: Waiting[] = [];
  #holder: Waiting | null = null;

  request(_name: string, options: LockOptions, grant: () => unknown): Promise<unknown> {
    return new Promise((_, reject) => {
      const { signal, steal = false } = options;
      const waiting = { grant, signal, fail: () => reject(new DOMException("gone", "AbortError")) };
      signal?.addEventListener("abort", waiting.fail);
      if (steal) {
        this.#holder?.fail();
        this.#hold(waiting);
      } else {
        this.#queue.push(waiting);
        if (this.#holder === null) this.release();
      }
    });
  }

  /** The holder's tab closes. */
  release(): void {
    this.#holder = null;
    const next = this.#queue.splice(0).filter(({ signal }) => signal?.aborted !== true);
    const first = next.shift();
    this.#queue.push(...next);
    if (first !== undefined) this.#hold(first);
  }

  #hold(waiting: Waiting): void {
    this.#holder = waiting;
    // A lock that is stolen before its turn is never granted.
    queueMicrotask(() => {
      if (this.#holder === waiting) waiting.grant();
    });
  }
}

let locks: FakeLocks;
const open = () => new EngineLease(locks as unknown as LockManager);
const settle = () => vi.advanceTimersByTimeAsync(1000);

beforeEach(() => {
  vi.useFakeTimers();
  locks = new FakeLocks();
});
afterEach(() => void vi.useRealTimers());

it("the first tab has the engine, the others say so until it closes", async () => {
  const [first, second] = [open(), open()];
  await settle();
  expect([first.state, second.state]).toEqual(["held", "elsewhere"]);
  await expect(second.ask()).rejects.toMatchObject({ kind: "other-tab" });
  locks.release();
  await settle();
  expect(second.state).toBe("held");
  await second.ask();
});

it("a reloaded page that waits a moment for its predecessor never reads of another tab", async () => {
  open();
  await settle();
  const reloaded = open();
  const states: string[] = [];
  reloaded.onState((state) => states.push(state));
  await vi.advanceTimersByTimeAsync(100);
  locks.release();
  await settle();
  expect(states).toEqual(["held"]);
});

it("a takeover goes past the queue, back and forth, and the loser waits again", async () => {
  const [first, second, third] = [open(), open(), open()];
  await settle();
  third.takeOver();
  await settle();
  expect([first.state, second.state, third.state]).toEqual(["taken", "elsewhere", "held"]);
  first.takeOver();
  await settle();
  expect([first.state, second.state, third.state]).toEqual(["held", "elsewhere", "taken"]);
  locks.release();
  await settle();
  expect([first.state, second.state, third.state]).toEqual(["held", "held", "taken"]);
});

it("of two tabs that take it over at once one has it: no lock of the other's is called granted", async () => {
  const [first, second, third] = [open(), open(), open()];
  await settle();
  second.takeOver();
  third.takeOver();
  await settle();
  expect([first.state, second.state, third.state]).toEqual(["taken", "taken", "held"]);
  locks.release();
  await settle();
  expect([first.state, second.state, third.state]).toEqual(["held", "taken", "held"]);
});

it("without locks, or where they are forbidden, nobody is asked", async () => {
  expect(new EngineLease(undefined).state).toBe("held");
  const forbidden = { request: () => Promise.reject(new DOMException("no", "SecurityError")) };
  const lease = new EngineLease(forbidden as unknown as LockManager);
  await settle();
  expect(lease.state).toBe("held");
});
