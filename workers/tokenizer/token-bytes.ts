/** What bytes each token of a vocabulary stands for. */

/** How a vocabulary spells its tokens. */
export type Spelling =
  /** GPT-2, Llama 3, Qwen: every byte is a printable character. */
  | "byte-level"
  /** Llama 2, TinyLlama: U+2581 for a space, `<0x0A>` for a byte that has no token. */
  | "sentencepiece"
  /** As it reads. */
  | "plain";

/** `decoder` and `pre_tokenizer` of tokenizer.json tell the spelling. */
export function spellingOf(decoder: unknown, preTokenizer: unknown): Spelling {
  const types = new Set([...componentTypes(decoder), ...componentTypes(preTokenizer)]);
  if (types.has("ByteLevel")) return "byte-level";
  return types.has("ByteFallback") || types.has("Metaspace") || types.has("Replace")
    ? "sentencepiece"
    : "plain";
}

/** `type` of a tokenizer component and of all components inside it. */
export function componentTypes(component: unknown): string[] {
  if (typeof component !== "object" || component === null) return [];
  if (Array.isArray(component)) return component.flatMap(componentTypes);
  const own = "type" in component && typeof component.type === "string" ? [component.type] : [];
  const parts = ["decoders", "pretokenizers", "normalizers"] as const;
  const record: Partial<Record<(typeof parts)[number], unknown>> = component;
  return [...own, ...parts.flatMap((key) => componentTypes(record[key]))];
}

/** token: an entry of the vocabulary, not an added token (those are spelled as they read). */
export function tokenBytes(token: string, spelling: Spelling, byteOfChar: ByteOfChar): Uint8Array {
  switch (spelling) {
    case "byte-level": {
      const bytes = Array.from(token, (char) => byteOfChar.get(char));
      // A character outside the alphabet cannot come from byte-level training; show it as it is.
      return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : utf8(token);
    }
    case "sentencepiece": {
      const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
      return byte === undefined ? utf8(token.replaceAll("\u2581", " ")) : Uint8Array.of(parseInt(byte, 16));
    }
    case "plain":
      return utf8(token);
  }
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export type ByteOfChar = ReadonlyMap<string, number>;

/**
 * GPT-2's alphabet (openai/gpt-2 `encoder.py`, `bytes_to_unicode`): printable Latin-1 bytes are
 * themselves, the other 68 are U+0100 and up, in order.
 */
export function byteLevelAlphabet(): ByteOfChar {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return new Map(
    Array.from({ length: 256 }, (_, byte) => {
      const code = isPrintable(byte) ? byte : next++;
      return [String.fromCharCode(code), byte];
    }),
  );
}
