import { describe, expect, it } from "vitest";

import { counted, tooFew, withInterval } from "./estimate.ts";
import { combinedVerdict, verdictOf, type Thresholds } from "./verdict.ts";

const higher: Thresholds = { direction: "higher", holdsAt: 10, partlyAt: 5 };
const lower: Thresholds = { direction: "lower", holdsAt: 5, partlyAt: 10 };
const near: Thresholds = { direction: "near", claimed: -20, holdsAt: 0.1, partlyAt: 0.5 };

describe("the verdict of a metric", () => {
  it.each([
    [[10, 12], "holds"],
    [[9, 12], "partly"],
    [[5, 7], "partly"],
    [[5, 99], "partly"],
    [[4, 12], "undecided"],
    [[4, 5], "undecided"],
    [[3, 4], "fails"],
    [[Number.NaN, Number.NaN], "undecided"],
  ] as const)("that should be at least 10, in part 5: %j %s", (interval, expected) => {
    expect(verdictOf(withInterval(interval[0], 9, interval), higher)).toBe(expected);
  });

  it.each([
    [[4, 5], "holds"],
    [[4, 6], "partly"],
    [[6, 10], "partly"],
    [[6, 11], "undecided"],
    [[10, 11], "undecided"],
    [[11, 12], "fails"],
  ] as const)("that should be at most 5, in part 10: %j %s", (interval, expected) => {
    expect(verdictOf(withInterval(interval[0], 9, interval), lower)).toBe(expected);
  });

  it.each([
    [[-22, -18], "holds"],
    [[-23, -19], "partly"],
    [[-21, -17], "partly"],
    [[-30, -10], "partly"],
    [[-31, -20], "undecided"],
    [[-10, -9], "undecided"],
    [[-9, -5], "fails"],
    [[-40, -31], "fails"],
    [[-99, 0], "undecided"],
  ] as const)("that should be near −20: %j %s", (interval, expected) => {
    expect(verdictOf(withInterval(interval[0], 9, interval), near)).toBe(expected);
  });

  it("is undecided below the n of an interval, and decided by what was counted", () => {
    expect(verdictOf(tooFew(99, 5), higher)).toBe("undecided");
    expect(verdictOf(counted(99), higher)).toBe("holds");
    expect(verdictOf(counted(4), higher)).toBe("fails");
  });
});

describe("the verdict of a claim", () => {
  it.each([
    [[], "undecided"],
    [["arithmetic", "arithmetic"], "arithmetic"],
    [["holds", "arithmetic", "holds"], "holds"],
    [["fails", "fails"], "fails"],
    [["holds", "fails"], "partly"],
    [["partly", "fails"], "partly"],
    [["partly", "partly"], "partly"],
    [["holds", "undecided"], "partly"],
    [["fails", "undecided"], "undecided"],
    [["undecided", "arithmetic"], "undecided"],
  ] as const)("of %j is %s", (verdicts, expected) => {
    expect(combinedVerdict(verdicts)).toBe(expected);
  });
});
