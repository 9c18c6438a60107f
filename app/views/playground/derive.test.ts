import { describe, expect, it } from "vitest";

import { type Turn } from "../../store/playground-store.ts";
import { gapsMs, liveFigures, outputTokens, proofSummary, stripTokens } from "./derive.ts";

function turn(change: Partial<Turn> = {}): Turn {
  const token = (tokenId: number, atMs: number, index: number) => ({
    tokenId,
    text: `t${tokenId}`,
    atMs,
    index,
    choice: 0,
  });
  return {
    key: 1,
    user: "hello",
    request: { prompt: "hello" },
    promptPieces: [
      { id: 7, text: "he" },
      { id: 8, text: "llo" },
      { id: 9, text: "!" },
    ],
    numCachedTokens: 2,
    outputs: [[token(1, 1040, 0), token(2, 1050, 1), token(3, 1075, 2)]],
    submittedMs: 1000,
    state: "running",
    finishReason: null,
    metrics: null,
    error: null,
    proof: null,
    ...change,
  };
}

describe("playground derive", () => {
  it("marks exactly the cached prefix", () => {
    expect(stripTokens(turn(), 0).map(({ kind }) => kind)).toEqual([
      "cached",
      "cached",
      "prompt",
      "output",
      "output",
      "output",
    ]);
  });

  it("gives the first token its TTFT and the others their gaps", () => {
    expect(outputTokens(turn(), 0).map(({ ms }) => ms)).toEqual([40, 10, 25]);
    expect(gapsMs(turn())).toEqual([10, 25]);
  });

  it("knows nothing before the first token", () => {
    expect(liveFigures(turn({ outputs: [[]] }))).toMatchObject({
      ttftMs: null,
      tokensPerSecond: null,
      firstDecodeMs: null,
    });
  });

  it("counts tokens over wall time since submit", () => {
    const figures = liveFigures(turn());
    expect(figures.tokensPerSecond).toBeCloseTo(40);
    expect(figures.ttftMs).toBe(40);
  });

  it("does not claim a proof where nothing was cached", () => {
    const summary = proofSummary({
      state: "same",
      withCache: { numCached: 0, ttftMs: 1 },
      withoutCache: { numCached: 0, ttftMs: 2 },
      firstDifference: null,
      error: null,
    });
    expect(summary).toContain("nothing had come from the cache");
  });

  it("does not claim equality where tokens differ", () => {
    const summary = proofSummary({
      state: "different",
      withCache: { numCached: 16, ttftMs: 1 },
      withoutCache: { numCached: 0, ttftMs: 2 },
      firstDifference: 4,
      error: null,
    });
    expect(summary).toContain("Different from token 4");
  });
});
