import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { TimeLatch, type TimeSource } from "./time-latch.ts";

let page: { hidden: boolean; sleptMs: number; setMs: number };
let listeners: Set<(kind: "hidden" | "frozen") => void>;
let latch: TimeLatch;

beforeEach(() => {
  vi.useFakeTimers();
  page = { hidden: false, sleptMs: 0, setMs: 0 };
  listeners = new Set();
  const source: TimeSource = {
    isHidden: () => page.hidden,
    onPageEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    monotonicMs: () => Date.now() + page.sleptMs,
    wallMs: () => Date.now() + page.sleptMs + page.setMs,
  };
  latch = new TimeLatch(source);
});
afterEach(() => void vi.useRealTimers());

const tell = (kind: "hidden" | "frozen") => listeners.forEach((listener) => listener(kind));

it("finds nothing in an hour in front of somebody", () => {
  const end = latch.begin();
  vi.advanceTimersByTime(3_600_000);
  expect(end()).toBeNull();
});

const accidents: readonly (readonly [string, () => void, string])[] = [
  ["a tab that is hidden at the start", () => void (page.hidden = true), "hidden"],
  ["a tab that is hidden for a moment", () => tell("hidden"), "hidden"],
  ["a tab that is frozen", () => tell("frozen"), "frozen"],
  ["a page that stands still for longer than five seconds", () => (page.sleptMs += 5001), "clock-jump"],
  ["a sleep in which one of the clocks stood still", () => void (page.setMs += 1001), "clock-jump"],
  ["a clock that is set back", () => void (page.setMs -= 1001), "clock-jump"],
];
it.each(accidents)("marks %s, also at its last moment", (_, happen, kind) => {
  const [early, late] = [latch.begin(), latch.begin()];
  happen();
  expect(early()).toBe(kind);
  vi.advanceTimersByTime(3000);
  page.hidden = false;
  expect(late()).toBe(kind);
});

it("keeps what explains most, and marks nobody who came after it", () => {
  const [first, frozen] = [latch.begin(), latch.begin()];
  tell("hidden");
  page.sleptMs += 60_000;
  const second = latch.begin();
  vi.advanceTimersByTime(3000);
  expect([first(), second()]).toEqual(["hidden", null]);
  tell("frozen");
  tell("hidden");
  expect(frozen()).toBe("frozen");
});

it("lets four seconds pass: a busy page is not a sleeping one", () => {
  const end = latch.begin();
  page.sleptMs += 3900;
  expect(end()).toBeNull();
});

it("watches nothing while no request is under way", () => {
  const end = latch.begin();
  expect([listeners.size, vi.getTimerCount()]).toEqual([1, 1]);
  end();
  end();
  expect([listeners.size, vi.getTimerCount()]).toEqual([0, 0]);
  page.sleptMs += 60_000;
  expect(latch.begin()()).toBeNull();
});
