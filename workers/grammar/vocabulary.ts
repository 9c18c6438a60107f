/** What a grammar needs to know of a tokenizer, and which of its tokens can be part of an answer. */

export interface Vocabulary {
  /** Size of the logits; ids from the tokenizer's last on stand for nothing. */
  readonly vocabSize: number;
  /** The raw bytes of a token; empty for ids that no token has. */
  readonly bytesOf: (id: number) => Uint8Array;
  /** Added tokens that are no text. */
  readonly isSpecial: (id: number) => boolean;
  /** Any of these ends the answer, where the grammar lets it end. */
  readonly stopTokenIds: readonly number[];
}

/**
 * Second bytes that may not follow a lead byte although they are continuations: forms longer than
 * needed, surrogates, and what lies beyond U+10FFFF (RFC 3629). The grammar library lets them pass.
 */
const forbiddenSecond: Readonly<Record<number, readonly [from: number, to: number]>> = {
  0xe0: [0x80, 0x9f],
  0xed: [0xa0, 0xbf],
  0xf0: [0x80, 0x8f],
  0xf4: [0x90, 0xbf],
};
/** Bytes that no UTF-8 holds, and control characters, which JSON has between values only and we nowhere. */
const isNeverText = (byte: number): boolean => byte < 0x20 || byte === 0xc0 || byte === 0xc1 || byte > 0xf4;

function isForbiddenPair(first: number, second: number): boolean {
  const range = forbiddenSecond[first];
  return range !== undefined && range[0] <= second && second <= range[1];
}

/** Tokens of one vocabulary as the grammar may use them. Made once a vocabulary. */
export class TextTokens {
  /** By id, empty where the token can be no part of an answer. */
  readonly bytes: readonly Uint8Array[];
  readonly #forbiddenAfter = new Map<number, readonly number[]>();

  constructor({ vocabSize, bytesOf, isSpecial }: Vocabulary) {
    const nothing = new Uint8Array(0);
    this.bytes = Array.from({ length: vocabSize }, (_, id) => {
      const bytes = bytesOf(id);
      return isSpecial(id) || hasInvalidBytes(bytes) ? nothing : bytes;
    });
  }

  /** Ids that would break the character which this token leaves open; most tokens leave none. */
  forbiddenAfter(id: number): readonly number[] {
    const lead = this.bytes[id]?.at(-1);
    if (lead === undefined || !(lead in forbiddenSecond)) return [];
    const known = this.#forbiddenAfter.get(lead);
    if (known !== undefined) return known;
    const ids = [...this.bytes.keys()].filter((next) => isForbiddenPair(lead, this.bytes[next]?.[0] ?? 0));
    this.#forbiddenAfter.set(lead, ids);
    return ids;
  }
}

function hasInvalidBytes(bytes: Uint8Array): boolean {
  return bytes.some((byte, index) => isNeverText(byte) || isForbiddenPair(bytes[index - 1] ?? 0, byte));
}
