import { describe, expect, it } from "vitest";

import { markdownOf, readAs, runExperiment } from "../testing/experiments.ts";
import { servingLab } from "../testing/serving-lab.ts";

describe("the cache experiment", () => {
  it("measures three places and the hit rate by request", async () => {
    const { lab } = servingLab();
    const events: unknown[] = [];
    const report = await runExperiment(
      "cache",
      lab,
      { repeats: 2, requests: 3 },
      { onEvent: (event) => events.push(event) },
    );
    expect(await readAs("cache", JSON.parse(JSON.stringify(report)))).toEqual(report);
    const [front, middle, end] = report.positions;
    expect(report.positions.map(({ place }) => place)).toEqual(["front", "middle", "end"]);
    expect(front).toMatchObject({ breakBlock: 1, cachedAfter: 0, n: 2 });
    expect(front?.cachedBefore).toBeGreaterThan(16);
    expect(front?.ttftMs.difference).toBeGreaterThan(0);
    expect(middle?.cachedAfter).toBeLessThan(end?.cachedAfter ?? 0);
    expect(end?.cachedAfter).toBe(end?.cachedBefore);
    const hits = (key: "plain" | "timestampInFront") =>
      report.history[key].map(({ cachedTokens }) => cachedTokens > 0);
    expect(hits("plain")).toEqual([false, true, true]);
    expect(hits("timestampInFront")).toEqual([false, false, false]);
    expect(events.at(-1)).toMatchObject({ type: "progress", done: 18, total: 18 });
    expect(await markdownOf(report)).toContain("front (before System)");
  });

  it("under another policy finds nothing in the cache, and puts the policy back", async () => {
    const { lab, serving } = servingLab();
    const report = await runExperiment("cache", lab, {
      ...{ repeats: 2, requests: 2 },
      policy: { prefixCache: false },
    });
    expect(report.policy.prefixCache).toBe(false);
    expect(report.positions.map(({ cachedBefore }) => cachedBefore)).toEqual([0, 0, 0]);
    expect(serving.policy.prefixCache).toBe(true);
  });

  it("refuses bad options and rejects a cancelled run", async () => {
    const { lab } = servingLab();
    await expect(runExperiment("cache", lab, { repeats: 1 })).rejects.toThrow("repeats is 1");
    const signal = AbortSignal.abort();
    await expect(runExperiment("cache", lab, {}, { signal })).rejects.toMatchObject({ kind: "aborted" });
  });
});

describe("the batch experiment", () => {
  const few = { requests: 8, maxTokens: 16 };

  it("runs the same arrivals in three modes, then the sweep", async () => {
    const { lab, serving } = servingLab();
    const events: { type: string }[] = [];
    const report = await runExperiment(
      "batch",
      lab,
      { ...few, sweep: [4, 1] },
      { onEvent: (event) => events.push(event) },
    );
    expect(await readAs("batch", JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(report.modes.map(({ policy }) => [policy.batching, policy.maxNumSeqs])).toEqual([
      ["continuous", 4],
      ["static", 4],
      ["none", 4],
    ]);
    const [continuous = 0, inStatic = 0, none = 0] = report.modes.map(({ steps }) => steps.numSteps);
    expect(continuous).toBeLessThanOrEqual(inStatic);
    expect(inStatic).toBeLessThan(none);
    expect(report.modes.map(({ steps }) => steps.mostSequences)).toEqual([4, 4, 1]);
    expect(report.sweep.map(({ concurrency }) => concurrency)).toEqual([1, 4]);
    expect(report.sweepPolicy?.maxNumSeqs).toBe(32);
    expect(events.filter(({ type }) => type === "ended")).toHaveLength(24);
    expect(serving.policy.batching).toBe("continuous");
    expect(await markdownOf(report)).toMatch(/\| static +\|/);
  });

  it("refuses bad options and rejects a cancelled run", async () => {
    const { lab } = servingLab();
    const run = (options: Readonly<Record<string, unknown>>) => expect(runExperiment("batch", lab, options));
    await run({ sweep: [0] }).rejects.toThrow("sweep is [0]");
    await run({ requests: 1000 }).rejects.toThrow("requests is 1000");
    await run({ lengths: "long" }).rejects.toThrow('lengths is "long"');
    await run({ modes: ["static", "static"] }).rejects.toThrow("modes is");
    const signal = AbortSignal.abort();
    await expect(runExperiment("batch", lab, few, { signal })).rejects.toMatchObject({ kind: "aborted" });
  });
});
