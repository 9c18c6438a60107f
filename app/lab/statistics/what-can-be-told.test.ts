import { describe, expect, it } from "vitest";

import { excludedLoss, rowsToExclude, rowsToTell, tellableRatio } from "./what-can-be-told.ts";

describe("what can be told", () => {
  it("of a loss of right answers: what Bonett and Price exclude", () => {
    expect(excludedLoss(20, 0)).toBeCloseTo(2 * Math.sqrt(2 / 22 / 22), 12);
    expect(excludedLoss(5, 0)).toBeNull();
    expect(excludedLoss(100)).toBeCloseTo(excludedLoss(100, 0.02)!, 12);
    expect(excludedLoss(100, 0.04)).toBeGreaterThan(excludedLoss(100, 0.02)!);
  });

  it.each([
    [0.02, 0, 140],
    [0.02, 0.02, 271],
    [0.05, 0.02, 73],
    [0.05, 0, 55],
  ])("a loss of %d with %d of the rows changing needs %d rows", (loss, changing, rows) => {
    expect(rowsToExclude(loss, changing)).toBe(rows);
    expect(excludedLoss(rows, changing)).toBeLessThanOrEqual(loss);
    expect(excludedLoss(rows - 1, changing)).toBeGreaterThan(loss);
  });

  it("no number of rows may be enough", () => {
    expect(rowsToExclude(0)).toBeNull();
    expect(rowsToExclude(0.02, 0.02, 270)).toBeNull();
    expect(rowsToExclude(0.9)).toBe(6);
  });

  it("of a ratio: less with few rows, and with rows that spread", () => {
    expect(tellableRatio(5, 0.1)).toBeNull();
    expect(tellableRatio(20, 0)).toBe(1);
    // The largest of six normal values lies 1.28 standard deviations above their mean (Blom's 1.282).
    expect(tellableRatio(6, 0.1)).toBeCloseTo(1.1 ** 1.282, 3);
    expect(tellableRatio(50, 0.1)).toBeLessThan(tellableRatio(20, 0.1)!);
    expect(tellableRatio(20, 0.3)).toBeGreaterThan(tellableRatio(20, 0.1)!);
  });

  it("a change of a tenth needs nine pairs that spread by a tenth", () => {
    expect(rowsToTell(1.1, 0.1)).toBe(9);
    expect(tellableRatio(9, 0.1)).toBeLessThanOrEqual(1.1);
    expect(rowsToTell(1.0001, 0.5, 1000)).toBeNull();
  });
});
