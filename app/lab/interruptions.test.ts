import { describe, expect, it } from "vitest";

import type { Generation, Interruption } from "../../protocol/index.ts";
import { runBench } from "./bench/run-bench.ts";
import { runClaims } from "./claims/run-claims.ts";
import { latencyLesson } from "./learn/latency.ts";
import { runRateLimit } from "./limits/run-rate-limit.ts";
import { labOn, markdownOf, readAs, runExperiment, testEnvironment } from "./testing/experiments.ts";
import { FakeEngine } from "./testing/fake-engine.ts";
import { servingLab } from "./testing/serving-lab.ts";

/** Marks requests as the page does; `which` counts them from 0. */
function marking<Request>(
  generate: (request: Request) => Generation,
  which: (number: number) => boolean,
  interrupted: Interruption = "hidden",
): (request: Request) => Generation {
  let number = 0;
  return (request) => {
    const generation = generate(request);
    if (!which(number++)) return generation;
    const result = generation.result.then((value) => ({
      ...value,
      metrics: { ...value.metrics, interrupted },
    }));
    // Whoever aborted is not interested.
    result.catch(() => undefined);
    return Object.assign(Object.create(generation) as Generation, {
      requestId: generation.requestId,
      abort: () => generation.abort(),
      result,
    });
  };
}

function marked(which: (number: number) => boolean, interrupted?: Interruption) {
  const { lab, serving } = servingLab();
  const generate = marking(
    (request: Parameters<typeof lab.serving.generate>[0]) => lab.serving.generate(request),
    which,
    interrupted,
  );
  return {
    serving,
    lab: { ...lab, serving: Object.assign(Object.create(lab.serving) as typeof lab.serving, { generate }) },
  };
}

const all = () => true;
const none = () => false;

describe("measurements that were interrupted are in no figure and are counted", () => {
  const compare = async (which: (number: number) => boolean) => {
    const engine = new FakeEngine(() => "a b c");
    const generate = marking(engine.generate, which);
    const options = { rows: 3, repeats: 1, plans: ["structured", "naive-chain"] };
    const marked = Object.assign(Object.create(engine) as FakeEngine, { generate });
    return readAs("compare", await runExperiment("compare", labOn(marked), options));
  };

  it("compare", async () => {
    const whole = await compare(none);
    // The warm-up is request 0, the first sample's only call is request 1.
    const report = await compare((number) => number === 1);
    const [structured] = report.plans;
    expect(whole.plans[0]).toMatchObject({ n: 3, numInterrupted: 0 });
    expect(structured).toMatchObject({ plan: "structured", n: 2, numInterrupted: 1, numFailed: 0 });
    expect(report.samples).toHaveLength(whole.samples.length);
    expect(new Set(report.differences.map(({ n }) => n))).toEqual(new Set([2]));
    expect(await markdownOf(report)).toContain("interrupted");
    await expect(compare(all)).rejects.toMatchObject({ kind: "interrupted" });
  });

  it("reports from before the marks", async () => {
    const report = await compare(none);
    const samples = report.samples.map((sample, index) => ({ ...sample, hidden: index === 0 }));
    const old = await readAs("compare", { ...report, samples });
    const { reprice } = await import("./experiments/compare/reprice.ts");
    expect(reprice(old, report.priceSheet).plans[0]).toMatchObject({ n: 2, numInterrupted: 1 });
  });

  it("batch and its sweep", async () => {
    const options = { requests: 8, maxTokens: 16, sweep: [4] };
    const { modes } = await runExperiment("batch", marked(none).lab, options);
    const total = modes.length;
    const report = await runExperiment("batch", marked((number) => number > 8).lab, options);
    const summaries = [...report.modes, ...report.sweep].map(({ summary }) => summary);
    expect(report.modes).toHaveLength(total);
    for (const { numInterrupted, numFinished, wallMs, outputTokensPerSecond, ttftMs } of summaries.slice(1)) {
      expect({ numInterrupted, wallMs, outputTokensPerSecond, ttftMs }).toEqual({
        numInterrupted: numFinished,
        wallMs: null,
        outputTokensPerSecond: null,
        ttftMs: null,
      });
    }
    expect(await markdownOf(report)).toContain("Interrupted");
  });

  it("rate limits", async () => {
    const run = (which: (number: number) => boolean) => {
      const { lab, serving } = marked(which);
      const clock = { now: () => serving.nowMs, sleep: () => Promise.resolve() };
      return runRateLimit(lab, { requests: 6, maxTokens: 8 }, clock);
    };
    const whole = await run(none);
    expect(whole.speedup).not.toBeNull();
    const { arms, speedup } = await run((number) => number === 1);
    expect(speedup).toBeNull();
    expect(arms.map(({ summary }) => summary.numInterrupted)).toEqual([1, 0]);
    expect(arms[0]?.sinceArrivalMs?.n).toBe(5);
  });

  it("bench", async () => {
    const settings = { quick: true, passes: 2 };
    const run = (which: (number: number) => boolean) => {
      const { lab } = marked(which);
      return runBench(lab.serving, () => Promise.resolve(testEnvironment), settings);
    };
    const whole = await run(none);
    let last = 0;
    const report = await run((number) => {
      last = number;
      return number === 50;
    });
    expect(whole.numInterrupted).toBe(0);
    expect(last).toBeGreaterThan(50);
    expect(report.numInterrupted).toBe(1);
    expect(report.samples).toHaveLength(whole.samples.length);
    const counted = (spread: typeof whole.spread) => Object.values(spread).reduce((sum, { n }) => sum + n, 0);
    expect(counted(report.spread)).toBeLessThan(counted(whole.spread));
    await expect(run(all)).rejects.toMatchObject({ kind: "interrupted" });
  });

  it("cache", async () => {
    const options = { repeats: 3, requests: 2 };
    const whole = await runExperiment("cache", marked(none).lab, options);
    // Request 2 is the first measured one: after the warm-up, and the one that fills the cache.
    const report = await runExperiment("cache", marked((number) => number === 2).lab, options);
    expect(whole.positions.map(({ n, numInterrupted }) => [n, numInterrupted])).toEqual([
      [3, 0],
      [3, 0],
      [3, 0],
    ]);
    expect(report.positions.map(({ n, numInterrupted }) => [n, numInterrupted])).toEqual([
      [2, 1],
      [3, 0],
      [3, 0],
    ]);
    await expect(runExperiment("cache", marked(all).lab, options)).rejects.toMatchObject({
      kind: "interrupted",
    });
  });

  it("claims and lessons, which then have no figure", async () => {
    const { lab } = marked((number) => number > 40, "clock-jump");
    const options = { ids: [1, 2, 3, 4], repeats: 2 };
    const whole = await runClaims(marked(none).lab, options);
    const { claims, failed } = await runClaims(lab, options);
    expect(claims.length).toBeLessThan(whole.claims.length);
    expect(failed.some(({ error }) => error.kind === "interrupted")).toBe(true);
    const context = {
      lab: { ...lab, engine: new FakeEngine(() => "a") },
      signal: new AbortController().signal,
    };
    await expect(latencyLesson.run({ ...context, onProgress: () => undefined })).rejects.toMatchObject({
      kind: "interrupted",
    });
  });
});
