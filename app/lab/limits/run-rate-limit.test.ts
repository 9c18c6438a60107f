import { describe, expect, it } from "vitest";

import { InferscopeError, type Generation, type GenerateRequest } from "../../../protocol/index.ts";
import type { LabClock } from "../limited-run.ts";
import { rateLimitMarkdown } from "./markdown.ts";
import { quantile } from "../statistics/bootstrap.ts";
import { servingLab } from "../testing/serving-lab.ts";
import { rateLimitFinding, summarizeArm, type LimitedRecord } from "./report.ts";
import { runRateLimit, type RateLimitEvent } from "./run-rate-limit.ts";

/** Sleeping moves the engine's clock. */
function setUp(generate?: (request: GenerateRequest) => Generation) {
  const { lab, serving } = servingLab();
  const clock: LabClock = {
    now: () => serving.nowMs,
    sleep: (ms) => {
      serving.nowMs += ms;
      return Promise.resolve();
    },
  };
  if (generate !== undefined) Object.assign(lab.serving, { generate });
  return { serving, clock, run: (options: Record<string, unknown>) => runRateLimit(lab, options, clock) };
}

const few = { requests: 6, maxTokens: 8, lengths: "same", concurrency: 3 };

describe("sequential against parallel", () => {
  it("sends the same requests in both arms, and nobody waits where the limits do not bind", async () => {
    const { run } = setUp();
    const events: RateLimitEvent[] = [];
    const report = await run({ ...few, onEvent: (event: RateLimitEvent) => events.push(event) });
    const [sequential, parallel] = report.arms;
    expect(sequential).toMatchObject({ id: "sequential", concurrency: 1, summary: { numFinished: 6 } });
    expect(parallel).toMatchObject({ id: "parallel", concurrency: 3, summary: { numFinished: 6 } });
    expect(parallel?.records.map(({ label }) => label)).toEqual(
      sequential?.records.map(({ label }) => label),
    );
    expect(report.arms.flatMap(({ waits }) => waits.map(({ numRequests }) => numRequests))).toEqual(
      Array.from({ length: 8 }, () => 0),
    );
    expect(report.speedup).toBeGreaterThan(1.5);
    expect(rateLimitFinding(report)).toMatch(
      /^Parallel was .* times as fast.*No request had to wait for a limit/,
    );
    expect(events.filter(({ type }) => type === "call-done")).toHaveLength(12);
    expect(events.filter(({ type }) => type === "sent")).toHaveLength(12);
    expect(events.at(-1)).toMatchObject({ type: "call-done", done: 12, total: 12 });
    expect(rateLimitMarkdown(report)).toContain("| Wall time");
  });

  it("sends a request when it arrives, and counts from there what its caller waits", async () => {
    const { run } = setUp();
    const report = await run({ ...few, arrivals: "fixed", ratePerSecond: 0.1, requestsPerMinute: null });
    // Sleeping moves this clock for all, so that only one request after another keeps its time.
    const [sequential, parallel] = report.arms;
    const arrivals = [0, 10_000, 20_000, 30_000, 40_000, 50_000];
    expect(parallel?.records.map(({ arrivedMs }) => arrivedMs)).toEqual(arrivals);
    expect(sequential?.records.map(({ askedMs }) => askedMs)).toEqual(arrivals);
    const waits = sequential?.records.map(({ endMs, arrivedMs }) => endMs - arrivedMs) ?? [];
    expect(sequential?.sinceArrivalMs).toMatchObject({ n: 6, p50: quantile(waits, 0.5) });
    expect(Math.max(...waits)).toBeLessThan(10_000);
    expect(rateLimitMarkdown(report)).toMatch(/6 requests, 0.1 a second, seed 20, of at most/);
  });

  it("tells who waited for which limit, and that the limits held", async () => {
    const { run } = setUp();
    const report = await run({ ...few, requestsPerMinute: 120, tokensPerMinute: null, windowSeconds: 1 });
    for (const { busiestWindow, waits } of report.arms) {
      expect(busiestWindow.requests).toBeLessThanOrEqual(2);
      expect(waits.find(({ reason }) => reason === "tokens")?.numRequests).toBe(0);
    }
    const waited = report.arms[1]?.waits.find(({ reason }) => reason === "requests");
    expect(waited?.numRequests).toBeGreaterThanOrEqual(2);
    expect(waited?.longestMs).toBeGreaterThan(500);
    expect(rateLimitFinding(report)).toMatch(/requests waited for the request limit, up to/);
    expect(rateLimitMarkdown(report)).toMatch(/Waited for the request limit +\| \d+ requests, longest/);
  });

  it("counts what never fits as refused and runs the others", async () => {
    const { run } = setUp();
    const sizes = (await run(few)).arms[0]?.records.map(({ tokens }) => tokens) ?? [];
    const tokensPerMinute = Math.max(...sizes) - 1;
    const report = await run({ ...few, tokensPerMinute });
    const [arm] = report.arms;
    expect(arm?.numRefused).toBeGreaterThan(0);
    expect(arm?.summary.numFinished).toBeGreaterThan(0);
    expect((arm?.numRefused ?? 0) + (arm?.summary.numFinished ?? 0)).toBe(6);
    expect(arm?.busiestWindow.tokens).toBeLessThanOrEqual(tokensPerMinute);
  });

  it("rejects where nothing was answered, with the first reason", async () => {
    const failing = () => {
      const result = Promise.reject(new InferscopeError("request-too-large", "needs 12 blocks"));
      result.catch(() => undefined);
      return { requestId: "req-1", result, abort: () => undefined } as unknown as Generation;
    };
    const { run } = setUp(failing);
    await expect(run(few)).rejects.toThrow("No request was answered: needs 12 blocks");
  });

  it("ends with what is done when it is cancelled, and puts the policy back", async () => {
    const { run, serving } = setUp();
    const controller = new AbortController();
    const report = await run({
      ...few,
      policy: { prefixCache: false },
      signal: controller.signal,
      onEvent: (event: RateLimitEvent) => {
        if (event.type === "call-done" && event.done === 2) controller.abort();
      },
    });
    expect(report).toMatchObject({ aborted: true, speedup: null, policy: { prefixCache: false } });
    expect(report.arms.map(({ id, summary }) => [id, summary.numFinished])).toEqual([["sequential", 2]]);
    expect(report.arms[0]?.summary.numAborted).toBe(4);
    expect(serving.policy.prefixCache).toBe(true);
  });

  it.each([
    [{ requests: 0 }, /number of requests is 0/],
    [{ requestsPerMinute: 0 }, /requestsPerMinute is 0/],
    [{ requestsPerMinute: 30, windowSeconds: 1 }, /lets nothing through in 1000 ms/],
    [{ concurrency: 1.5 }, /concurrency is 1.5/],
    [{ source: "none" }, /source is "none"/],
  ])("%j is refused", async (options, message) => {
    await expect(setUp().run(options)).rejects.toThrow(message);
  });
});

it("a finding says what was measured, whichever way it went", () => {
  const arm = (id: "sequential" | "parallel", e2eLatencyMs: number) => {
    const record: LimitedRecord = {
      ...{
        label: "1",
        tokens: 10,
        arrivedMs: 0,
        askedMs: 0,
        startsMs: [0],
        endMs: e2eLatencyMs,
        waits: [],
        error: null,
      },
      metrics: {
        ...{ numPromptTokens: 8, numCachedTokens: 0, numOutputTokens: 2, queueTimeMs: 0, prefillTimeMs: 1 },
        ...{ ttftMs: 1, itlMs: [1], tpotMs: 1, numPreemptions: 0, e2eLatencyMs },
      },
    };
    return summarizeArm(id, id === "parallel" ? 8 : 1, [record], 60_000);
  };
  const finding = (from: number, to: number) =>
    rateLimitFinding({ arms: [arm("sequential", from), arm("parallel", to)], speedup: from / to });
  expect(finding(2000, 1000)).toContain(
    "Parallel was 2.00 times as fast: 2.00 s one after another, 1.00 s with 8",
  );
  expect(finding(1000, 2000)).toContain("Parallel was slower, 2.00 times the time");
  expect(finding(1000, 1010)).toContain("Parallel took as long as sequential");
  expect(rateLimitFinding({ arms: [], speedup: null })).toBeNull();
});
