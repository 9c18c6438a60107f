import { describe, expect, it } from "vitest";

import type { Turn } from "../../store/playground-store.ts";
import type { Proof } from "../../store/prove.ts";
import { cacheNote, gapsMs, liveFigures, outputTokens, proofSummary, stripTokens } from "./derive.ts";

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
    prefixCache: true,
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

  it("says what the cache gave, or that it was off when the request ran", () => {
    const note = (prefixCache: boolean | null) => cacheNote(turn({ prefixCache }), liveFigures(turn()));
    expect(note(true)).toBe("2 of 3 prompt tokens came from the prefix cache.");
    expect(note(null)).toBe("2 of 3 prompt tokens came from the prefix cache.");
    expect(note(false)).toBe("The prefix cache was off.");
  });

  const proof: Proof = {
    state: "same",
    served: { numCached: 16, ttftMs: 1 },
    alone: { numCached: 0, ttftMs: 2 },
    numTokens: 9,
    firstDifference: null,
    error: null,
  };

  it("says what was proved", () => {
    expect(proofSummary(proof)).toContain("All 9 token ids are equal. 16 prompt tokens came from the cache");
  });

  it("does not claim a proof where nothing was cached", () => {
    const summary = proofSummary({ ...proof, served: { numCached: 0, ttftMs: 1 } });
    expect(summary).toContain("nothing had come from the cache");
  });

  it("does not claim equality where tokens differ", () => {
    const difference = { choice: 1, index: 4, served: 5, alone: 6 };
    const summary = proofSummary({
      ...proof,
      state: "different",
      firstDifference: { ...difference, texts: ['"a"', '"b"'] },
    });
    expect(summary).toContain('Different from token 4 of choice 1 on: "a" as served, "b"');
  });
});
