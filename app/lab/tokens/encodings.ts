/** The OpenAI encodings. Each is its own chunk of the app, fetched when first asked for, from no other host. */
export const encodingIds = ["o200k", "cl100k"] as const;
export type EncodingId = (typeof encodingIds)[number];

export interface Encoding {
  readonly id: EncodingId;
  /** Text such as `<|endoftext|>` is text here, never a control token. */
  encode(text: string): readonly number[];
  /** Text of one token; where it is only a part of a character, its bytes: `<E2 80>`. */
  piece(tokenId: number): string;
}

export async function loadEncoding(id: EncodingId): Promise<Encoding> {
  const { encode, ranks } = await modules[id]();
  return {
    id,
    encode: (text) => pieces(text).flatMap((piece) => encode(piece, { disallowedSpecial: new Set() })),
    piece: (tokenId) => pieceOf(ranks, tokenId),
  };
}

type Ranks = readonly (string | readonly number[])[];

const modules = {
  o200k: async () => {
    const [{ encode }, ranks] = await Promise.all([
      import("gpt-tokenizer/encoding/o200k_base"),
      import("gpt-tokenizer/bpeRanks/o200k_base"),
    ]);
    return { encode, ranks: ranks.default satisfies Ranks };
  },
  cl100k: async () => {
    const [{ encode }, ranks] = await Promise.all([
      import("gpt-tokenizer/encoding/cl100k_base"),
      import("gpt-tokenizer/bpeRanks/cl100k_base"),
    ]);
    return { encode, ranks: ranks.default satisfies Ranks };
  },
} as const;

/**
 * The encoder is quadratic in the length of an unbroken run: 100,000 letters without a space take it
 * 20 s. Runs longer than this are cut, which can cost one token a cut.
 */
const longestRun = 2000;

function pieces(text: string): readonly string[] {
  return text
    .split(new RegExp(`(\\S{${longestRun}}|\\s{${longestRun}})`, "u"))
    .filter((piece) => piece !== "");
}

function pieceOf(ranks: Ranks, tokenId: number): string {
  const token = ranks[tokenId];
  if (token === undefined) return `<${tokenId}>`;
  if (typeof token === "string") return token;
  return `<${token.map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ")}>`;
}
