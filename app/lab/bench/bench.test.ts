import { describe, expect, it } from "vitest";

import type { Environment } from "../environment.ts";
import { FakeServing } from "../testing/fake-serving.ts";
import { benchMarkdown, isBenchReport } from "./markdown.ts";
import { runBench } from "./run-bench.ts";
import { benchSchedule, parseBenchSettings } from "./settings.ts";

const environment: Environment = {
  adapter: "a fake",
  isSoftwareAdapter: false,
  features: ["subgroups"],
  isolation: true,
  clockResolution: 0.005,
  appVersion: "0",
  modelId: "fake",
  weightsHash: "0123",
  quantization: "q4f16_1",
  runner: "gpu",
  backend: "paged",
  syntheticWeights: false,
  userAgent: "test",
  date: "2026-11-24T00:00:00.000Z",
};

const bench = (options: Record<string, unknown>, engine = new FakeServing()) =>
  runBench(engine, () => Promise.resolve(environment), options);

describe("settings of the bench", () => {
  it("have defaults, and fewer of everything with quick", () => {
    expect(parseBenchSettings({})).toMatchObject({
      batchSizes: [1, 2, 4, 8, 16],
      passes: 4,
      prefixTokens: 512,
    });
    expect(parseBenchSettings({ quick: true, decodeTokens: 6 })).toMatchObject({
      passes: 1,
      decodeTokens: 6,
    });
  });

  it.each([
    [{ passes: 0 }, "passes is 0"],
    [{ decodeTokens: 3 }, "decodeTokens is 3"],
    [{ weights: "mine" }, 'weights is "mine"'],
  ])("%j is refused", (options, message) => {
    expect(() => parseBenchSettings(options)).toThrow(message);
  });

  it("interleave: every second pass goes backwards over the same arms", () => {
    const [first, second, third] = benchSchedule(parseBenchSettings({}));
    expect(second).toEqual(first!.toReversed());
    expect(third).toEqual(first);
  });
});

describe("the bench", () => {
  it("computes each figure from the steps and metrics", async () => {
    const engine = new FakeServing();
    const report = await bench({ passes: 2, decodeTokens: 16 }, engine);
    // A step of b sequences takes 2 + 0.1 b ms, and 0.5 ms pass until the next one.
    for (const size of [1, 2, 4, 8, 16]) {
      expect(report.decodeTokensPerSecond[size]).toBeCloseTo((size * 1000) / (2.5 + 0.1 * size));
    }
    expect(report.ratios.decodeByBatchSize["16"]?.median).toBeCloseTo((16 * 2.6) / (2.5 + 1.6));
    expect(report.ratios.decodeByBatchSize["16"]?.n).toBe(2);
    expect(report.prefillTokensPerSecond["512"]).toBeCloseTo(512_000 / (2 + 51.2));
    expect(report.ttftMs.cold).toBeCloseTo(2 + 52.8);
    expect(report.ttftMs.cached).toBeCloseTo(2 + 1.6);
    expect(report.ratios.ttft.median).toBeCloseTo(54.8 / 3.6);
    expect(report.ratios.batching.median).toBeGreaterThan(1);
    expect(report).toMatchObject({ dispatchesPerStep: 48, jsMsPerStep: 0.75, bandwidthGBps: 1e-3 });
    expect(report.betweenStepsMs).toBeCloseTo(0.5);
    // 600 bytes of weights and 24 tokens of 10 bytes, in 2.6 ms, at a megabyte a second.
    expect(report.bytesPerStep).toBe(840);
    expect(report.rooflineFraction).toBeCloseTo(840 / (0.0026 * 1e6));
  });

  it("leaves the policy as it was", async () => {
    const engine = new FakeServing();
    const { policy } = engine;
    await bench({ quick: true }, engine);
    expect(engine.policy).toEqual(policy);
    expect(engine.log.some((line) => line.startsWith("static"))).toBe(true);
  });

  it("serves the same lengths under both policies", async () => {
    const engine = new FakeServing();
    await bench({ quick: true }, engine);
    const lengths = (batching: string) =>
      engine.log.slice(-16).flatMap((line) => (line.startsWith(batching) ? [line.split(" ")[1]] : []));
    expect(lengths("continuous")).toHaveLength(8);
    expect(lengths("continuous")).toEqual(lengths("static"));
    expect(new Set(lengths("static")).size).toBeGreaterThan(3);
  });

  it("fails where the cache did not do what is measured", async () => {
    const engine = new FakeServing();
    const { generate } = engine;
    Object.assign(engine, {
      generate: (request: Parameters<typeof generate>[0]) => generate({ ...request, usePrefixCache: false }),
    });
    await expect(bench({ quick: true }, engine)).rejects.toThrow("The cached request found 0 tokens");
  });

  it("tells how far it is", async () => {
    const seen: string[] = [];
    const onEvent = ({ done, total }: { done: number; total: number }) => seen.push(`${done}/${total}`);
    await bench({ quick: true, onEvent });
    expect(seen).toEqual(["1/7", "2/7", "3/7", "4/7", "5/7", "6/7", "7/7"]);
  });

  it("prints a table that says where and with which weights", async () => {
    const report = await bench({ quick: true, weights: "random" });
    expect(isBenchReport(report)).toBe(true);
    const text = benchMarkdown(report);
    for (const part of ["a fake", "0.005 ms", "random weights", "0123", "subgroups", "Decode, batch 8"]) {
      expect(text).toContain(part);
    }
    expect(text).toMatch(/\| TTFT, not cached +\| 16.4 ms +\| 16.4 to 16.4 +\| 1 +\| 4.56× cached/);
  });
});
