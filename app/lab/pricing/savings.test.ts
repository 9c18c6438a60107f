import { describe, expect, it } from "vitest";

import { breakEvenHitRate, formatDollars, savings, savingsProblem, type SavingsInput } from "./savings.ts";

const golden: SavingsInput = {
  requestsPerDay: 10_000,
  prefixTokens: 1000,
  cachedTokens: 1000,
  hitRate: 0.95,
  inputPerMillion: 10,
  cacheReadPerMillion: 1,
  cacheWritePerMillion: 10,
};

describe("savings by caching", () => {
  it("the guide's case, to the cent", () => {
    const { costWithout, costWith, savedPerDay, savedPerMonth } = savings(golden);
    expect([costWithout, costWith, savedPerDay, savedPerMonth].map(formatDollars)).toEqual([
      "$100.00",
      "$14.50",
      "$85.50",
      "$2,565.00",
    ]);
  });

  it("a dearer write is paid by each miss", () => {
    expect(savings({ ...golden, cacheWritePerMillion: 12.5 }).costWith).toBeCloseTo(9.5 + 6.25);
  });

  it("can cost more than it saves", () => {
    const rare = { ...golden, cacheWritePerMillion: 12.5, hitRate: 0.1 };
    expect(savings(rare).savedPerDay).toBeLessThan(0);
    expect(breakEvenHitRate(rare)).toBeCloseTo(2.5 / 11.5);
    expect(savings({ ...rare, hitRate: breakEvenHitRate(rare) ?? 1 }).savedPerDay).toBeCloseTo(0);
    expect(breakEvenHitRate(golden)).toBe(0);
    expect(breakEvenHitRate({ ...golden, cacheReadPerMillion: 11 })).toBeNull();
  });

  it("of a prefix that the rule does not cache is nothing, of a part that part", () => {
    expect(savings({ ...golden, cacheWritePerMillion: 12.5, cachedTokens: 0 })).toEqual({
      costWithout: 100,
      costWith: 100,
      savedPerDay: 0,
      savedPerMonth: 0,
    });
    expect(savings({ ...golden, cachedTokens: 500 }).savedPerDay).toBeCloseTo(85.5 / 2);
  });

  it.each([
    [{ cachedTokens: 1001 }, "cachedTokens is 1001"],
    [{ hitRate: 1.2 }, "hitRate is 1.2"],
    [{ prefixTokens: -1 }, "prefixTokens is -1"],
    [{ inputPerMillion: Number.NaN }, "inputPerMillion is NaN"],
  ])("%j is refused", (change, message) => {
    expect(savingsProblem({ ...golden, ...change })).toContain(message);
    expect(() => savings({ ...golden, ...change })).toThrow(message);
  });

  it.each([
    [0.005, "$0.01"],
    [-3.5, "−$3.50"],
    [-0.001, "$0.00"],
    [1_234_567.891, "$1,234,567.89"],
  ])("%d dollars read %s", (amount, text) => {
    expect(formatDollars(amount)).toBe(text);
  });
});
