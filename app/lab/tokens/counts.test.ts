import { describe, expect, it } from "vitest";

import { textSize, tokenRatios } from "./counts.ts";

describe("the size of a text", () => {
  it.each([
    ["", { characters: 0, bytes: 0, words: 0, lines: 0 }],
    ["Don't stop, 12 times!\n", { characters: 22, bytes: 22, words: 4, lines: 2 }],
    ["é🦩", { characters: 2, bytes: 6, words: 1, lines: 1 }],
  ])("of %j", (text, size) => {
    expect(textSize(text)).toEqual(size);
  });

  it("relates to its tokens, and to nothing where there is nothing", () => {
    const size = textSize("one two three four");
    expect(tokenRatios(size, 4)).toEqual({
      charactersPerToken: 4.5,
      tokensPerWord: 1,
      tokensPerThousandCharacters: 4000 / 18,
    });
    expect(tokenRatios(textSize(""), 0)).toEqual({
      charactersPerToken: null,
      tokensPerWord: null,
      tokensPerThousandCharacters: null,
    });
  });
});
