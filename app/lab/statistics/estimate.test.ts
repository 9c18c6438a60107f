import { describe, expect, it } from "vitest";

import {
  constant,
  counted,
  decided,
  mapEstimate,
  tooFew,
  withInterval,
  withoutInterval,
  withoutText,
} from "./estimate.ts";

const rows = ["row", "rows"] as const;

describe("an estimate", () => {
  it("leaves its interval possible", () => {
    expect(decided(withInterval(2, 9, [1, 3]))).toEqual([1, 3]);
  });

  it.each([
    ["too few runs", tooFew(2, 3)],
    ["a ratio to what may be 0", withoutInterval(2, 9, { reason: "unbounded" })],
    ["a constant mean of 13", constant(2, 13, "mean", 0)],
    ["a constant median of 5", constant(2, 5, "median", 0)],
  ])("of %s decides nothing", (_, estimate) => {
    expect(estimate.interval).toBeNull();
    expect(decided(estimate)).toBeNull();
  });

  it.each([
    ["a count", counted(2)],
    ["a constant mean of 14", constant(2, 14, "mean", 0)],
    ["a constant median of 6", constant(2, 6, "median", 0)],
  ])("of %s may be judged by its value", (_, estimate) => {
    expect(estimate.interval).toBeNull();
    expect(decided(estimate)).toEqual([2, 2]);
  });

  it("of equal times is as wide as the clock is coarse", () => {
    expect(constant(5, 6, "mean", 0.1)).toEqual(withInterval(5, 6, [4.9, 5.1]));
  });

  it("of equal counts says how many may be otherwise, a rule of three", () => {
    const { without } = constant(5, 100, "mean", 0);
    expect(without).toMatchObject({ reason: "constant", decides: true });
    expect(without?.reason === "constant" ? without.othersAtMost : null).toBeCloseTo(0.0295, 4);
  });

  it("goes to another scale, turned round where that falls", () => {
    expect(mapEstimate(withInterval(2, 9, [1, 4]), (ratio) => 1 - ratio)).toEqual(
      withInterval(-1, 9, [-3, 0]),
    );
    expect(mapEstimate(tooFew(2, 3), (ratio) => 10 * ratio)).toEqual(tooFew(20, 3));
  });

  it.each([
    [tooFew(2, 3), "3 rows, an interval needs 6"],
    [tooFew(2, 1, 29), "1 row, an interval needs 29"],
    [constant(2, 8, "median", 0), "the same in all 8 rows"],
    [withoutInterval(2, 8, { reason: "unbounded" }), "8 rows, divided by what may be 0"],
    [counted(2), "counted, not sampled"],
    [withInterval(2, 8, [1, 3]), "8 rows"],
  ])("%j says %s", (estimate, text) => {
    expect(withoutText(estimate, rows)).toBe(text);
  });
});
