import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { attribute, unitCosts } from "./causes.ts";
import type { CallRecord, Sample } from "../../sample.ts";

interface FakeCall {
  startMs: number;
  prompt: number;
  cached: number;
  output: number;
  ttftMs: number;
  e2eMs: number;
}

function sampleOf(planId: string, calls: readonly FakeCall[]): Sample {
  return {
    planId,
    row: 0,
    rowLabel: "",
    repeat: 0,
    order: 0,
    evaluation: { parsed: true, correct: true, score: 1, fields: [] },
    error: null,
    hidden: false,
    calls: calls.map(({ startMs, prompt, cached, output, ttftMs, e2eMs }, index): CallRecord => ({
      callId: `call-${index}`,
      messages: [],
      startMs,
      tokens: [],
      text: "",
      finishReason: "stop",
      promptPieces: null,
      metrics: {
        numPromptTokens: prompt,
        numCachedTokens: cached,
        numOutputTokens: output,
        queueTimeMs: 0,
        prefillTimeMs: ttftMs,
        ttftMs,
        itlMs: [],
        tpotMs: null,
        e2eLatencyMs: e2eMs,
        numPreemptions: 0,
      },
    })),
  };
}

/** A call on a machine that follows the model exactly: 10 ms + 0.2 ms a prompt token, 3 ms an output token. */
function exact(startMs: number, prompt: number, cached: number, output: number): FakeCall {
  const ttftMs = 10 + 0.2 * (prompt - cached);
  return { startMs, prompt, cached, output, ttftMs, e2eMs: ttftMs + 3 * (output - 1) };
}

const chainCalls = [exact(0, 80, 0, 20), exact(83, 130, 64, 30), exact(200, 190, 96, 25)];
const chain = sampleOf("chain", chainCalls);
const structured = sampleOf("structured", [exact(0, 90, 0, 40)]);

describe("unit costs", () => {
  it("are found where calls follow them", () => {
    const costs = unitCosts([...chain.calls, ...structured.calls])!;
    expect(costs.perCallMs).toBeCloseTo(10, 9);
    expect(costs.perComputedPromptTokenMs).toBeCloseTo(0.2, 9);
    expect(costs.perOutputTokenMs).toBeCloseTo(3, 9);
    expect(costs.r2).toBeCloseTo(1, 9);
    expect(costs.n).toBe(4);
  });

  it("are never negative", () => {
    const falling = [10, 20, 30].map((prompt) => ({ ...exact(0, prompt, 0, 5), ttftMs: 100 - prompt }));
    const costs = unitCosts(sampleOf("x", falling).calls)!;
    expect(costs.perComputedPromptTokenMs).toBe(0);
    expect(costs.perCallMs).toBeCloseTo(80);
    const steep = [10, 20, 30].map((prompt) => ({ ...exact(0, prompt, 0, 5), ttftMs: 2 * prompt - 15 }));
    expect(unitCosts(sampleOf("x", steep).calls)!.perCallMs).toBe(0);
  });

  it("do not exist without calls, nor where cached tokens are not told", () => {
    expect(unitCosts([])).toBeNull();
    const [first, ...others] = chain.calls;
    const untold = { ...first!, metrics: { ...first!.metrics, numCachedTokens: null } };
    expect(unitCosts([untold, ...others])).toBeNull();
  });
});

describe("attribution", () => {
  const costs = unitCosts([...chain.calls, ...structured.calls])!;

  it("prices what differs, and leaves no residual where the model is exact", () => {
    const attribution = attribute([chain], [structured], costs)!;
    const by = Object.fromEntries(attribution.causes.map((cause) => [cause.id, cause.contributionMs]));
    expect(by["calls"]).toBeCloseTo(-2 * 10);
    expect(by["prompt-tokens"]).toBeCloseTo((90 - 400) * 0.2);
    expect(by["cached-tokens"]).toBeCloseTo(160 * 0.2);
    expect(by["output-tokens"]).toBeCloseTo((39 - 72) * 3);
    const gaps = 200 + chainCalls[2]!.e2eMs - chainCalls.reduce((sum, { e2eMs }) => sum + e2eMs, 0);
    expect(by["overlap"]).toBeCloseTo(-gaps);
    expect(attribution.residualMs).toBeCloseTo(0, 9);
  });

  it("counts calls at the same time as time saved", () => {
    const parallel = sampleOf("parallel", [exact(0, 80, 0, 20), exact(0, 80, 0, 20)]);
    const attribution = attribute([structured], [parallel], costs)!;
    expect(attribution.causes.find(({ id }) => id === "overlap")!.contributionMs).toBeCloseTo(-83);
  });

  it("does not hide what nothing explains", () => {
    const slow = sampleOf("slow", [{ ...exact(0, 90, 0, 40), e2eMs: 1000 }]);
    const attribution = attribute([structured], [slow], costs)!;
    expect(attribution.residualMs).toBeCloseTo(1000 - structured.calls[0]!.metrics.e2eLatencyMs);
  });

  it("adds up to the measured difference, whatever was measured", () => {
    const call = fc.record({
      startMs: fc.double({ min: 0, max: 1e4, noNaN: true }),
      prompt: fc.integer({ min: 0, max: 500 }),
      cached: fc.integer({ min: 0, max: 500 }),
      output: fc.integer({ min: 1, max: 300 }),
      ttftMs: fc.double({ min: 0, max: 1e4, noNaN: true }),
      e2eMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
    });
    const plan = fc.array(fc.array(call, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(plan, plan, (from, to) => {
        const a = from.map((calls) => sampleOf("a", calls));
        const b = to.map((calls) => sampleOf("b", calls));
        const measured = unitCosts([...a, ...b].flatMap(({ calls }) => calls))!;
        const { causes, residualMs, differenceMs, fromMs, toMs } = attribute(a, b, measured)!;
        const sum = causes.reduce((total, { contributionMs }) => total + contributionMs, residualMs);
        expect(sum).toBeCloseTo(differenceMs, 4);
        expect(toMs - fromMs).toBeCloseTo(differenceMs, 6);
      }),
    );
  });

  it("needs samples of both plans", () => {
    expect(attribute([], [structured], costs)).toBeNull();
  });
});
