/** Words, characters and tokens of a text: three different measures of its length. */
export interface TextSize {
  /** Unicode code points. */
  readonly characters: number;
  /** UTF-8. */
  readonly bytes: number;
  /** Runs of letters, digits and apostrophes. */
  readonly words: number;
  readonly lines: number;
}

export function textSize(text: string): TextSize {
  return {
    characters: text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0),
    bytes: new TextEncoder().encode(text).length,
    words: text.match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu)?.length ?? 0,
    lines: text === "" ? 0 : text.split("\n").length,
  };
}

export interface TokenRatios {
  /** Null for an empty text. */
  readonly charactersPerToken: number | null;
  readonly tokensPerWord: number | null;
  readonly tokensPerThousandCharacters: number | null;
}

export function tokenRatios(size: TextSize, numTokens: number): TokenRatios {
  return {
    charactersPerToken: ratio(size.characters, numTokens),
    tokensPerWord: ratio(numTokens, size.words),
    tokensPerThousandCharacters: ratio(1000 * numTokens, size.characters),
  };
}

const ratio = (amount: number, per: number): number | null => (per === 0 ? null : amount / per);
