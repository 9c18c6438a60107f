import { describe, expect, it } from "vitest";

import { InferscopeError, type Message } from "../../../../protocol/index.ts";
import { runCompare, schedule, type CompareEvent, type CompareSettings } from "./run.ts";
import { cost, guidePrices, priceProblem } from "../../pricing/pricing.ts";
import type { CompareReport } from "./report.ts";
import { runPlan, type LabEngine } from "../../run-plan.ts";
import { sampleMetrics } from "../../sample.ts";
import { labOn, markdownOf, readAs, runExperiment, testEnvironment } from "../../testing/experiments.ts";
import { FakeEngine } from "../../testing/fake-engine.ts";
import { userAnalysis } from "../../workloads/built-in/user-analysis.ts";

const plan = (id: string) => userAnalysis.plans.find((candidate) => candidate.id === id)!;
const [row] = userAnalysis.rows(1, 20);

const settings = (rows: number, repeats: number, ...ids: string[]): CompareSettings => ({
  plans: ids.map(plan),
  rows,
  repeats,
  seed: 20,
  cache: "cold",
});

describe("runPlan", () => {
  it("sends the earlier answers to the calls that want them", async () => {
    const prompts: (readonly Message[])[] = [];
    const engine = new FakeEngine((messages) => `  answer ${prompts.push(messages)}  `);
    const run = await runPlan(engine, plan("naive-chain"), row!);
    expect(run.answers).toEqual({
      preferences: "answer 1",
      recommendations: "answer 2",
      reasoning: "answer 3",
    });
    expect(prompts[2]![1]!.content).toMatch(/Preferences: answer 1\nRecommendations: answer 2$/);
    expect(run.calls.map(({ callId }) => callId)).toEqual(["preferences", "recommendations", "reasoning"]);
    expect(run.calls[1]!.startMs).toBeCloseTo(run.calls[0]!.metrics.e2eLatencyMs);
    expect(run.calls[0]!.tokens.map(({ text }) => text).join("")).toBe("  answer 1  ");
    expect(engine.mostAtOnce).toBe(1);
  });

  it("runs calls that do not need each other at the same time", async () => {
    const engine = new FakeEngine(() => "yes and no");
    const { calls } = await runPlan(engine, plan("parallel"), row!);
    expect(engine.mostAtOnce).toBe(2);
    expect(calls[2]!.startMs).toBe(calls[1]!.startMs);
  });

  it("stops after a failed call and keeps what was done", async () => {
    let calls = 0;
    const engine = new FakeEngine(() =>
      (calls += 1) === 2 ? new InferscopeError("device-lost", "gone") : "yes",
    );
    const run = await runPlan(engine, plan("naive-chain"), row!);
    expect(run.error).toMatchObject({ kind: "device-lost", message: "gone" });
    expect(run.calls.map(({ callId }) => callId)).toEqual(["preferences"]);
    expect(calls).toBe(2);
  });

  it("holds answers to a format on engines that can, and asks others for free ones", async () => {
    const formats = async (constrains: LabEngine["constrains"]) => {
      const asked: unknown[] = [];
      const fake = new FakeEngine(() => "{}");
      const engine: LabEngine = {
        generate: (request) => {
          asked.push(request.responseFormat);
          return fake.generate(request);
        },
        ...(constrains === undefined ? {} : { constrains }),
      };
      expect((await runPlan(engine, plan("json"), row!)).error).toBeNull();
      return asked;
    };
    const { responseFormat } = plan("json").calls[0]!;
    expect(responseFormat).toMatchObject({ type: "json_schema", schema: { type: "object" } });
    expect(await formats(() => true)).toEqual([responseFormat]);
    expect(await formats(() => false)).toEqual([undefined]);
    expect(await formats(undefined)).toEqual([undefined]);
  });

  it("aborts what is in flight", async () => {
    const controller = new AbortController();
    const engine = new FakeEngine(() => "yes");
    const running = runPlan(engine, plan("naive-chain"), row!, { signal: controller.signal });
    await Promise.resolve();
    await Promise.resolve();
    controller.abort();
    const run = await running;
    expect(run.error?.kind).toBe("aborted");
    expect(engine.log).toHaveLength(1);
  });
});

describe("compare", () => {
  it("interleaves: A B, B A, and on through the repeats", () => {
    const order = schedule(settings(3, 2, "naive-chain", "structured")).map(
      (slot) => `${slot.plan.id[0]}${slot.row}${slot.repeat}`,
    );
    expect(order.join(" ")).toBe("n00 s00 s10 n10 n20 s20 s01 n01 n11 s11 s21 n21");
  });

  it("keeps a sample for each slot, and empties the cache before each", async () => {
    const engine = new FakeEngine(() => "PREFERENCES: x\nRECOMMENDATIONS: y\nREASONING: z");
    const events: CompareEvent[] = [];
    const run = await runCompare(engine, userAnalysis, settings(2, 2, "naive-chain", "structured"), {
      onEvent: (event) => events.push(event),
    });
    expect(run.samples).toHaveLength(8);
    expect(run.aborted).toBe(false);
    expect(engine.log.filter((entry) => entry === "clear")).toHaveLength(8);
    expect(engine.log[0]).toBe("generate"); // the warm-up, which no sample counts
    expect(engine.log.filter((entry) => entry === "generate")).toHaveLength(1 + 4 * 3 + 4);
    const ends = events.filter((event) => event.type === "sample-done");
    expect(ends.map(({ done, total }) => `${done}/${total}`)).toEqual(
      run.samples.map((_, index) => `${index + 1}/8`),
    );
    expect(events.filter(({ type }) => type === "call").length).toBeGreaterThan(16);
  });

  it("counts a failed row apart and goes on", async () => {
    let calls = 0;
    const engine = new FakeEngine(() => ((calls += 1) === 2 ? new InferscopeError("internal", "no") : "a b"));
    const run = await runCompare(engine, userAnalysis, settings(3, 1, "structured"));
    expect(run.samples.map(({ error }) => error?.kind ?? "ok")).toEqual(["internal", "ok", "ok"]);
    expect(run.samples[0]!.evaluation).toBeNull();
  });

  it("keeps whole samples when it is cancelled", async () => {
    const controller = new AbortController();
    const run = await runCompare(new FakeEngine(() => "a"), userAnalysis, settings(5, 1, "structured"), {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "sample-done" && event.done === 2) controller.abort();
      },
    });
    expect(run).toMatchObject({ aborted: true });
    expect(run.samples).toHaveLength(2);
  });
});

describe("report", () => {
  /** A model that is always right in the structured plan and only there. */
  const engine = () =>
    new FakeEngine((messages) => {
      const record = messages[1]?.content ?? "";
      const rows = userAnalysis.rows(4, 20);
      const own = rows.find(({ values }) => values["record"] === record);
      if (own === undefined) return "I do not know this one";
      const { topViews, top, ownedTop, budget, name, recommendationsList } = own.values;
      return [
        `PREFERENCES: ${topViews} ${top} views, owns ${ownedTop}, ${budget} budget`,
        `RECOMMENDATIONS: ${recommendationsList}`,
        `REASONING: Because ${name} has ${topViews} ${top} views, owns ${ownedTop} and has a ${budget} budget.`,
      ].join("\n");
    });
  const run = async (options: Record<string, unknown> = {}): Promise<CompareReport> =>
    readAs("compare", await runExperiment("compare", labOn(engine()), { rows: 4, repeats: 2, ...options }));

  it("has the fields that readers count on", async () => {
    const report = await run();
    expect(report.plans.map(({ plan: id }) => id)).toEqual([
      "naive-chain",
      "same-answers-chain",
      "structured",
    ]);
    const [naive, , structured] = report.plans;
    expect(naive).toMatchObject({ calls: 3, accuracy: 0, n: 8, numFailed: 0 });
    expect(structured).toMatchObject({ calls: 1, accuracy: 1, parseRate: 1, n: 8 });
    for (const key of ["promptTokens", "cachedTokens", "outputTokens", "ttftMs", "e2eMs", "costUsd"]) {
      expect(structured).toHaveProperty(key, expect.any(Number));
    }
    expect(report.samples).toHaveLength(24);
    expect(report.environment).toEqual(testEnvironment);
    const calls = report.differences.find(
      ({ metric, from, to }) => metric === "calls" && from === "naive-chain" && to === "structured",
    )!;
    expect(calls).toMatchObject({ fromValue: 3, toValue: 1, difference: -2, interval: [-2, -2], n: 4 });
    expect(calls.ratio).toBeCloseTo(1 / 3);
  });

  it("withholds the quality of answers of random weights, and nothing else", async () => {
    const lab = labOn(engine(), { syntheticWeights: true });
    const report = await readAs("compare", await runExperiment("compare", lab, { rows: 4, repeats: 1 }));
    expect(report.plans.map(({ parseRate, accuracy }) => [parseRate, accuracy])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ]);
    expect(report.samples.every(({ evaluation }) => evaluation === null)).toBe(true);
    const metrics = new Set(report.differences.map(({ metric }) => metric));
    expect([...metrics].sort()).toEqual([
      "cachedTokens",
      "calls",
      "costUsd",
      "decodeMs",
      "e2eMs",
      "outputTokens",
      "prefillMs",
      "promptTokens",
      "ttftMs",
    ]);
    expect(await markdownOf(report)).toMatch(/– +\| +– +\| +4 +\| +0 +\|/);
  });

  it("finds the fake engine's costs and leaves nothing over", async () => {
    for (const { unitCosts, residualMs, differenceMs, causes } of (await run()).causes) {
      expect(unitCosts.perCallMs).toBeCloseTo(5, 6);
      expect(unitCosts.perComputedPromptTokenMs).toBeCloseTo(0.5, 6);
      expect(unitCosts.perOutputTokenMs).toBeCloseTo(2, 6);
      expect(residualMs).toBeCloseTo(0, 6);
      expect(causes.reduce((sum, cause) => sum + cause.contributionMs, 0)).toBeCloseTo(differenceMs, 6);
    }
  });

  it("survives a way through JSON, and refuses what is no report", async () => {
    const report = await run();
    expect(await readAs("compare", JSON.parse(JSON.stringify(report)))).toEqual(report);
    await expect(readAs("compare", { ...report, version: 2 })).rejects.toThrow("version");
    await expect(readAs("compare", { ...report, samples: [{}] })).rejects.toThrow("samples.0");
    await expect(readAs("compare", "{}")).rejects.toThrow("no report of a kind");
  });

  it("reads as Markdown", async () => {
    const text = await markdownOf(await run());
    expect(text).toContain("## Naive chain → Structured");
    expect(text).toMatch(/Residual \(56 calls/);
    expect(text).toMatch(/\| Difference \[95% interval\] +\| −2 \[−2, −2\] /);
  });

  it("refuses to start with options that make no sense", async () => {
    const parse = (options: Record<string, unknown>) =>
      expect(runExperiment("compare", labOn(new FakeEngine(() => "a")), options));
    await parse({ rows: 0 }).rejects.toThrow("rows is 0");
    await parse({ rows: 1.5 }).rejects.toThrow("rows is 1.5");
    await parse({ plans: ["none"] }).rejects.toThrow('no plan "none"');
    await parse({ plans: ["structured", "structured"] }).rejects.toThrow("twice");
    await parse({ workload: "x" }).rejects.toThrow('no workload "x"');
    await parse({ cache: "hot" }).rejects.toThrow("cache");
    await parse({ prices: { inputPerMillion: 1 } }).rejects.toThrow("The option prices");
    await parse({ rowss: 1 }).rejects.toThrow("no option rowss");
    await parse({ rows: 1 }).resolves.toMatchObject({ settings: { plans: { length: 3 } } });
  });

  it("rejects when no row could be answered, with the engine's reason", async () => {
    const broken = new FakeEngine(() => new InferscopeError("device-lost", "The GPU is gone."));
    await expect(runExperiment("compare", labOn(broken), { rows: 2 })).rejects.toMatchObject({
      kind: "device-lost",
      message: expect.stringContaining("The GPU is gone.") as string,
    });
  });
});

describe("sample metrics", () => {
  it("do not add up what is not known", async () => {
    const { calls } = await runPlan(new FakeEngine(() => "a b"), plan("naive-chain"), row!);
    const unknown = calls.map((call) => ({ ...call, metrics: { ...call.metrics, numCachedTokens: null } }));
    const sample = { planId: "", row: 0, rowLabel: "", repeat: 0, order: 0, evaluation: null, error: null };
    expect(sampleMetrics({ ...sample, calls: [...calls.slice(1), unknown[0]!] })).toMatchObject({
      calls: 3,
      cachedTokens: null,
      outputTokens: 6,
    });
  });
});

describe("prices", () => {
  it("are arithmetic on tokens", () => {
    // 1,000 prompt tokens of which 950 cached, and 500 output tokens
    const tokens = { promptTokens: 1000, cachedTokens: 950, outputTokens: 500 };
    expect(cost(tokens, guidePrices)).toBeCloseTo((50 * 10 + 950 * 1 + 500 * 30) / 1e6, 12);
    expect(cost({ promptTokens: 2000, cachedTokens: null, outputTokens: 500 }, guidePrices)).toBeCloseTo(
      0.035,
    );
  });

  it("are numbers of at least zero", () => {
    expect(priceProblem(guidePrices)).toBeNull();
    expect(priceProblem({ ...guidePrices, outputPerMillion: -1 })).toContain("outputPerMillion");
  });
});
