import { describe, expect, it } from "vitest";

import { providerPresets } from "../pricing/providers.ts";
import { createRandom } from "../random.ts";
import { analyseLog, type LogAnalysis } from "./analyse-log.ts";
import { parseLog } from "./parse-log.ts";
import { joinParts } from "./prefix-breaks.ts";
import { PromptTree } from "./prompt-tree.ts";
import { TokenMeter } from "./token-meter.ts";
import { applyRule } from "./traffic-rules.ts";

/** A token is a character: then every count can be checked by hand. */
const letters = () => new TokenMeter((text) => text, Number.POSITIVE_INFINITY);
const analyse = (lines: readonly object[]): LogAnalysis =>
  analyseLog(parseLog(lines.map((line) => JSON.stringify(line)).join("\n")).requests, letters());
const chat = (system: string, user: string, rest: object = {}) => ({
  model: "m",
  messages: [
    { role: "system", content: system },
    { role: "user", content: user },
  ],
  ...rest,
});
const free = { inputPerMillion: 0, cacheReadPerMillion: 0, cacheWritePerMillion: 0 };
const rule = (minTokens: number, granularity: number, ttlSeconds: number | null) => ({
  minTokens,
  granularity,
  ttlSeconds,
  ...free,
});
const staticText = "You sort letters by their sender and answer with one word, nothing else. ".repeat(4);

describe("the prompt tree", () => {
  it("finds what a plain comparison of all pairs finds", () => {
    const random = createRandom(3);
    const texts = Array.from({ length: 120 }, () =>
      Array.from({ length: random.below(9) }, () => random.choice(["a", "b", "ab"])).join(""),
    );
    const tree = new PromptTree();
    for (const [index, text] of texts.entries()) {
      const longest = Math.max(0, ...texts.slice(0, index).map((other) => commonLength(text, other)));
      const shared = tree.insert("m", text, index, null);
      expect(shared.at(-1)?.characters ?? 0).toBe(longest);
    }
  });

  it("counts requests at every piece", () => {
    const tree = new PromptTree();
    ["abc", "abd", "abd", "x"].forEach((text, index) => tree.insert("m", text, index, null));
    expect(tree.path("m", "abd").map(({ end, numRequests }) => [end, numRequests])).toEqual([
      [2, 3],
      [3, 2],
    ]);
  });
});

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length += 1;
  return length;
}

describe("the analysis of a log", () => {
  it("counts what requests share in front", () => {
    const lines = [chat(staticText, "one"), chat(staticText, "two"), chat(staticText, "one")];
    const analysis = analyse(lines);
    const length = (user: string) =>
      joinParts([
        { role: "system", text: staticText },
        { role: "user", text: user },
      ]).length;
    expect(analysis.requests.map(({ shared }) => shared.at(-1)?.tokens ?? 0)).toEqual([
      0,
      length("one") - 3,
      length("one"),
    ]);
    expect(analysis.totalTokens).toBe(2 * length("one") + length("two"));
    expect(analysis.breaks).toEqual([]);
    expect(analysis.tree[0]).toMatchObject({ numRequests: 3, tokens: length("one") - 3, level: 0 });
  });

  it("keeps models apart", () => {
    const analysis = analyse([chat(staticText, "a"), { ...chat(staticText, "a"), model: "other" }]);
    expect(analysis.requests[1]?.shared).toEqual([]);
    expect(analysis.numModels).toBe(2);
  });

  it("applies minimum, granularity and time to live", () => {
    const at = (second: number) => ({ created: 1_764_000_000 + second });
    const analysis = analyse([
      chat(staticText, "a", at(0)),
      chat(staticText, "b", at(100)),
      chat(staticText, "c", at(1000)),
    ]);
    const shared = analysis.requests[1]?.shared.at(-1)?.tokens ?? 0;
    expect(shared).toBeGreaterThan(300);
    expect(applyRule(analysis, rule(0, 1, null)).cachedTokens).toBe(2 * shared);
    expect(applyRule(analysis, rule(0, 128, null)).cachedTokens).toBe(2 * 256);
    expect(applyRule(analysis, rule(shared + 1, 1, null))).toMatchObject({
      cachedTokens: 0,
      numHits: 0,
      share: 0,
    });
    expect(applyRule(analysis, rule(0, 1, 300)).cachedTokens).toBe(shared);
  });

  it("sorts by time, and asks for no time where a line has none", () => {
    const late = chat(staticText, "late", { created: 1_764_000_100 });
    const early = chat(staticText, "early", { created: 1_764_000_000 });
    expect(analyse([late, early]).requests.map(({ line }) => line)).toEqual([2, 1]);
    const mixed = analyse([late, chat(staticText, "none")]);
    expect(mixed.hasTimes).toBe(false);
    expect(applyRule(mixed, rule(0, 1, 1)).numHits).toBe(1);
  });

  it("prices reads, writes and the rest", () => {
    const analysis = analyse([chat(staticText, "a"), chat(staticText, "b")]);
    const shared = analysis.requests[1]?.shared.at(-1)?.tokens ?? 0;
    const prices = { inputPerMillion: 10, cacheReadPerMillion: 1, cacheWritePerMillion: 12.5 };
    const result = applyRule(analysis, { ...rule(0, 1, null), ...prices });
    const plain = analysis.totalTokens - 2 * shared;
    expect(result.storedTokens).toBe(shared);
    expect(result.costWith).toBeCloseTo((shared * 1 + shared * 12.5 + plain * 10) / 1e6, 10);
    expect(result.costWithout).toBeCloseTo((analysis.totalTokens * 10) / 1e6, 10);
  });

  it("has a result for every preset", () => {
    const analysis = analyse([chat(staticText, "a"), chat(staticText, "b")]);
    for (const preset of providerPresets)
      expect(applyRule(analysis, preset).costWith).toBeGreaterThanOrEqual(0);
  });
});

describe("what breaks the prefix", () => {
  const varied = (values: readonly string[]) =>
    analyse(values.map((value) => chat(`Now: ${value}. ${staticText}`, "q"))).breaks;

  it.each([
    ["timestamp", ["2026-11-24T07:38:10Z", "2026-11-24T07:39:55Z"]],
    ["timestamp", ["Tue, 24 Nov 2026 07:38", "Tue, 24 Nov 2026 09:12"]],
    ["timestamp", ["1764000000", "1764000107"]],
    ["date", ["2026-11-24", "2026-11-25"]],
    ["date", ["November 24, 2026", "November 25, 2026"]],
    ["time", ["07:38", "07:41"]],
    ["id", ["550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655449999"]],
    ["id", ["req_8fj2k1x9", "req_8fj2zz07"]],
    ["number", ["9", "10"]],
    ["text", ["Anna", "Berta"]],
  ] as const)("names a %s: %j", (kind, values) => {
    const [group, ...others] = varied(values);
    expect(others).toEqual([]);
    expect(group).toMatchObject({ kind, role: "system", part: 0, numLines: 1, lines: [2] });
    expect(group?.example).toMatchObject({ line: 2, otherLine: 1 });
    expect(group?.tokensLost).toBeGreaterThanOrEqual(staticText.length);
  });

  it("shows both texts", () => {
    const [group] = varied(["2026-11-24T07:38:10Z", "2026-11-24T07:39:55Z"]);
    expect(group?.example).toMatchObject({ text: "2026-11-24T07:39:55Z", otherText: "2026-11-24T07:38:10Z" });
    expect(group?.context).toBe("Now: ");
  });

  it("puts like breaks together and sums what they lose", () => {
    const [group, ...others] = varied(
      Array.from({ length: 30 }, (_, minute) => `2026-11-24T07:${10 + minute}:00Z`),
    );
    expect(others).toEqual([]);
    expect(group).toMatchObject({ kind: "timestamp", numLines: 29 });
    expect(group?.lines).toHaveLength(20);
    expect(group?.tokensLost).toBeGreaterThanOrEqual(29 * staticText.length);
  });

  it("passes over a second volatile piece", () => {
    const [group] = varied(["07:38 (req_a1b2c3d4)", "07:39 (req_z9y8x7w6)"]);
    expect(group).toMatchObject({ kind: "time" });
    expect(group?.tokensLost).toBeGreaterThanOrEqual(staticText.length);
  });

  it("does not call different questions a break", () => {
    const analysis = analyse([
      chat(staticText, "What is 12 and 7?"),
      chat(staticText, "Who wrote this letter?"),
    ]);
    expect(analysis.breaks).toEqual([]);
  });

  it("finds static text behind variable text in a raw prompt", () => {
    const analysis = analyse([{ prompt: `Anna. ${staticText}` }, { prompt: `Bert. ${staticText}` }]);
    expect(analysis.breaks[0]).toMatchObject({ kind: "text", role: "prompt" });
  });
});

describe("the token meter", () => {
  it("counts within its budget and estimates beyond", () => {
    const meter = new TokenMeter((text) => text.split(" "), 11);
    expect(meter.count("one two six")).toBe(3);
    expect(meter.count("x".repeat(22))).toBe(6);
    expect(meter.exactShare).toBeCloseTo(1 / 3);
  });
});
