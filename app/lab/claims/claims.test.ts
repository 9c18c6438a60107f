import { describe, expect, it } from "vitest";

import type { EnginePolicy } from "../../../protocol/index.ts";
import { guidePrices } from "../pricing/pricing.ts";
import type { Environment } from "../environment.ts";
import { addressesFound } from "../workloads/built-in/email-extraction.ts";
import { fakeModel, FakeServing } from "../testing/fake-serving.ts";
import { cachingSavings, requestCost, type PriceSample } from "./arithmetic.ts";
import { batchThroughput, parallelRequests, type ParallelSample, type ThroughputSample } from "./batching.ts";
import { cachedPrefix, timestampInFront, type PrefixSample, type TimestampSample } from "./caching.ts";
import type { Claim } from "./claim.ts";
import { compression, type CompressionSample } from "./compression.ts";
import { claims } from "./index.ts";
import { answerLength, outputTokenCost, type LengthSample, type TokenCostSample } from "./latency.ts";
import { claimsMarkdown } from "./markdown.ts";
import { allLevers, oneStructuredCall, type LeversSample, type RowPair } from "./plans.ts";
import { claimResult, figureText, type ClaimsReport } from "./report.ts";
import { runClaims, type ClaimsEvent } from "./run-claims.ts";
import { lowTemperature, type TemperatureSample } from "./temperature.ts";
import { tokensPerCharacter, wordsAreNotTokens, type DensitySample, type WordSample } from "./tokens.ts";
import type { Verdict } from "../statistics/verdict.ts";

/** So many that equal values may be judged, of means too. */
const times = <Sample>(sample: Sample, count = 14): readonly Sample[] =>
  Array.from({ length: count }, () => sample);

function verdictOf<Samples>(claim: Claim<Samples>, samples: Samples): Verdict {
  const measurement = { samples, figures: claim.figures(samples, 0), notes: claim.notes(samples) };
  return claimResult(claim, measurement, { seconds: 1, clockResolutionMs: 0.1 }).verdict;
}

const length = (hundredMs: number, oneMs: number, forwardPasses: number): readonly LengthSample[] =>
  times({ oneMs, hundredMs, generationMs: hundredMs - oneMs, forwardPasses });
const batch = (batch: number, unequalLengths: number, smallPool: number): readonly ThroughputSample[] =>
  times({ alone: 100, batch, equalLengths: 300, unequalLengths, smallPool });
const prefix = (cachedMs: number, cachedTokens: number): readonly PrefixSample[] =>
  times({
    ttftMs: { from: 100, to: cachedMs },
    costUsd: { from: 4e-3, to: 4e-3 - 9e-6 * cachedTokens },
    cachedTokens,
  });
const shares = (front: number, end: number): readonly TimestampSample[] => times({ front, end });
const row = (tokens: number, e2eMs: number, costUsd: number): RowPair => ({
  naive: { tokens: 1000, e2eMs: 1000, costUsd: 1, correct: true },
  other: { tokens, e2eMs, costUsd, correct: true },
  control: { tokens, e2eMs: 2 * e2eMs, costUsd, correct: true },
});
const density = (tokens: number): readonly DensitySample[] =>
  times({ characters: 1000, tokens: { cl100k: tokens, o200k: tokens, model: tokens } });
const judged = (correct: boolean) => ({ correct, found: true });
/** Of right and wrong it takes many rows to tell that nothing was lost. */
const compressed = (saved: number, inputPerMillion: number, minimal: boolean): readonly CompressionSample[] =>
  times(
    {
      verboseTokens: 100,
      compressedTokens: 100 - saved,
      answers: { verbose: judged(true), compressed: judged(true), minimal: judged(minimal) },
      inputPerMillion,
    },
    200,
  );
const words = (...perWord: readonly number[]): readonly WordSample[] =>
  [...perWord, ...perWord].map((tokens) => ({ kind: "prose", words: 100, tokens: 100 * tokens }));
const tokenCost = (tpotMs: number): readonly TokenCostSample[] =>
  times({ shortTtftMs: 32, longTtftMs: 416, tpotMs, priceRatio: 3 });
const prices = (factor: number): PriceSample => ({
  prices: {
    ...guidePrices,
    inputPerMillion: factor * 10,
    cachedInputPerMillion: factor,
    outputPerMillion: factor * 30,
  },
});
const parallel = (to: number): readonly ParallelSample[] => times({ from: 1000, to, waitedMs: 0 });
const levers = (factor: number, e2eMs: number): readonly LeversSample[] =>
  times({
    wallMs: { from: 1000, to: 1000 / factor },
    controlWallMs: 700,
    rows: times(row(500, e2eMs, 1 / factor), 4),
  });
const temperature = (low: number, high: number): readonly TemperatureSample[] =>
  times({ low: { parsed: low, correct: low }, high: { parsed: high, correct: high } }, 1000);

const cases = [
  forced(answerLength, length(10_000, 100, 100), length(6000, 100, 110), length(1000, 900, 200)),
  forced(batchThroughput, batch(300, 150, 100), batch(720, 270, 660), batch(800, 300, 800)),
  forced(cachedPrefix, prefix(20, 384), prefix(70, 384), prefix(99, 0)),
  forced(timestampInFront, shares(0, 0.9), shares(0.4, 0.9), shares(0.9, 0.9)),
  forced(oneStructuredCall, times(row(300, 300, 0.4)), times(row(500, 500, 0.6)), times(row(900, 900, 0.9))),
  forced(tokensPerCharacter, density(760), density(600), density(220)),
  forced(compression, compressed(28, 10, false), compressed(15, 10, false), compressed(5, 10, true)),
  forced(wordsAreNotTokens, words(1.3, 1.4, 2), words(1.05, 1.05, 1.2), words(1, 1, 1)),
  forced(outputTokenCost, tokenCost(3.1), tokenCost(4), tokenCost(20)),
  forced(cachingSavings, prices(1), prices(1.03), prices(2)),
  forced(parallelRequests, parallel(400), parallel(800), parallel(1000)),
  forced(allLevers, levers(11, 150), levers(6, 400), levers(2, 900)),
  forced(requestCost, prices(1), prices(0.97), prices(0.001)),
  forced(lowTemperature, temperature(1, 0.8), temperature(1, 0.98), temperature(1, 1)),
];

function forced<Samples>(claim: Claim<Samples>, holds: Samples, partly: Samples, fails: Samples) {
  return {
    id: claim.id,
    metrics: claim.metrics,
    verdicts: {
      holds: verdictOf(claim, holds),
      partly: verdictOf(claim, partly),
      fails: verdictOf(claim, fails),
    },
  };
}

const environment: Environment = {
  adapter: "a fake",
  isSoftwareAdapter: false,
  features: [],
  isolation: true,
  clockResolution: 0.005,
  appVersion: "0",
  modelId: "fake",
  weightsHash: null,
  quantization: null,
  runner: "gpu",
  backend: "paged",
  syntheticWeights: false,
  userAgent: "test",
  date: "2026-01-01T00:00:00Z",
};

async function measure(
  ids: readonly number[],
  policy: Partial<EnginePolicy> = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ report: ClaimsReport; serving: FakeServing }> {
  const serving = new FakeServing();
  if (more["synthetic"] === true) {
    const status = await serving.status();
    Object.assign(serving, {
      status: () => Promise.resolve({ ...status, model: { ...fakeModel, synthetic: true } }),
    });
  }
  const lab = { serving, environment: () => Promise.resolve(environment) };
  const clock = {
    now: () => serving.nowMs,
    sleep: (ms: number) => Promise.resolve(void (serving.nowMs += ms)),
  };
  return { report: await runClaims(lab, { ids, policy, ...more }, clock), serving };
}

const verdicts = ({ report }: { report: ClaimsReport }): readonly Verdict[] =>
  report.claims.map(({ verdict }) => verdict);

describe("the claims", () => {
  it("about answers are withheld for random weights", async () => {
    const { report } = await measure([7, 14], {}, { synthetic: true });
    expect(report.failed.map(({ id, error }) => [id, error.kind])).toEqual([
      [7, "unsupported"],
      [14, "unsupported"],
    ]);
    expect(report.claims).toEqual([]);
  });

  it("are the guide's fourteen, each with a metric, a direction and two thresholds in order", () => {
    expect(claims.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    for (const metric of claims.flatMap(({ metrics }) => metrics)) {
      const { direction, holdsAt, partlyAt, claimed } = metric;
      expect(direction === "higher" ? holdsAt > partlyAt : holdsAt < partlyAt, metric.label).toBe(true);
      if (direction === "near") expect(claimed).toBeGreaterThan(0);
    }
  });

  it.each(cases)("claim $id: synthetic samples force each verdict", ({ id, verdicts: found }) => {
    expect(found).toEqual(
      id === 10 || id === 13
        ? { holds: "arithmetic", partly: "arithmetic", fails: "arithmetic" }
        : { holds: "holds", partly: "partly", fails: "fails" },
    );
  });

  it("of too few repeats are undecided, and say how many they need", () => {
    const samples = parallel(400).slice(0, 5);
    const result = claimResult(
      parallelRequests,
      { samples, figures: parallelRequests.figures(samples, 0), notes: [] },
      { seconds: 1, clockResolutionMs: 0.1 },
    );
    expect(result).toMatchObject({
      verdict: "undecided",
      interval: null,
      without: { reason: "not-enough-runs", needs: 6 },
    });
    expect(result.parts.map(figureText)).toEqual(["2.50× (5 units, an interval needs 6)"]);
  });

  it("divide by no cost of a prompt token that may be nothing", () => {
    const samples = times({ tpotMs: 3, priceRatio: 3 }, 9).map((sample, index) => ({
      ...sample,
      shortTtftMs: 32,
      longTtftMs: index % 2 === 0 ? 20 : 60,
    }));
    expect(outputTokenCost.figures(samples, 0)[0]?.without).toEqual({ reason: "unbounded" });
    expect(verdictOf(outputTokenCost, samples)).toBe("undecided");
  });

  it("tell addresses that were found apart from the format that was asked for", () => {
    expect(addressesFound("a@b.org, c.d@e.net", "c.d@e.net; a@b.org.")).toBe(true);
    expect(addressesFound("a@b.org", "a@b.org, x@y.org")).toBe(false);
    expect(addressesFound("", "-")).toBe(true);
    expect(addressesFound("a@b.org", "none")).toBe(false);
  });

  it("say which of them are arithmetic", () => {
    const arithmetic = claims.filter(({ metrics }) => metrics.some(({ basis }) => basis === "arithmetic"));
    expect(arithmetic.map(({ id }) => id)).toEqual([3, 7, 10, 13]);
  });

  it("hold only when their whole interval reaches the threshold", () => {
    const samples = [
      ...times({ from: 1000, to: 300, waitedMs: 0 }, 5),
      ...times({ from: 1000, to: 990, waitedMs: 0 }, 4),
    ];
    expect(verdictOf(parallelRequests, samples)).toBe("undecided");
  });
});

describe("runClaims", () => {
  it("measures on the engine: batching and cache change what depends on them", async () => {
    const ids = [2, 3, 4, 10, 11];
    expect(verdicts(await measure(ids))).toEqual(["partly", "holds", "holds", "arithmetic", "holds"]);
    expect(verdicts(await measure(ids, { prefixCache: false }))).toEqual([
      "partly",
      "fails",
      "fails",
      "arithmetic",
      "holds",
    ]);
    const { report } = await measure(ids, { batching: "none" });
    expect(report.claims.find(({ id }) => id === 11)?.verdict).toBe("fails");
    expect(report.settings.policy.batching).toBe("none");
  });

  it("puts the engine's policy back and tells each claim as it comes", async () => {
    const events: ClaimsEvent[] = [];
    const { serving, report } = await measure(
      [4, 13],
      { batching: "static" },
      { onEvent: (event: ClaimsEvent) => events.push(event) },
    );
    expect(serving.policy.batching).toBe("continuous");
    expect(events.map(({ type, done }) => [type, done])).toEqual([
      ["claim", 0],
      ["claim-done", 1],
      ["claim", 1],
      ["claim-done", 2],
    ]);
    expect(report.claims[1]).toMatchObject({
      id: 13,
      basis: "arithmetic",
      measured: 0.035,
      n: 1,
      verdict: "arithmetic",
    });
  });

  it("counts tokens with the encodings: claims 6 and 8 as everybody will find them", async () => {
    const { report } = await measure([6, 8]);
    const [first, second] = report.claims;
    expect(first?.parts.map(({ metric }) => metric.id)).toEqual(["cl100k", "o200k", "model"]);
    expect(first?.parts[0]?.verdict).toBe("fails");
    expect(first?.measured).toBeGreaterThan(150);
    expect(first?.measured).toBeLessThan(300);
    expect(second?.measured).toBeGreaterThan(0.03);
    expect(second?.parts[1]?.value).toBeGreaterThan(1.5);
  });

  it("goes on after a claim that the engine cannot measure, and says why", async () => {
    const { report } = await measure([9, 10]);
    expect(report.failed).toMatchObject([{ id: 9, error: { kind: "unsupported" } }]);
    expect(report.claims.map(({ id }) => id)).toEqual([10]);
  });

  it("ends at an abort with what there is", async () => {
    const controller = new AbortController();
    const { report } = await measure(
      [10, 3],
      {},
      { signal: controller.signal, onEvent: () => controller.abort() },
    );
    expect(report).toMatchObject({ aborted: true, failed: [] });
    expect(report.claims.map(({ id }) => id)).toEqual([10]);
  });

  it.each([
    [{ ids: [15] }, /no claim 15/],
    [{ ids: [] }, /ids is \[\]/],
    [{ ids: [10], repeats: 1 }, /repeats is 1/],
    [{ ids: [10], prices: { inputPerMillion: -1 } }, /The option prices is/],
  ])("refuses %j", async (options, message) => {
    await expect(measure([10], {}, options)).rejects.toThrow(message);
  });

  it("prints verdict, figure, n and formula of every claim", async () => {
    const { report } = await measure([3, 10]);
    const text = claimsMarkdown(report);
    expect(text).toMatch(
      /\| 3 +\| A cached prefix is quick and cheap \| Holds here \| .*1 − median over repeats of TTFT\(cached\)/,
    );
    expect(text).toMatch(/\| 10 .* Arithmetic +\| \$2,565\.00 +\| arithmetic \|/);
    expect(text).toContain("A day costs $100.00 without and $14.50 with caching.");
  });
});
