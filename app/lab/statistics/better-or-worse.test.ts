import { describe, expect, it } from "vitest";

import { betterOrWorse } from "./better-or-worse.ts";
import { constant, tooFew, withInterval, withoutInterval } from "./estimate.ts";

const less = withInterval(-2, 9, [-3, -1]);
const more = withInterval(2, 9, [1, 3]);

describe("better or worse", () => {
  it.each([
    [less, "lower", "better"],
    [less, "higher", "worse"],
    [more, "lower", "worse"],
    [more, "higher", "better"],
    [less, "neither", "neither"],
    [more, "neither", "neither"],
  ] as const)("%j, where %s is better, is %s", (change, direction, expected) => {
    expect(betterOrWorse(change, direction)).toBe(expected);
  });

  it.each([
    ["one run", tooFew(-50, 1)],
    ["five runs", tooFew(-50, 5)],
    ["an interval that holds zero", withInterval(-2, 9, [-4, 0.1])],
    ["one that begins at zero", withInterval(2, 9, [0, 4])],
    ["one that ends at zero", withInterval(-2, 9, [-4, 0])],
    ["the same means of few rows", constant(-2, 13, "mean", 0)],
    ["no change in all rows", constant(0, 20, "mean", 0)],
    ["a ratio without end", withoutInterval(3, 9, { reason: "unbounded" })],
    ["what is no number", withInterval(Number.NaN, 9, [Number.NaN, Number.NaN])],
    ["nothing", null],
  ])("%s is neither", (_, change) => {
    expect(betterOrWorse(change, "lower")).toBe("neither");
    expect(betterOrWorse(change, "higher")).toBe("neither");
  });

  it("the same change in each of many rows is told", () => {
    expect(betterOrWorse(constant(-2, 14, "mean", 0), "lower")).toBe("better");
    expect(betterOrWorse(constant(-2, 6, "median", 0), "higher")).toBe("worse");
  });

  it("a ratio is held against 1", () => {
    expect(betterOrWorse(withInterval(0.5, 9, [0.4, 0.9]), "lower", 1)).toBe("better");
    expect(betterOrWorse(withInterval(1.5, 9, [1.1, 1.9]), "lower", 1)).toBe("worse");
    expect(betterOrWorse(withInterval(1.5, 9, [0.9, 1.9]), "lower", 1)).toBe("neither");
  });
});
