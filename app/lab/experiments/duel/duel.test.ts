import { describe, expect, it } from "vitest";

import { InferscopeError, type Inferscope, type ModelInfo } from "../../../../protocol/index.ts";
import { checkOptions } from "../../option.ts";
import { figureDeltas } from "../../reports/deltas.ts";
import { parseReport, reportJson } from "../../reports/read.ts";
import { markdownOf, readAs, runExperiment, testEnvironment } from "../../testing/experiments.ts";
import { FakeEngine } from "../../testing/fake-engine.ts";
import { evaluateAnswers } from "../../workloads/own/evaluate-answers.ts";
import { duelOptions, readDuelOptions, sourceOf } from "./options.ts";
import type { EngineId } from "./report.ts";
import { schedule, type DuelEvent } from "./run-duel.ts";

const parse = (options: Readonly<Record<string, unknown>>) =>
  readDuelOptions(checkOptions(duelOptions, options), { evaluateAnswers });

interface Setup {
  /** What each engine answers, by id; default: a short text. */
  answers?: Partial<Record<EngineId, string | InferscopeError>>;
  /** Engines that do not load. */
  broken?: readonly EngineId[];
  hashes?: Partial<Record<EngineId, string | null>>;
}

/** A lab of three engines, of which one is loaded at a time; the GPU one is twice as fast. */
function duelLab({ answers = {}, broken = [], hashes = {} }: Setup = {}) {
  let loaded: EngineId | null = null;
  const loads: string[] = [];
  const engine = (id: EngineId, perOutput: number) =>
    new FakeEngine(() => answers[id] ?? "one two three", { perCall: 5, perPrompt: 0.5, perOutput });
  const engines = {
    "paged-gpu": engine("paged-gpu", 2),
    "paged-cpu": engine("paged-cpu", 4),
    "web-llm": engine("web-llm", 3),
  };
  const load: Inferscope["load"] = (_, { backend = "paged", runner = "gpu" } = {}) => {
    const id: EngineId = backend === "web-llm" ? "web-llm" : `paged-${runner}`;
    loads.push(id);
    loaded = null;
    if (broken.includes(id)) return Promise.reject(new InferscopeError("no-adapter", "No adapter here."));
    loaded = id;
    return Promise.resolve({} as ModelInfo);
  };
  const lab = {
    engine: {
      generate: (request: Parameters<FakeEngine["generate"]>[0]) =>
        engines[loaded ?? "paged-gpu"].generate(request),
    },
    load,
    evaluateAnswers,
    environment: () =>
      Promise.resolve({
        ...testEnvironment,
        runner: loaded === "paged-cpu" ? "cpu" : "gpu",
        weightsHash: hashes[loaded ?? "paged-gpu"] ?? null,
      }),
  };
  const run = ({ signal, onEvent, ...options }: Readonly<Record<string, unknown>> = {}) =>
    runExperiment(
      "duel",
      lab,
      { rows: 3, ...options },
      {
        ...(signal === undefined ? {} : { signal: signal as AbortSignal }),
        ...(onEvent === undefined ? {} : { onEvent: onEvent as (event: { readonly type: string }) => void }),
      },
    );
  return { run, loads, loaded: () => loaded };
}

describe("the order of a duel", () => {
  it("is A B B A, neighbours on one load", () => {
    const { engines } = parse({});
    const blocks = schedule(engines, 4).map(({ engine, passes }) => [engine.id, ...passes]);
    expect(blocks).toEqual([
      ["paged-gpu", 0],
      ["paged-cpu", 0, 1],
      ["paged-gpu", 1, 2],
      ["paged-cpu", 2, 3],
      ["paged-gpu", 3],
    ]);
  });
});

describe("a duel", () => {
  it("measures both engines on the same rows, with intervals and equal answers", async () => {
    const { run, loads } = duelLab({ hashes: { "paged-gpu": "abc", "paged-cpu": "abc" } });
    const report = await run();
    expect(loads).toEqual(["paged-gpu", "paged-cpu", "paged-gpu"]);
    expect(report.duel.order).toEqual(loads);
    expect(report.plans.map(({ plan, n }) => [plan, n])).toEqual([
      ["paged-gpu", 6],
      ["paged-cpu", 6],
    ]);
    expect(report.duel.weights.verdict).toBe("same");
    expect(report.duel.answers).toHaveLength(3);
    expect(report.duel.answers.every(({ firstDifference }) => firstDifference === null)).toBe(true);
    const itl = report.duel.figures.find(({ id }) => id === "itlMs");
    expect(itl).toMatchObject({ from: 2, to: 4, difference: 2, interval: [2, 2], ratio: 2, n: 3 });
    expect(report.differences.some(({ metric }) => metric === "e2eMs")).toBe(true);
    expect(report.environment.runner).toBe("gpu / cpu");
    expect(report.causes).toEqual([]);
    expect(report.duel.sides.map(({ loadMs }) => loadMs.length)).toEqual([2, 1]);
  });

  it("names the first difference of the answers", async () => {
    const { run } = duelLab({ answers: { "paged-cpu": "one two four" } });
    const [answer] = (await run({ rows: 1 })).duel.answers;
    expect(answer?.firstDifference).toEqual({ callId: "all", position: 2, from: "three", to: "four" });
  });

  it("keeps the results of one side when the other does not load, and leaves an engine loaded", async () => {
    const { run, loaded } = duelLab({ broken: ["web-llm"] });
    const events: DuelEvent[] = [];
    const report = await run({
      engines: ["paged-gpu", "web-llm"],
      onEvent: (event: DuelEvent) => events.push(event),
    });
    const [a, b] = report.duel.sides;
    expect(a.error).toBeNull();
    expect(b.error).toMatchObject({ kind: "no-adapter" });
    expect(report.plans.map(({ plan }) => plan)).toEqual(["paged-gpu"]);
    expect(report.differences).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ type: "load-failed", engine: "web-llm" }));
    expect(loaded()).toBe("paged-gpu");
  });

  it("keeps them when the other's requests fail, and does not ask it twice", async () => {
    const { run } = duelLab({ answers: { "paged-cpu": new InferscopeError("device-lost", "gone") } });
    const report = await run();
    expect(report.duel.sides[1].error).toMatchObject({ kind: "device-lost" });
    expect(report.samples.filter(({ planId }) => planId === "paged-cpu")).toHaveLength(3);
    expect(report.plans.map(({ plan, n }) => [plan, n])).toEqual([["paged-gpu", 6]]);
  });

  it("rejects with both reasons when neither answers", async () => {
    const { run } = duelLab({ broken: ["paged-gpu", "paged-cpu"] });
    await expect(run()).rejects.toMatchObject({
      kind: "no-adapter",
      message: expect.stringMatching(/Neither engine.*GPU.*CPU/) as string,
    });
  });

  it("keeps what was done when it is cancelled", async () => {
    const controller = new AbortController();
    const { run } = duelLab();
    const report = await run({
      signal: controller.signal,
      onEvent: (event: DuelEvent) => {
        if (event.type === "sample-done" && event.done === 2) controller.abort();
      },
    });
    expect(report.aborted).toBe(true);
    expect(report.samples).toHaveLength(2);
  });

  it("counts upwards to the total in its events", async () => {
    const { run } = duelLab();
    const counts: (readonly [number, number])[] = [];
    await run({
      onEvent: (event: DuelEvent) => {
        if (event.type === "sample-done") counts.push([event.done, event.total]);
      },
    });
    expect(counts).toEqual(Array.from({ length: 12 }, (_, i) => [i + 1, 12]));
  });
});

describe("the weights", () => {
  it.each([
    ["differ by their hashes", { "paged-gpu": "abc", "paged-cpu": "def" }, "different"],
    ["are alike by name where one side tells no hash", { "paged-gpu": "abc" }, "named-alike"],
  ] as const)("%s", async (_, hashes, verdict) => {
    const { run } = duelLab({ hashes });
    expect((await run({ rows: 1 })).duel.weights.verdict).toBe(verdict);
  });
});

describe("options", () => {
  it.each([
    [{ engines: ["paged-gpu", "paged-gpu"] }, /engines is \["paged-gpu","paged-gpu"\]/],
    [{ engines: ["paged-gpu"] }, /engines is \["paged-gpu"\]/],
    [{ engines: ["paged-gpu", "vllm"] }, /engines is \["paged-gpu","vllm"\]/],
    [{ plan: "nobody" }, /no plan "nobody"/],
    [{ models: ["a", ""] }, /models is \["a",""\]/],
    [{ passes: 0 }, /passes is 0/],
  ])("%o are refused in words", (options, message) => {
    expect(() => parse(options)).toThrow(message);
  });

  it("find the same files for both engines", () => {
    const model = "SmolLM2-360M-Instruct-q4f32_1-MLC";
    const { engines } = parse({ engines: ["paged-gpu", "web-llm"], model });
    expect(engines.map(sourceOf)).toEqual([{ url: `https://huggingface.co/mlc-ai/${model}` }, { id: model }]);
  });
});

describe("its report", () => {
  it("is kept, read back and compared by Reports, and is text", async () => {
    const { run } = duelLab({ answers: { "paged-cpu": "one two four" } });
    const report = await run();
    const read = await parseReport(reportJson(report));
    expect(read.report).toEqual(JSON.parse(reportJson(report)));
    const deltas = figureDeltas(read.figures, read.figures);
    expect(deltas.map(({ key }) => key)).toContain("plans/paged-cpu/ttftMs");
    const text = await markdownOf(report);
    expect(text).toMatch(/ITL, median/);
    expect(text).toMatch(/\+2 ms \[\+2 ms, \+2 ms\]/);
    expect(text).toMatch(/0 of 3 rows answered alike/);
    const broken = { ...report, duel: { ...report.duel, sides: [report.duel.sides[0]] } };
    await expect(readAs("duel", broken)).rejects.toThrow(/duel\.sides/);
    // As it was kept before a duel had a kind of its own.
    const old = { ...report, kind: "inferscope.compare", version: 1 };
    expect(await readAs("duel", JSON.parse(JSON.stringify(old)))).toEqual(JSON.parse(reportJson(report)));
  });
});
