import { describe, expect, it } from "vitest";

import { InferscopeError, type Message } from "../../../protocol/index.ts";
import { emailExtraction } from "../workloads/built-in/email-extraction.ts";
import type { Environment } from "../environment.ts";
import { FakeEngine } from "../testing/fake-engine.ts";
import { compressionLadder } from "./levels.ts";
import { sweetSpotMarkdown, isSweetSpotReport } from "./sweet-spot-markdown.ts";
import { parseSweetSpotOptions } from "./sweet-spot-options.ts";
import { runSweetSpot, type SweetSpotEvent } from "./sweet-spot.ts";

const environment = (): Promise<Environment> =>
  Promise.resolve({
    adapter: "a fake",
    isSoftwareAdapter: false,
    features: [],
    isolation: true,
    clockResolution: 0.005,
    appVersion: "0",
    modelId: "fake",
    weightsHash: null,
    quantization: null,
    runner: "cpu",
    backend: "paged",
    syntheticWeights: false,
    userAgent: "test",
    date: "2026-11-24",
  });

const rows = emailExtraction.rows(200, 20);

/** Right unless the system message is the over-compressed one. */
function answer(messages: readonly Message[]): string {
  const [system, user] = messages.map(({ content }) => content);
  const row = rows.find(({ values }) => user?.includes(String(values["text"])) === true);
  return system === "Extract." ? "?" : String(row?.values["emails"]) || "none";
}

const run = (
  engine: FakeEngine,
  options: Record<string, unknown> = {},
  onEvent?: (event: SweetSpotEvent) => void,
  signal?: AbortSignal,
) =>
  runSweetSpot(engine, environment, parseSweetSpotOptions(options), {
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(signal === undefined ? {} : { signal }),
  });

describe("the ladder of compression", () => {
  it("gets shorter with each wording", () => {
    const lengths = compressionLadder([2]).map(
      ({ plan }) => plan.calls.map(({ system, user }) => system + user).join("").length,
    );
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    expect(new Set(lengths).size).toBe(4);
  });
});

describe("the sweet spot run", () => {
  it("is refused for random weights, whose answers have no accuracy", async () => {
    const engine = new FakeEngine(answer);
    const random = async () => ({ ...(await environment()), syntheticWeights: true });
    await expect(runSweetSpot(engine, random, parseSweetSpotOptions({}))).rejects.toMatchObject({
      kind: "unsupported",
    });
    expect(engine.mostAtOnce).toBe(0);
  });

  it("measures every level on the same rows and recommends the shortest that holds", async () => {
    const engine = new FakeEngine(answer);
    const events: SweetSpotEvent[] = [];
    const report = await run(engine, { rows: 200, examples: [0, 2] }, (event) => events.push(event));
    expect(report.levels).toHaveLength(8);
    expect(report.levels.map(({ n, correct }) => [n, correct])).toEqual([
      ...Array.from({ length: 6 }, () => [200, 200]),
      [200, 0],
      [200, 0],
    ]);
    expect(report.recommended).toBe("compressed-arrow-0");
    expect(report.aborted).toBe(false);
    expect(events.at(-1)).toMatchObject({ done: 1600, total: 1600 });
    expect(engine.mostAtOnce).toBe(8);
    expect(report.levels[0]?.tokens).toBeGreaterThan(report.levels[5]?.tokens ?? Infinity);
    expect(isSweetSpotReport(JSON.parse(JSON.stringify(report)))).toBe(true);
    expect(sweetSpotMarkdown(report)).toContain("holds, recommended");
  });

  it("keeps what was measured when it is cancelled", async () => {
    const controller = new AbortController();
    const report = await run(
      new FakeEngine(answer),
      { rows: 50, examples: [0] },
      ({ done }) => {
        if (done === 40) controller.abort();
      },
      controller.signal,
    );
    expect(report.aborted).toBe(true);
    const ns = report.levels.map(({ n }) => n);
    expect(Math.max(...ns) - Math.min(...ns)).toBeLessThanOrEqual(2);
    expect(ns[0]).toBeGreaterThan(5);
  });

  it("says when it was cancelled before anything, and why no row could be answered", async () => {
    await expect(run(new FakeEngine(answer), {}, undefined, AbortSignal.abort())).rejects.toMatchObject({
      kind: "aborted",
    });
    const broken = new FakeEngine(() => new InferscopeError("no-model", "no model is loaded"));
    await expect(run(broken, { rows: 2 })).rejects.toMatchObject({ kind: "no-model" });
  });

  it.each([
    [{ rows: 0 }, "rows is 0"],
    [{ examples: [5] }, "examples is [5]"],
    [{ examples: [] }, "examples is []"],
    [{ acceptedLoss: 2 }, "acceptedLoss is 2"],
    [{ seed: -1 }, "seed is -1"],
  ])("refuses %j", (options, message) => {
    expect(() => parseSweetSpotOptions(options)).toThrow(message);
  });
});
