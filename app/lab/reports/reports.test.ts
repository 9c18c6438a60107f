import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { InferscopeError } from "../../../protocol/index.ts";
import recorded from "../../../public/traces/compare-user-analysis.json" with { type: "json" };
import { cachingSavings } from "../claims/arithmetic.ts";
import { claimResult, claimsReportVersion, type ClaimsReport } from "../claims/report.ts";
import { guidePrices } from "../pricing/pricing.ts";
import type { CompareReport } from "../experiments/compare/report.ts";
import { defaultPolicy } from "../../../protocol/index.ts";
import { chromeTrace, type TraceEvent } from "../experiments/compare/chrome-trace.ts";
import { experimentExports } from "./exports.ts";
import { figuresCsv, toCsv } from "./csv.ts";
import { conditions, figureDeltas } from "./deltas.ts";
import { reportMarkdown } from "./markdown.ts";
import { parseReport, readReport, reportJson } from "./read.ts";
import { readAs } from "../testing/experiments.ts";
import { parseShareFragment, sharedSettings, shareFragment } from "../experiments/compare/share.ts";

let compare: CompareReport;
let claims: ClaimsReport;

beforeAll(async () => {
  const recordedReport = await readAs("compare", recorded);
  const samples = recordedReport.samples.map((sample, index) => ({
    ...sample,
    startedMs: 1_700_000_000_000 + 1000 * index,
    calls: sample.calls.map((call, at) => ({ ...call, requestId: `req-${index}-${at}` })),
  }));
  const step = {
    step: 1,
    startMs: 1_700_000_000_001,
    scheduleMs: 0.1,
    encodeMs: 0.4,
    gpuMs: 3,
    readbackMs: 0.5,
    totalMs: 5,
    numPrefillTokens: 20,
    numDecodeTokens: 1,
    numWaiting: 2,
    numRunning: 1,
  };
  compare = {
    ...recordedReport,
    samples,
    steps: [step, { ...step, step: 2, startMs: step.startMs + 6, gpuMs: null }],
  };
  const { figures, notes } = cachingSavings;
  const priced = { prices: guidePrices };
  const result = claimResult(
    cachingSavings,
    { samples: priced, figures: figures(priced, 0), notes: notes(priced) },
    { seconds: 0.1, clockResolutionMs: 0.1 },
  );
  claims = {
    kind: "inferscope.claims",
    version: claimsReportVersion,
    environment: compare.environment,
    settings: { ids: [10], repeats: 4, policy: defaultPolicy },
    priceSheet: guidePrices,
    aborted: false,
    claims: [result],
    failed: [],
  };
});

/** A report of the same shape with little in it: thousands of copies are read. */
const shortened = (report: CompareReport): CompareReport => ({
  ...report,
  rows: report.rows.slice(0, 1),
  steps: report.steps?.slice(0, 1) ?? [],
  samples: report.samples.slice(0, 2).map((sample) => ({
    ...sample,
    calls: sample.calls.slice(0, 1).map((call) => ({
      ...call,
      tokens: call.tokens.slice(0, 2),
      promptPieces: ["a", "b"],
      metrics: { ...call.metrics, itlMs: [1, 2] },
    })),
  })),
});

/** Equal to `value`, one leaf or branch changed, dropped or replaced. */
function mutate(value: unknown, path: readonly number[], by: unknown): unknown {
  const [first = 0, ...rest] = path;
  if (typeof value !== "object" || value === null || rest.length === 0) return by;
  const keys = Object.keys(value);
  const key = keys[first % Math.max(1, keys.length)];
  if (key === undefined) return by;
  const changed = mutate((value as Record<string, unknown>)[key], rest, by);
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === key ? changed : item));
  return { ...value, [key]: changed };
}

describe("exported reports", () => {
  it("are read back as they were, both kinds", async () => {
    expect((await parseReport(reportJson(compare))).report).toEqual(compare);
    expect((await parseReport(reportJson(claims))).report).toEqual(claims);
  });

  it("have their verdicts computed anew: one that was edited counts for nothing", async () => {
    const edited = reportJson(claims).replaceAll('"verdict": "arithmetic"', '"verdict": "fails"');
    expect(edited).not.toBe(reportJson(claims));
    expect((await parseReport(edited)).report).toEqual(claims);
    const [claim] = claims.claims;
    const [part] = claim!.parts;
    const measured = { ...part!, metric: { ...part!.metric, basis: "measured" }, without: null };
    const moved = (interval: readonly [number, number] | null) => ({
      ...claims,
      claims: [{ ...claim, parts: [{ ...measured, value: 900, interval }] }],
    });
    expect((await readReport(moved([900, 901]))).report).toMatchObject({ claims: [{ verdict: "fails" }] });
    await expect(readReport(moved(null))).rejects.toThrow("a figure has an interval or says why not");
  });

  it("of an older version are read: what is no interval by today's rule has none", async () => {
    const [claim] = claims.claims;
    const old = (n: number) => {
      const part = { ...claim!.parts[0]!, interval: [1, 2], n, without: undefined };
      const metric = { ...part.metric, basis: "measured" };
      return {
        ...claims,
        version: 1,
        claims: [{ ...claim, interval: [1, 2], n, parts: [{ ...part, metric }] }],
      };
    };
    const parts = async (n: number) => {
      const report = (await readReport(old(n))).report as ClaimsReport;
      return report.claims[0]?.parts[0];
    };
    expect(await parts(6)).toMatchObject({ interval: [1, 2], without: null });
    expect(await parts(4)).toMatchObject({ interval: null, verdict: "undecided" });
  });

  it.each([
    ["", /no JSON/],
    ["{", /no JSON/],
    ["[]", /no report of a kind/],
    ['{"kind":"inferscope.else"}', /no report of a kind/],
    ['{"kind":"inferscope.compare"}', /no compare report of version 1: version/],
    ['{"kind":"inferscope.claims","version":1}', /no claims report of version 2: /],
  ])("are refused in words where they are something else: %s", async (text, message) => {
    await expect(parseReport(text)).rejects.toThrow(message);
  });

  it("never break what reads them, however a file was changed", async () => {
    const change = fc.record({
      path: fc.array(fc.nat(40), { minLength: 1, maxLength: 7 }),
      by: fc.oneof(
        fc.constantFrom(null, undefined, "", -1, Number.MAX_VALUE, true),
        fc.string(),
        fc.array(fc.nat()),
        fc.object(),
      ),
    });
    const small = shortened(compare);
    let read = 0;
    await fc.assert(
      fc.asyncProperty(change, fc.boolean(), async ({ path, by }, isCompare) => {
        const text = JSON.stringify(mutate(isCompare ? small : claims, path, by)) as string | undefined;
        let found;
        try {
          found = await parseReport(text ?? "");
        } catch (error) {
          expect(error).toBeInstanceOf(InferscopeError);
          return;
        }
        read += 1;
        figuresCsv(found.figures);
        reportMarkdown(found.report, found.figures);
        figureDeltas(found.figures, found.figures);
        experimentExports(found.report).trace?.();
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(20);
  }, 240_000);
});

describe("CSV", () => {
  it("lets no text become a formula, and quotes what must be", () => {
    const dangerous = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =cmd"];
    expect(toCsv([dangerous])).toBe("'=1+1,'+1,'-1,'@SUM(A1),'\t=1,' =cmd\r\n");
    expect(toCsv([['a "b"', "c,d", "e\nf", -1.5, null, true]])).toBe('"a ""b""","c,d","e\nf",-1.5,,true\r\n');
  });

  it("has a row for each sample, and without samples one for each figure", async () => {
    const text = figuresCsv((await readReport(compare)).figures);
    expect(text).toMatch(/^order,plan,row,label,repeat,calls,promptTokens/);
    expect(text).toContain("naive-chain");
    const figures = figuresCsv((await readReport(claims)).figures);
    expect(figures).toMatch(/^table,row,figure,value,unit,low,high,n,formula/);
    expect(figures).toContain("Claims,10,verdict,");
  });
});

describe("Chrome trace", () => {
  const slices = (events: readonly TraceEvent[], cat: string) => events.filter((event) => event.cat === cat);

  it("has a lane for each request and the engine's CPU, GPU and queue", () => {
    const { traceEvents } = chromeTrace(compare);
    const names = traceEvents.filter(({ ph }) => ph === "M").map(({ args }) => args?.["name"]);
    expect(names.slice(0, 5)).toEqual(["Engine", "CPU", "GPU", "Queue", "Requests"]);
    const numCalls = compare.samples.reduce((sum, { calls }) => sum + calls.length, 0);
    expect(new Set(slices(traceEvents, "request").map(({ tid }) => tid)).size).toBe(numCalls);
    expect(
      traceEvents.filter((event) => event.pid === 1 && event.tid === 2 && event.ph === "X"),
    ).toHaveLength(1);
    expect(traceEvents.filter(({ ph }) => ph === "C").map(({ args }) => args)).toEqual([
      { waiting: 2, running: 1 },
      { waiting: 2, running: 1 },
    ]);
  });

  it("has the times of the run: queue, prefill and decode add up to the request", () => {
    const { traceEvents } = chromeTrace(compare);
    const [call] = compare.samples[0]!.calls;
    const [whole, queue, prefill, decode] = slices(traceEvents, "request");
    expect(whole!.ts).toBe(0);
    expect(whole!.dur).toBe(Math.round(1000 * call!.metrics.e2eLatencyMs));
    const parts = [queue, prefill, decode].reduce((sum, event) => sum + event!.dur!, 0);
    expect(Math.abs(parts - whole!.dur!)).toBeLessThanOrEqual(2);
    const step = slices(traceEvents, "step").find(({ name }) => name === "step 1");
    expect(step).toMatchObject({ ts: 1000, dur: 5000 });
  });

  it("lays old recordings, which have no absolute times, one after another", () => {
    const samples = compare.samples.map(({ startedMs: _, ...sample }) => sample);
    const old = { ...compare, samples, steps: [] };
    const { traceEvents, otherData } = chromeTrace(old);
    expect(otherData["origin"]).toMatch(/no absolute times/);
    const wholes = slices(traceEvents, "request").filter(({ name }) => name.includes("·"));
    expect(wholes.every(({ ts, dur }) => ts! >= 0 && dur! > 0)).toBe(true);
  });
});

describe("comparing with a baseline", () => {
  it("says nothing changed where nothing did", async () => {
    const { figures } = await readReport(compare);
    const deltas = figureDeltas(figures, figures);
    expect(deltas.length).toBeGreaterThan(10);
    expect(deltas.every(({ from, to, verdict }) => from === to && verdict === "same")).toBe(true);
  });

  it("gives differences with an interval from the raw samples of both", async () => {
    const slower = {
      ...compare,
      samples: compare.samples.map((sample) => ({
        ...sample,
        calls: sample.calls.map((call) => ({
          ...call,
          startMs: 10 * call.startMs,
          metrics: { ...call.metrics, e2eLatencyMs: 10 * call.metrics.e2eLatencyMs },
        })),
      })),
      plans: compare.plans.map((plan) => ({ ...plan, e2eMs: 10 * plan.e2eMs })),
    };
    const [from, to] = [(await readReport(compare)).figures, (await readReport(slower)).figures];
    const delta = figureDeltas(from, to).find(({ key }) => key.endsWith("/e2eMs"))!;
    expect(delta.to / delta.from).toBeCloseTo(10, 5);
    if (delta.n[0]! > 1) {
      expect(delta.interval![0]).toBeLessThan(delta.to - delta.from + 1e-9);
      expect(delta.verdict).toBe("worse");
    }
  });

  it("says where the two measured something else", async () => {
    const environment = { ...compare.environment, adapter: "another", modelId: "larger" };
    const other = { ...compare, environment, settings: { ...compare.settings, cache: "warm" as const } };
    const figures = async (report: object) => (await readReport(report)).figures;
    const of = async (a: CompareReport, b: CompareReport | ClaimsReport) =>
      conditions([a, b], [await figures(a), await figures(b)]);
    expect(await of(compare, compare)).toEqual([]);
    expect((await of(compare, other)).map((text) => text.split(" ")[0])).toEqual([
      "model",
      "adapter",
      "settings:",
    ]);
    expect((await of(compare, other)).at(-1)).toBe(
      "settings: prefix cache cold at each row against prefix cache warm at each row",
    );
    expect(await of(compare, claims)).toEqual(["they are reports of different experiments"]);
  });
});

describe("share links", () => {
  it("carry the settings and nothing that was said", () => {
    const settings = sharedSettings(compare);
    const fragment = shareFragment(settings);
    expect(parseShareFragment(fragment)).toEqual(settings);
    const text = atob(fragment.split("/").at(-1)!.replaceAll("-", "+").replaceAll("_", "/"));
    for (const { calls, rowLabel } of compare.samples) {
      expect(text).not.toContain(rowLabel);
      for (const { text: answer } of calls) expect(text).not.toContain(answer.trim().slice(0, 20));
    }
    expect(parseShareFragment("#/reports")).toBeNull();
  });

  it("are refused in words when changed, never followed half", () => {
    const fragment = shareFragment(sharedSettings(compare));
    const at = fragment.lastIndexOf("/") + 1;
    fc.assert(
      fc.property(
        fc.nat(fragment.length - at),
        fc.string({ maxLength: 8 }),
        fc.nat(8),
        (position, insert, drop) => {
          const changed = fragment.slice(0, at + position) + insert + fragment.slice(at + position + drop);
          try {
            const settings = parseShareFragment(changed);
            expect(settings?.rows).toBeLessThanOrEqual(500);
          } catch (error) {
            expect(error).toBeInstanceOf(InferscopeError);
          }
        },
      ),
      { numRuns: 5000 },
    );
    const strange = { ...sharedSettings(compare), plans: ["<img src=x>"] };
    expect(() => shareFragment(strange)).toThrow(/plans.0/);
  }, 240_000);
});
