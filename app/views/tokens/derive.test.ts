import { describe, expect, it } from "vitest";

import { countedTexts, exampleSections, numTokens, sectionRows, stepRows } from "./derive.ts";
import type { Counts, CountsByTokenizer } from "./use-token-counts.ts";

/** A token is a word. */
const ready = (texts: readonly string[]): Counts => ({
  state: "ready",
  texts,
  tokens: texts.map((text) => {
    const pieces = text.split(/\s+/).filter((word) => word !== "");
    return { ids: pieces.map((_, index) => index), pieces };
  }),
});

describe("the Tokens view", () => {
  const all = countedTexts(
    exampleSections,
    new Set(["courtesy", "filler", "role", "examples", "whitespace"]),
  );

  it("counts each section and the whole", () => {
    const counts: CountsByTokenizer = {
      model: { state: "absent" },
      o200k: { state: "loading" },
      cl100k: ready(all.texts),
    };
    const rows = sectionRows(exampleSections, all, counts);
    expect(rows.map(({ title }) => title)).toEqual(["System message", "Examples", "Input", "Whole prompt"]);
    const words = rows.map(({ tokens }) => tokens.cl100k ?? 0);
    expect(words[3]).toBe((words[0] ?? 0) + (words[1] ?? 0) + (words[2] ?? 0));
    expect(rows[0]?.tokens).toMatchObject({ model: null, o200k: null });
  });

  it("gives each step its delta, nothing for one that is off", () => {
    const deltas = stepRows(all, ready(all.texts)).map(({ delta }) => delta ?? 0);
    expect(deltas.every((delta) => delta <= 0)).toBe(true);
    expect(deltas[0]).toBeLessThan(0);
    const none = countedTexts(exampleSections, new Set());
    expect(stepRows(none, ready(none.texts)).map(({ delta }) => delta)).toEqual([0, 0, 0, 0, 0]);
    expect(none.steps[0]?.edits.length).toBeGreaterThan(0);
  });

  it("shows no count of a text that has changed since", () => {
    expect(numTokens(ready(["old", "same"]), ["new", "same"], 0)).toBeNull();
    expect(numTokens(ready(["old", "same"]), ["new", "same"], 1)).toBe(1);
  });
});
