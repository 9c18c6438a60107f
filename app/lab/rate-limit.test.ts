import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { InferscopeError, defaultRetry, parseRetryAfter, retryDelayMs } from "../../protocol/index.ts";
import { runLimited, type LimitedEvent, type LimitedOptions } from "./limited-run.ts";
import { RateLimiter, type RateLimits } from "./rate-limit.ts";
import { FakeClock } from "./testing/fake-clock.ts";

const limits = (requestsPerMinute: number | null, tokensPerMinute: number | null): RateLimits => ({
  requestsPerMinute,
  tokensPerMinute,
});

interface Attempt {
  readonly atMs: number;
  readonly tokens: number;
}

/** Most requests and tokens that any window of 60 s holds: it is enough to start one at each attempt. */
function busiestWindow(attempts: readonly Attempt[]): { requests: number; tokens: number } {
  const windows = attempts.map(({ atMs: from }) =>
    attempts.filter(({ atMs }) => atMs >= from && atMs < from + 60_000),
  );
  return {
    requests: Math.max(0, ...windows.map((window) => window.length)),
    tokens: Math.max(0, ...windows.map((window) => window.reduce((sum, { tokens }) => sum + tokens, 0))),
  };
}

const options = (clock: FakeClock, change: Partial<LimitedOptions> = {}): LimitedOptions => ({
  clock,
  limits: limits(null, null),
  concurrency: 4,
  retry: defaultRetry,
  random: () => 0.5,
  ...change,
});

describe("RateLimiter", () => {
  it("lets a full window through at once and the next call when the first one leaves it", () => {
    const limiter = new RateLimiter(limits(3, null));
    for (const atMs of [0, 10, 20]) {
      expect(limiter.waitMs(atMs, 5)).toBe(0);
      limiter.record(atMs, 5);
    }
    expect(limiter.waitMs(1000, 5)).toBe(59_000);
    expect(limiter.waitMs(59_999, 5)).toBe(1);
    expect(limiter.waitMs(60_000, 5)).toBe(0);
    expect(limiter.used(60_000)).toEqual({ requests: 2, tokens: 10 });
  });

  it("waits until enough tokens have left, however many calls that are", () => {
    const limiter = new RateLimiter(limits(null, 100));
    limiter.record(0, 30);
    limiter.record(1000, 30);
    limiter.record(2000, 40);
    expect(limiter.waitMs(3000, 30)).toBe(57_000);
    expect(limiter.waitMs(3000, 31)).toBe(58_000);
    expect(limiter.waitMs(3000, 61)).toBe(59_000);
  });

  it("says which limit a call waits for, the last one that clears", () => {
    const limiter = new RateLimiter(limits(2, 100));
    limiter.record(0, 50);
    limiter.record(1000, 10);
    expect(limiter.wait(2000, 1)).toEqual({ ms: 58_000, limit: "requests" });
    expect(limiter.wait(2000, 95)).toEqual({ ms: 59_000, limit: "tokens" });
    expect(limiter.wait(61_000, 95)).toEqual({ ms: 0, limit: null });
  });

  it("enforces a share of the limits in a shorter window", () => {
    const limiter = new RateLimiter({ ...limits(120, 600), windowMs: 1000 });
    limiter.record(0, 1);
    limiter.record(100, 1);
    expect(limiter.wait(200, 1)).toEqual({ ms: 800, limit: "requests" });
    expect(limiter.wait(1000, 9)).toEqual({ ms: 0, limit: null });
    expect(limiter.wait(1000, 10)).toEqual({ ms: 100, limit: "tokens" });
    expect(() => limiter.wait(1000, 11)).toThrow(/10 tokens in 1000 ms/);
    expect(() => new RateLimiter({ ...limits(30, null), windowMs: 1000 })).toThrow(/lets nothing through/);
  });

  it("refuses a call that never fits and a limit that lets nothing through", () => {
    expect(() => new RateLimiter(limits(null, 100)).waitMs(0, 101)).toThrow(/101 tokens never fits.*100/);
    expect(() => new RateLimiter(limits(0, null))).toThrow(/requestsPerMinute is 0/);
    expect(() => new RateLimiter(limits(null, Number.NaN))).toThrow(/tokensPerMinute is NaN/);
  });
});

describe("retryDelayMs", () => {
  const retry = { maxAttempts: 9, baseMs: 100, capMs: 1000 };

  it("honours what the server asks for, even above the cap", () => {
    expect(retryDelayMs(1, 30_000, retry, () => 0.5)).toBe(30_000);
  });

  it("jitters within a bound that doubles up to the cap", () => {
    const most = (failed: number) => retryDelayMs(failed, null, retry, () => 1);
    expect([1, 2, 3, 4, 5, 9].map(most)).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(retryDelayMs(3, null, retry, () => 0)).toBe(0);
  });

  it("reads Retry-After in both forms", () => {
    const now = Date.parse("2026-11-24T08:00:00Z");
    expect(parseRetryAfter("20", now)).toBe(20_000);
    expect(parseRetryAfter("Tue, 24 Nov 2026 08:00:30 GMT", now)).toBe(30_000);
    expect(parseRetryAfter("Tue, 24 Nov 2026 07:00:00 GMT", now)).toBe(0);
    expect(parseRetryAfter("soon", now)).toBeNull();
    expect(parseRetryAfter("-3", now)).toBeNull();
  });
});

describe("runLimited", () => {
  it("never exceeds either limit in any window of 60 s, failed attempts counted", async () => {
    const call = fc.record({
      tokens: fc.integer({ min: 1, max: 50 }),
      ms: fc.double({ min: 0, max: 40_000, noNaN: true }),
      failures: fc.integer({ min: 0, max: 3 }),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 90_000 })),
    });
    const setting = fc.record({
      calls: fc.array(call, { minLength: 1, maxLength: 30 }),
      rpm: fc.option(fc.integer({ min: 1, max: 12 })),
      tpm: fc.option(fc.integer({ min: 50, max: 300 })),
      concurrency: fc.integer({ min: 1, max: 8 }),
      startMs: fc.double({ min: 0, max: 2e12, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(setting, async ({ calls, rpm, tpm, concurrency, startMs, jitter }) => {
        const clock = new FakeClock(startMs);
        const attempts: Attempt[] = [];
        let [running, most] = [0, 0];
        const results = await clock.run(
          runLimited(
            calls.map(({ tokens, ms, failures, retryAfterMs }) => {
              let failed = 0;
              return {
                tokens,
                run: async () => {
                  attempts.push({ atMs: clock.now(), tokens });
                  most = Math.max(most, (running += 1));
                  await clock.sleep(ms);
                  running -= 1;
                  if (failed++ < failures) {
                    const details = retryAfterMs === null ? {} : { retryAfterMs };
                    throw new InferscopeError("rate-limited", "429", { details });
                  }
                  return tokens;
                },
              };
            }),
            options(clock, { limits: limits(rpm, tpm), concurrency, random: () => jitter }),
          ),
        );
        const busiest = busiestWindow(attempts);
        expect(busiest.requests).toBeLessThanOrEqual(rpm ?? Infinity);
        expect(busiest.tokens).toBeLessThanOrEqual(tpm ?? Infinity);
        expect(most).toBeLessThanOrEqual(concurrency);
        expect(attempts).toHaveLength(calls.reduce((sum, { failures }) => sum + failures + 1, 0));
        expect(results.map(({ outcome }) => outcome)).toEqual(calls.map(({ tokens }) => ({ value: tokens })));
      }),
      { numRuns: 300 },
    );
  });

  it("starts a call as early as the limits allow", async () => {
    const clock = new FakeClock();
    const calls = Array.from({ length: 5 }, () => ({ tokens: 1, run: () => clock.sleep(10) }));
    const results = await clock.run(runLimited(calls, options(clock, { limits: limits(2, null) })));
    expect(results.map(({ startsMs }) => startsMs)).toEqual([[0], [0], [60_000], [60_000], [120_000]]);
    expect(results.map(({ waitedMs }) => waitedMs)).toEqual([0, 0, 60_000, 60_000, 119_990]);
    // The last one asks when the first ends, and waits behind the two before it.
    expect(results[4]?.waits).toEqual([
      { fromMs: 10, toMs: 60_000, reason: "requests" },
      { fromMs: 60_000, toMs: 120_000, reason: "requests" },
    ]);
  });

  it("asks for a call when it has arrived and a place is free", async () => {
    const clock = new FakeClock();
    const calls = [0, 5, 100].map((atMs) => ({ tokens: 1, atMs, run: () => clock.sleep(10) }));
    const results = await clock.run(runLimited(calls, options(clock, { concurrency: 1 })));
    expect(results.map(({ askedMs }) => askedMs)).toEqual([0, 10, 100]);
    expect(results.map(({ startsMs }) => startsMs)).toEqual([[0], [10], [100]]);
    const together = new FakeClock();
    const parallel = await together.run(
      runLimited(
        [0, 5, 100].map((atMs) => ({ tokens: 1, atMs, run: () => together.sleep(10) })),
        options(together, { concurrency: 3 }),
      ),
    );
    expect(parallel.map(({ startsMs }) => startsMs)).toEqual([[0], [5], [100]]);
  });

  it("holds every call back while the server asks to wait, and shows the wait", async () => {
    const clock = new FakeClock();
    const events: LimitedEvent[] = [];
    let refused = false;
    const first = {
      tokens: 1,
      run: () => {
        if (refused) return Promise.resolve("late");
        refused = true;
        return Promise.reject(
          new InferscopeError("rate-limited", "429", { details: { retryAfterMs: 7000 } }),
        );
      },
    };
    const second = { tokens: 1, run: () => Promise.resolve("second") };
    const results = await clock.run(
      runLimited([first, second], options(clock, { concurrency: 1, onEvent: (event) => events.push(event) })),
    );
    expect(results.map(({ startsMs }) => startsMs)).toEqual([[0, 7000], [7000]]);
    expect(events).toContainEqual({ type: "wait", call: 0, ms: 7000, reason: "retry" });
  });

  it("gives up after the last attempt and at once on what no retry mends", async () => {
    const clock = new FakeClock();
    let attempts = 0;
    const failing = (kind: "server" | "invalid-request") => ({
      tokens: 1,
      run: () => Promise.reject(new InferscopeError(kind, `try ${(attempts += 1)}`)),
    });
    const [server] = await clock.run(runLimited([failing("server")], options(clock)));
    expect(attempts).toBe(defaultRetry.maxAttempts);
    expect(server?.outcome).toMatchObject({ error: { kind: "server", message: "try 4" } });
    const results = await clock.run(
      runLimited([failing("invalid-request"), { tokens: 1, run: () => Promise.resolve(1) }], options(clock)),
    );
    expect(attempts).toBe(5);
    expect(results[0]?.outcome).toMatchObject({ error: { kind: "invalid-request" } });
    expect(results[1]?.outcome).toEqual({ value: 1 });
  });

  it("starts nothing after an abort, not even what waits for the limits", async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    let started = 0;
    const calls = Array.from({ length: 4 }, () => ({
      tokens: 1,
      run: async () => {
        started += 1;
        await clock.sleep(100);
        controller.abort();
      },
    }));
    const results = await clock.run(
      runLimited(
        calls,
        options(clock, { limits: limits(1, null), concurrency: 2, signal: controller.signal }),
      ),
    );
    expect(started).toBe(1);
    expect(clock.now()).toBe(100);
    expect(results.slice(1).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 3 }, () => ({ error: { kind: "aborted", message: "The run was cancelled." } })),
    );
  });

  it("ends a call that never fits with its error and runs the others", async () => {
    const clock = new FakeClock();
    const results = await clock.run(
      runLimited(
        [7, 3].map((tokens) => ({ tokens, run: () => Promise.resolve(tokens) })),
        options(clock, { limits: limits(null, 5) }),
      ),
    );
    expect(results[0]?.outcome).toMatchObject({ error: { kind: "request-too-large" } });
    expect(results[1]?.outcome).toEqual({ value: 3 });
  });
});
