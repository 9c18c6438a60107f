import { describe, expect, it } from "vitest";

import type { TimestampSummary } from "../experiments/timestamp/measure.ts";
import type { PlanSummary } from "../experiments/compare/report.ts";
import { servingLab } from "../testing/serving-lab.ts";
import { batchingLesson, explainBatching } from "./batching.ts";
import { explainCompression } from "./compression.ts";
import { explainLatency } from "./latency.ts";
import { guessText, guessVerdict } from "./lesson.ts";
import { explainPrefix, prefixLesson } from "./prefix.ts";
import { explainStructured } from "./structured.ts";
import { explainTokens } from "./tokens.ts";

const all = ({ explanation }: { explanation: readonly string[] }): string => explanation.join(" ");

describe("a guess", () => {
  it("is judged against what was measured, whichever way it is off", () => {
    expect(guessVerdict(8, 2, "×")).toBe("Your guess was 4 times too high.");
    expect(guessVerdict(2, 8, "×")).toBe("Your guess was 4 times too low.");
    expect(guessVerdict(2.1, 2, "×")).toBe("Your guess was within a tenth.");
    expect(guessVerdict(67, 20, "%")).toBe("Your guess was 47 points too high.");
    expect(guessVerdict(67, 64, "%")).toBe("Your guess was right, or nearly.");
    expect(guessVerdict(50, -10, "%")).toBe("Your guess was 60 points too high.");
    expect(guessVerdict(2, 5, "texts")).toBe("Your guess was 3 texts too low.");
  });

  it("has its unit", () => {
    expect([guessText(1.234, "×"), guessText(33.4, "%"), guessText(1200, "tokens")]).toEqual([
      "1.23 times",
      "33%",
      "1,200 tokens",
    ]);
  });
});

describe("explanations follow the measurement", () => {
  it("of latency", () => {
    const sample = { promptTokens: 100, queueMs: 1, prefillMs: 50, ttftMs: 51, tpotMs: 10, e2eMs: 521 };
    const decode = explainLatency([sample]);
    expect(decode.measured).toBeCloseTo(9.8, 1);
    expect(all(decode)).toMatch(/20 times as much.*Most of the time is generation/);
    const prefill = explainLatency([{ ...sample, prefillMs: 2000, ttftMs: 2001, e2eMs: 2471 }]);
    expect(all(prefill)).toMatch(/prompt tokens cost more.*Most of the time is the prompt/);
  });

  it("of tokens", () => {
    const counts = { text: "two words", vocabSize: 1024, o200k: 2, cl100k: 2 };
    expect(all(explainTokens({ ...counts, model: 5 }))).toMatch(
      /2 words are 5 tokens.*smaller pieces than o200k\. Its vocabulary has 1,024 entries/,
    );
    expect(all(explainTokens({ ...counts, model: 2 }))).toContain("no more pieces than o200k");
  });

  it("of a timestamp", () => {
    const summary = (cachedWith: number, low: number, high: number): TimestampSummary => ({
      n: 3,
      numInterrupted: 0,
      cachedWithout: 144,
      cachedWith,
      last: {
        variant: "with",
        repeat: 0,
        numPromptTokens: 200,
        numCachedTokens: cachedWith,
        ttftMs: 10,
        prompt: { tokenIds: [], pieces: [], owners: [] },
        cacheBreak: { type: "first", block: 0 },
      },
      ttft: {
        ...{ from: 10, to: 30, difference: (low + high) / 2, ratio: 3, ratioInterval: null },
        interval: { low, high },
      },
    });
    const broken = explainPrefix(summary(0, 10, 30));
    expect(broken.measured).toBe(0);
    expect(all(broken)).toMatch(/144 tokens came from the cache, with it 0 of 200.*That cost 20 ms/);
    expect(all(explainPrefix(summary(0, -10, 30)))).toContain("no difference that so few requests can show");
    expect(all(explainPrefix(summary(0, -30, -10)))).toContain("even quicker, by 20 ms");
    expect(all(explainPrefix(summary(144, -1, 1)))).toMatch(/changed nothing.*does no harm/);
  });

  it("of batching", () => {
    const pairs = (together: number, itl: number, repeats = 6) =>
      Array.from({ length: repeats }, (_, repeat) => ({
        alone: { tokensPerSecond: 100 + repeat, itlMs: [10] },
        together: { tokensPerSecond: together, itlMs: [itl] },
      }));
    expect(all(explainBatching(pairs(300, 25)))).toMatch(
      /2.9 times the output of one after another \(95% interval 2.9 to 3\), not 8 times.*25 ms for a token/,
    );
    expect(all(explainBatching(pairs(102, 80)))).toMatch(/no difference in output.*on another one/);
    expect(all(explainBatching(pairs(50, 80)))).toMatch(/less output.*0.49 times as much/);
    expect(all(explainBatching(pairs(820, 10)))).not.toContain("not 8 times");
    expect(all(explainBatching(pairs(300, 25, 5)))).toMatch(
      /no difference in output \(2.9 times, 5 runs each way, an interval needs 6\)/,
    );
  });

  it("of one structured call", () => {
    const plan = (id: string, e2eMs: number, tokens: number, accuracy: number): PlanSummary => ({
      ...{ plan: id, title: id, calls: 1, promptTokens: tokens, cachedTokens: 0, outputTokens: 0 },
      ...{ ttftMs: 1, e2eMs, prefillMs: 1, decodeMs: 1, costUsd: 0, parseRate: 1, accuracy, n: 2 },
      ...{ numFailed: 0, numInterrupted: 0, spread: {} },
    });
    const explain = (e2eMs: number, accuracy: number) =>
      explainStructured({
        plans: [plan("naive-chain", 1000, 400, 1), plan("structured", e2eMs, 100, accuracy)],
        causes: [],
      });
    expect(explain(400, 1).measured).toBeCloseTo(60);
    expect(all(explain(400, 1))).toMatch(/60% less.*saved 75% of the tokens.*cost no accuracy/);
    expect(all(explain(1500, 0.5))).toMatch(/50% more.*cost accuracy: 50% right instead of 100%/);
    expect(all(explain(1000, 1))).toContain("about as long");
  });

  it("of over-compression", () => {
    const level = (id: string, tokens: number, correct: number) => ({
      ...{ id, title: id, tokens, n: 8, correct, accuracy: correct / 8, interval: [0, 1] as const },
      ...{ tokenChange: 0, difference: 0, differenceInterval: [0, 0] as const, errorRatio: null },
      ...{ verdict: "best" as const, rowsToDecide: null, wording: id, wordingTitle: id, numExamples: 0 },
      ...{ outputTokens: 1, outcomes: [], answers: [] },
    });
    const explain = (correct: number) =>
      explainCompression({
        levels: [level("long", 100, 8), level("short", 25, correct)],
        best: "long",
        reason: "Why.",
      });
    expect(explain(3).measured).toBe(3);
    expect(all(explain(3))).toMatch(
      /saves 75% .* answers 3 of 8 right instead of 8 of 8\. Why\..*worth nothing/,
    );
    expect(all(explain(8))).toMatch(/as many right as any other: 8 of 8/);
  });
});

it("lessons run on a serving engine and say how far they are", async () => {
  const { lab } = servingLab();
  const engine = { generate: lab.serving.generate };
  for (const lesson of [prefixLesson, batchingLesson]) {
    const progress: number[] = [];
    const result = await lesson.run({
      lab: { ...lab, engine },
      signal: new AbortController().signal,
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(Number.isFinite(result.measured), lesson.id).toBe(true);
    expect(result.explanation.join(" ")).not.toMatch(/NaN|undefined|Infinity/);
    expect(Math.max(...progress)).toBeLessThanOrEqual(1);
    const cancelled = lesson.run({
      lab: { ...lab, engine },
      signal: AbortSignal.abort(),
      onProgress: () => undefined,
    });
    await expect(cancelled).rejects.toMatchObject({ kind: "aborted" });
  }
});
