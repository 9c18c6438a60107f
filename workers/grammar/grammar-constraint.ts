/** One sequence's place in a grammar. */
import type { GrammarMatcher } from "@mlc-ai/web-xgrammar";

import { InferscopeError } from "../../protocol/index.ts";
import type { TokenConstraint } from "../engine/request.ts";
import type { TextTokens } from "./vocabulary.ts";

export class GrammarConstraint implements TokenConstraint {
  readonly #matcher: GrammarMatcher;
  readonly #tokens: TextTokens;
  #last: number | null = null;
  #isDisposed = false;

  constructor(matcher: GrammarMatcher, tokens: TextTokens) {
    this.#matcher = matcher;
    this.#tokens = tokens;
  }

  async allowed(): Promise<Uint32Array> {
    const mask = new Uint32Array((await this.#matcher.getNextTokenBitmask()).buffer);
    // Bits past the vocabulary are set, and stand for no token.
    const rest = this.#tokens.bytes.length % 32;
    const end = mask.length - 1;
    if (rest > 0) mask[end] = (mask[end] ?? 0) & (2 ** rest - 1);
    for (const id of this.#last === null ? [] : this.#tokens.forbiddenAfter(this.#last)) {
      mask[id >>> 5] = (mask[id >>> 5] ?? 0) & ~(1 << (id & 31));
    }
    if (mask.every((word) => word === 0)) {
      throw new InferscopeError(
        "unsupported",
        "The answer cannot go on: no token of the model's vocabulary fits the schema here.",
        { hint: "The vocabulary lacks characters that the schema asks for; change the schema." },
      );
    }
    return mask;
  }

  accept(tokenId: number): boolean {
    if (!this.#matcher.acceptToken(tokenId)) {
      throw new InferscopeError(
        "internal",
        `token ${tokenId} was drawn although the grammar does not allow it`,
      );
    }
    this.#last = tokenId;
    return this.#matcher.isTerminated();
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#matcher.dispose();
  }
}
