import { describe, expect, it } from "vitest";

import { sample, type SampleParams, uniform } from "./sample.reference.ts";

const greedy: SampleParams = {
  temperature: 0,
  topK: 0,
  topP: 1,
  seed: 0,
  outputIndex: 0,
  logprobs: 0,
  allowedTokens: null,
};
const logits = Float32Array.of(0, Math.log(4), Math.log(2), Math.log(4), -Infinity, Math.log(5));

/** Share of each token in many draws. */
function shares(params: Partial<SampleParams>, draws = 20_000): number[] {
  const counts = new Array<number>(logits.length).fill(0);
  for (let outputIndex = 0; outputIndex < draws; outputIndex += 1) {
    const { tokenId } = sample(logits, { ...greedy, temperature: 1, ...params, outputIndex });
    counts[tokenId]! += 1;
  }
  return counts.map((count) => count / draws);
}

function expectShares(actual: readonly number[], weights: readonly number[]): void {
  const total = weights.reduce((a, b) => a + b);
  for (const [id, weight] of weights.entries()) {
    expect(Math.abs(actual[id]! - weight / total)).toBeLessThan(weight === 0 ? 1e-12 : 0.015);
  }
}

describe("sample", () => {
  it("is greedy at temperature 0, the lowest id of equals", () => {
    expect(sample(Float32Array.of(1, 3, 2, 3), greedy).tokenId).toBe(1);
  });

  it("draws by the probabilities", () => {
    expectShares(shares({ seed: 1 }), [1, 4, 2, 4, 0, 5]);
  });

  it("sharpens and flattens with temperature", () => {
    expectShares(shares({ seed: 2, temperature: 0.5 }), [1, 16, 4, 16, 0, 25]);
  });

  it("keeps the top k, of equals the lower id", () => {
    expectShares(shares({ seed: 3, topK: 2 }), [0, 4, 0, 0, 0, 5]);
  });

  it("keeps the fewest tokens that reach top p", () => {
    expectShares(shares({ seed: 4, topP: 0.5 }), [0, 4, 0, 0, 0, 5]);
    expectShares(shares({ seed: 5, topP: 0.6 }), [0, 4, 0, 4, 0, 5]);
    expectShares(shares({ seed: 5, topP: 1e-6 }), [0, 0, 0, 0, 0, 1]);
  });

  it("applies top p to what top k left", () => {
    expectShares(shares({ seed: 6, topK: 3, topP: 0.65 }), [0, 4, 0, 0, 0, 5]);
    expectShares(shares({ seed: 6, topP: 0.65 }), [0, 4, 0, 4, 0, 5]);
  });

  it("draws allowed tokens only", () => {
    const allowedTokens = Uint32Array.of(0b00_0101);
    expectShares(shares({ seed: 7, allowedTokens }), [1, 0, 2, 0, 0, 0]);
    expect(sample(logits, { ...greedy, allowedTokens }).tokenId).toBe(2);
    expect(() => sample(logits, { ...greedy, allowedTokens: Uint32Array.of(0) })).toThrow("allows no token");
  });

  it("reports log-probabilities of the model's own distribution", () => {
    const { topLogprobs } = sample(logits, { ...greedy, temperature: 2, topK: 1, logprobs: 3 });
    expect(topLogprobs.map(({ tokenId }) => tokenId)).toEqual([5, 1, 3]);
    for (const [rank, { logprob }] of topLogprobs.entries()) {
      expect(Math.exp(logprob) * 16).toBeCloseTo([5, 4, 4][rank]!, 4);
    }
  });

  it("has one random number per seed and index, spread evenly", () => {
    expect(uniform(5, 9)).toBe(uniform(5, 9));
    const values = Array.from({ length: 10_000 }, (_, i) => uniform(Math.floor(i / 100), i % 100));
    expect(new Set(values).size).toBeGreaterThan(9_980);
    const counts = new Array<number>(10).fill(0);
    for (const value of values) counts[Math.floor(value * 10)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(880);
    expect(Math.max(...counts)).toBeLessThan(1120);
  });
});
