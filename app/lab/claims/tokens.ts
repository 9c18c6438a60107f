/** Claims 6 and 8: characters, words and tokens. */
import { InferscopeError } from "../../../protocol/index.ts";
import { counted, mapEstimate, type Estimate } from "../statistics/estimate.ts";
import { ratioOfMeans } from "../statistics/means.ts";
import { estimateMedian } from "../statistics/order-statistics.ts";
import { single } from "../statistics/units.ts";
import type { Claim, Metric } from "./claim.ts";
import type { ClaimContext } from "./context.ts";
import { mixedTexts, numWords, proseTexts, type SampleText } from "./texts.ts";

const tokenizerIds = ["cl100k", "o200k", "model"] as const;
type TokenizerId = (typeof tokenizerIds)[number];

const tokenizerNames: Readonly<Record<TokenizerId, string>> = {
  cl100k: "cl100k",
  o200k: "o200k",
  model: "the loaded model's tokenizer",
};

/** One text: its characters and its tokens by each tokenizer. */
export interface DensitySample {
  readonly characters: number;
  readonly tokens: Readonly<Record<"cl100k" | "o200k", number>> & {
    /** Null where the loaded model's backend tells no tokens of a text. */
    readonly model: number | null;
  };
}

export const tokensPerCharacter: Claim<readonly DensitySample[]> = {
  id: 6,
  title: "750 tokens per 1,000 characters",
  claim: "English is about 750 tokens per 1,000 characters.",
  method: `${proseTexts.length} paragraphs of English prose, counted by three tokenizers. The loaded model may know little English: then its tokenizer cuts words into small pieces.`,
  timed: false,
  metrics: [densityMetric("cl100k"), densityMetric("o200k"), densityMetric("model")],
  measure: (context) =>
    Promise.all(
      proseTexts.map(async (text) => ({ characters: text.length, tokens: await countAll(context, text) })),
    ),
  figures: (samples) => tokenizerIds.map((id) => densityOf(samples, id)),
  notes: (samples) =>
    tokenizerIds.map((id) => {
      const density = densityOf(samples, id);
      return density === null
        ? `${tokenizerNames[id]}: not told by this backend.`
        : `${tokenizerNames[id]}: ${(1000 / density.value).toFixed(2)} characters a token.`;
    }),
};

function densityMetric(id: TokenizerId): Metric {
  return {
    id,
    label: `Tokens per 1,000 characters, ${tokenizerNames[id]}`,
    unit: "tokens",
    formula: "1,000 · sum of tokens / sum of characters",
    direction: "near",
    claimed: 750,
    holdsAt: 0.1,
    partlyAt: 0.25,
    basis: "measured",
  };
}

function densityOf(samples: readonly DensitySample[], id: TokenizerId): Estimate | null {
  const tokens = samples.map((sample) => sample.tokens[id]).filter((count) => count !== null);
  if (tokens.length < samples.length) return null;
  const ratio = ratioOfMeans(
    samples.map(({ characters }) => characters),
    tokens,
  );
  return mapEstimate(ratio, (value) => 1000 * value);
}

async function countAll(context: ClaimContext, text: string): Promise<DensitySample["tokens"]> {
  const count = async (id: TokenizerId): Promise<number> => (await context.tokenizer(id)).count(text);
  const ofModel = async (): Promise<number | null> => {
    try {
      return await count("model");
    } catch (cause) {
      if (cause instanceof InferscopeError && cause.kind === "unsupported") return null;
      throw cause;
    }
  };
  return { cl100k: await count("cl100k"), o200k: await count("o200k"), model: await ofModel() };
}

export interface WordSample {
  readonly kind: SampleText["kind"];
  readonly words: number;
  readonly tokens: number;
}

export const wordsAreNotTokens: Claim<readonly WordSample[]> = {
  id: 8,
  title: "Words are not tokens",
  claim: "Counting words is not counting tokens.",
  method: `${mixedTexts.length} texts: prose, a contact list, JSON and code; words (runs without white space) against tokens by cl100k.`,
  timed: false,
  metrics: [
    {
      id: "error",
      label: "Error of the word count",
      unit: "%",
      formula: "median over the texts of |words − tokens| / tokens",
      direction: "higher",
      claimed: null,
      holdsAt: 0.1,
      partlyAt: 0.03,
      basis: "measured",
    },
    {
      id: "spread",
      label: "Most against fewest tokens per word",
      unit: "×",
      formula: "max over the texts of tokens / words, over the min: no fixed factor mends the count",
      direction: "higher",
      claimed: null,
      holdsAt: 1.3,
      partlyAt: 1.1,
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const { count } = await context.tokenizer("cl100k");
    return Promise.all(
      mixedTexts.map(async ({ kind, text }) => ({ kind, words: numWords(text), tokens: await count(text) })),
    );
  },
  figures: (samples) => {
    const perWord = samples.map(({ words, tokens }) => tokens / words);
    const range = Math.max(...perWord) / Math.min(...perWord);
    return [
      estimateMedian(single(samples.map(({ words, tokens }) => Math.abs(words - tokens) / tokens))),
      // A fact of these texts, counted: more texts can only have a larger range.
      counted(range, samples.length),
    ];
  },
  notes: (samples) =>
    [...new Set(samples.map(({ kind }) => kind))].map((kind) => {
      const own = samples.filter((sample) => sample.kind === kind);
      const total = (key: "words" | "tokens"): number => own.reduce((sum, sample) => sum + sample[key], 0);
      return `${kind}: ${(total("tokens") / total("words")).toFixed(2)} tokens a word.`;
    }),
};
