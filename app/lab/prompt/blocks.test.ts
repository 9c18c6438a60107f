import { describe, expect, it } from "vitest";

import { epochMs, type CacheNode, type CacheSnapshot } from "../../../protocol/index.ts";
import {
  breakText,
  cachedPrefix,
  explainBreak,
  promptBlocks,
  tokenizedPrompt,
  type TokenizedPrompt,
} from "./blocks.ts";

/** One token a character. */
function prompt(...parts: readonly (readonly [name: string, text: string])[]): TokenizedPrompt {
  const named = parts.map(([name, text]) => ({ name, text }));
  const pieces = Array.from(`<${named.map(({ text }) => text).join("\n")}>`);
  return tokenizedPrompt({ parts: named }, { pieces, tokenIds: pieces.map((piece) => piece.charCodeAt(0)) });
}

const blockSize = 4;
const explain = (now: TokenizedPrompt, numCachedTokens: number, ...earlier: readonly TokenizedPrompt[]) =>
  explainBreak({ prompt: now, numCachedTokens, blockSize, prefixCache: true, earlier });

describe("prompt blocks", () => {
  it("know the section of each token; the template's own text has none", () => {
    const { owners } = prompt(["A", "xy"], ["B", "z"]);
    expect(owners).toEqual([null, "A", "A", null, "B", null]);
  });

  it("are hits, misses, and the last one, which is always computed", () => {
    const blocks = promptBlocks(prompt(["A", "abcdef"], ["B", "gh"]), 4, blockSize);
    expect(blocks.map(({ state, numTokens, text }) => [state, numTokens, text])).toEqual([
      ["hit", 4, "<abc"],
      ["miss", 4, "def\n"],
      ["tail", 3, "gh>"],
    ]);
    expect(blocks.map(({ sections }) => sections)).toEqual([["A"], ["A"], ["B"]]);
  });

  it("cover every token of any prompt once", () => {
    for (let length = 0; length < 40; length += 1) {
      const all = prompt(["A", "a".repeat(length)]);
      const blocks = promptBlocks(all, 0, blockSize);
      expect(blocks.map(({ text }) => text).join("")).toBe(all.pieces.join(""));
      expect(blocks.reduce((sum, { numTokens }) => sum + numTokens, 0)).toBe(length + 2);
    }
  });
});

describe("the break", () => {
  it("is where the text differs first, with both texts and the section", () => {
    const before = prompt(["System", "abcd"], ["Time", "10:31:02"], ["Rest", "zzzz"]);
    const now = prompt(["System", "abcd"], ["Time", "10:32:07"], ["Rest", "zzzz"]);
    const found = explain(now, 8, before);
    expect(found).toMatchObject({ type: "differs", block: 2, token: 10, section: "Time" });
    expect(found).toMatchObject({ text: "2:", earlierText: "1:" });
    expect(breakText(found)).toBe('Broke at block 3: Time differs at token 10: "2:", before "1:".');
  });

  it("compares with the most similar prompt, not the latest", () => {
    const near = prompt(["A", "aaaaaaaaaaab"]);
    const far = prompt(["A", "zzzzzzzzzzzz"]);
    expect(explain(prompt(["A", "aaaaaaaaaaac"]), 12, near, far)).toMatchObject({ type: "complete" });
    expect(explain(prompt(["A", "aaaaaaaaaacc"]), 8, near, far)).toMatchObject({
      type: "differs",
      token: 11,
    });
  });

  it("is no break when all but the last token's block was cached", () => {
    const same = prompt(["A", "aaaaaaaaaa"]);
    expect(explain(same, 8, same)).toEqual({ type: "complete", block: 2 });
  });

  it("tells a dropped block, a first prompt and a cache that is off apart", () => {
    const same = prompt(["A", "aaaaaaaaaaaa"]);
    expect(explain(same, 4, same)).toEqual({ type: "dropped", block: 1 });
    expect(explain(same, 0)).toEqual({ type: "first", block: 0 });
    const off = { prompt: same, numCachedTokens: 0, blockSize, earlier: [same], prefixCache: false };
    expect(explainBreak(off)).toEqual({ type: "off", block: 0 });
  });

  it("does not blame our prompts where another view's prompt shared more", () => {
    const now = prompt(["A", "aaaaaaaaaaaa"]);
    expect(explain(now, 8, prompt(["A", "aazz"]))).toEqual({ type: "first", block: 2 });
  });
});

describe("a forecast", () => {
  const node = (id: number, parentId: number | null, text: string): CacheNode => ({
    ...{ id, parentId, lockCount: 0, hitCount: 0, lastUsedMs: epochMs(0) },
    tokenIds: Array.from(text, (character) => character.charCodeAt(0)),
    blockIds: [],
  });
  const snapshot: CacheSnapshot = {
    ...{ blockSize, evictableTokens: 0, protectedTokens: 0 },
    kv: { used: 0, cached: 0, free: 0, total: 0 },
    nodes: [node(1, null, "aaaabbbb"), node(2, 1, "cccc"), node(3, 1, "dddd"), node(4, null, "zzzz")],
  };
  const found = (text: string) =>
    cachedPrefix(
      snapshot,
      Array.from(text, (letter) => letter.charCodeAt(0)),
    );

  it.each([
    ["aaaabbbbddddx", 12],
    ["aaaabbbbdddd", 8],
    ["aaaabbbbeeeee", 8],
    ["aaaabbxxx", 4],
    ["aaab", 0],
    ["zzzzcccc", 4],
    ["", 0],
  ])("of %s finds %i tokens", (text, numTokens) => expect(found(text)).toBe(numTokens));
});
