/** Text to ids by a `tokenizer.json`: the one place that runs its patterns. */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";

import { InferscopeError } from "../../protocol/index.ts";

export interface Encoder {
  /** The text's own tokens; special tokens are recognized in it. Throws `bad-tokenizer`. */
  encode(text: string, addSpecialTokens: boolean): number[];
}

/** Both files as parsed. Throws `bad-tokenizer`. */
export function openEncoder(tokenizer: object, config: object): Encoder {
  const inner = open(tokenizer, config);
  return {
    encode(text, addSpecialTokens) {
      try {
        // The library's types promise numbers; a vocabulary without an unknown token yields undefined.
        const ids: readonly (number | undefined)[] = inner.encode(text, {
          add_special_tokens: addSpecialTokens,
        }).ids;
        const known = ids.filter((id) => id !== undefined);
        if (known.length !== ids.length) throw new Error("a part of the text has no token");
        return known;
      } catch (cause) {
        const message = `The tokenizer cannot encode this text: ${messageOf(cause)}`;
        throw new InferscopeError("bad-tokenizer", message, { cause });
      }
    },
  };
}

function open(tokenizer: object, config: object): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(
      { decoder: null, pre_tokenizer: null, normalizer: null, post_processor: null, ...tokenizer },
      config,
    );
  } catch (cause) {
    const message = `tokenizer.json cannot be used: ${messageOf(cause)}`;
    throw new InferscopeError("bad-tokenizer", message, { cause });
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
