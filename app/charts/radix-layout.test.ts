import { describe, expect, it } from "vitest";

import { epochMs, type CacheNode } from "../../protocol/index.ts";
import { ageClass, radixLayout } from "./radix-layout.ts";

const node = (id: number, parentId: number | null, numTokens: number, lastUsedMs = 0): CacheNode => ({
  ...{ id, parentId, blockIds: [], lockCount: 0, hitCount: 0 },
  tokenIds: Array.from({ length: numTokens }, () => id),
  lastUsedMs: epochMs(lastUsedMs),
});

describe("radix layout", () => {
  it("puts children right of their parent, which is as high as its leaves", () => {
    const { placed, numTokens, numRows } = radixLayout(
      [node(1, null, 32), node(2, 1, 16), node(3, 1, 48), node(4, null, 16), node(5, 3, 16)],
      99,
    );
    expect(
      placed.map(({ node: { id }, start, end, row, numRows: rows }) => [id, start, end, row, rows]),
    ).toEqual([
      [1, 0, 32, 0, 2],
      [2, 32, 48, 0, 1],
      [3, 32, 80, 1, 1],
      [5, 80, 96, 1, 1],
      [4, 0, 16, 2, 1],
    ]);
    expect([numTokens, numRows]).toEqual([96, 3]);
  });

  it("lays out nothing, and a chain as deep as a long prompt", () => {
    expect(radixLayout([], 9)).toEqual({ placed: [], numTokens: 0, numRows: 0, numOmitted: 0 });
    const chain = Array.from({ length: 5_000 }, (_, id) => node(id, id === 0 ? null : id - 1, 1));
    expect(radixLayout(chain, 99_999)).toMatchObject({ numTokens: 5_000, numRows: 1 });
  });

  it("leaves out the oldest leaves, and never a parent of what is shown", () => {
    const nodes = [node(1, null, 16, 9), node(2, 1, 16, 9), node(3, 1, 16, 2), node(4, null, 16, 5)];
    const { placed, numOmitted } = radixLayout(nodes, 3);
    expect(placed.map(({ node: { id } }) => id)).toEqual([1, 2, 4]);
    expect(numOmitted).toBe(1);
  });
});

it("sorts ages into classes", () => {
  expect([0, 9_999, 10_000, 59_999, 300_000, 9e9].map((age) => ageClass(0, age))).toEqual([0, 0, 1, 1, 3, 4]);
});
