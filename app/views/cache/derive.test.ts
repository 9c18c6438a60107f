import { describe, expect, it } from "vitest";

import type { SentRequest } from "../../store/cache-store.ts";
import { cachePoints, identityText, overallHitPercent, poolBlocks, poolMib } from "./derive.ts";

const sent = (number: number, numTokens: number, numCachedTokens: number): SentRequest => ({
  number,
  prompt: { tokenIds: Array.from({ length: numTokens }, () => 1), pieces: [], owners: [] },
  ...{ numCachedTokens, ttftMs: 12, answer: "", blockSize: 16 },
  cacheBreak: { type: "first", block: 0 },
});

describe("cache derive", () => {
  it("weighs the hit rate by tokens", () => {
    const points = cachePoints([sent(1, 100, 0), sent(2, 300, 240)]);
    expect(points.map(({ hitPercent }) => hitPercent)).toEqual([0, 80]);
    expect(overallHitPercent(points)).toBe(60);
    expect(overallHitPercent([])).toBeNull();
  });

  it("shows the engine's counts, and does not hide it when they do not add up", () => {
    expect(identityText({ free: 3, cached: 4, used: 5, total: 12 })).toBe(
      "3 free + 4 cached + 5 used = 12 blocks",
    );
    expect(identityText({ free: 3, cached: 4, used: 5, total: 13 })).toContain("≠ 13");
  });

  it("turns MiB into whole blocks and back", () => {
    expect(poolBlocks(1, "MiB", 16, 1024)).toBe(64);
    expect(poolBlocks(0.01, "MiB", 16, 1024)).toBe(0);
    expect(poolBlocks(77, "blocks", 16, 1024)).toBe(77);
    expect(poolMib(64, 16, 1024)).toBe(1);
  });
});
