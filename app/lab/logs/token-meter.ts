/**
 * Counts tokens of many texts within a budget: the first so many characters exactly, the rest
 * by the ratio that those gave. Says how much was exact.
 */
export class TokenMeter {
  readonly #encode: (text: string) => { readonly length: number };
  readonly #budget: number;
  #exactCharacters = 0;
  #exactTokens = 0;
  #characters = 0;

  constructor(encode: (text: string) => { readonly length: number }, budgetCharacters = 2_000_000) {
    this.#encode = encode;
    this.#budget = budgetCharacters;
  }

  count(text: string): number {
    this.#characters += text.length;
    if (this.#exactCharacters + text.length > this.#budget) return this.estimate(text.length);
    const { length } = this.#encode(text);
    this.#exactCharacters += text.length;
    this.#exactTokens += length;
    return length;
  }

  /** Tokens of so many characters of texts like those counted before; 4 a token before the first. */
  estimate(characters: number): number {
    return Math.round(characters / this.charactersPerToken);
  }

  get charactersPerToken(): number {
    return this.#exactTokens === 0 ? 4 : this.#exactCharacters / this.#exactTokens;
  }

  /** Share of the characters that were counted exactly, 0 to 1. */
  get exactShare(): number {
    return this.#characters === 0 ? 1 : this.#exactCharacters / this.#characters;
  }
}
