/**
 * Rules and prices of prompt caches, for planning. Each preset is data with its date and its
 * sources; prices change, so every figure can be edited where it is used.
 */
export interface CacheRule {
  /** Shortest prompt prefix that is cached at all, tokens. */
  readonly minTokens: number;
  /** A cached prefix is a whole number of blocks of so many tokens. */
  readonly granularity: number;
  /** Seconds after its last use that a prefix is found again; null: not published, or no limit. */
  readonly ttlSeconds: number | null;
}

/** US dollars per million tokens. */
export interface CachePrices {
  readonly inputPerMillion: number;
  readonly cacheReadPerMillion: number;
  readonly cacheWritePerMillion: number;
}

export interface ProviderPreset extends CacheRule, CachePrices {
  readonly id: string;
  readonly name: string;
  /** Day or month that the sources are of, `YYYY-MM-DD` or `YYYY-MM`. */
  readonly asOf: string;
  /** The provider's own pages: rules, then prices. */
  readonly sources: readonly string[];
  readonly note: string;
}

const openAiRules = "https://developers.openai.com/api/docs/guides/prompt-caching";
const openAiPrices = "https://developers.openai.com/api/docs/pricing";

/** Of GPT-5.6 and later models. */
const openAiFrom56 = {
  minTokens: 1024,
  granularity: 1,
  ttlSeconds: 1800,
  note: "At breakpoints: one that OpenAI sets near the newest message, and those that the request marks; taken to stand at the best place. Not in steps of 128 tokens. Writes cost 1.25 times the input price and are kept for 30 minutes. Prompts over 272,000 tokens cost twice as much.",
} as const;

export const providerPresets: readonly [ProviderPreset, ...ProviderPreset[]] = [
  {
    id: "guide",
    name: "The guide’s example",
    asOf: "2026-11",
    sources: ["the guide that the claims are from"],
    minTokens: 0,
    granularity: 1,
    ttlSeconds: null,
    inputPerMillion: 10,
    cacheReadPerMillion: 1,
    cacheWritePerMillion: 10,
    note: "Example prices, no provider’s. Cached tokens at a tenth.",
  },
  {
    id: "openai-gpt-6.1-terra",
    name: "OpenAI GPT-6.1 Terra",
    asOf: "2026-10-26",
    sources: [openAiRules, "https://developers.openai.com/api/docs/models/gpt-6.1-terra", openAiPrices],
    ...openAiFrom56,
    inputPerMillion: 1,
    cacheReadPerMillion: 0.05,
    cacheWritePerMillion: 1.25,
  },
  {
    id: "openai-gpt-5.6-terra",
    name: "OpenAI GPT-5.6 Terra",
    asOf: "2026-11",
    sources: [openAiRules, "https://developers.openai.com/api/docs/models/gpt-5.6-terra", openAiPrices],
    ...openAiFrom56,
    inputPerMillion: 2,
    cacheReadPerMillion: 0.2,
    cacheWritePerMillion: 2.5,
  },
  {
    id: "openai-gpt-5.4",
    name: "OpenAI GPT-5.4",
    asOf: "2026-03",
    sources: [openAiRules, openAiPrices],
    minTokens: 1024,
    granularity: 128,
    ttlSeconds: 600,
    inputPerMillion: 2.5,
    cacheReadPerMillion: 0.25,
    cacheWritePerMillion: 2.5,
    note: "Automatic, before GPT-5.6: in steps of 128 tokens, writing costs nothing more. Kept 5 to 10 minutes without use, an hour at most; 24 hours where asked for. Ten minutes are taken here.",
  },
  {
    id: "anthropic-sonnet-5",
    name: "Anthropic Claude Sonnet 5",
    asOf: "2026-09",
    sources: [
      "https://platform.claude.com/docs/en/build-with-claude/prompt-caching",
      "https://platform.claude.com/docs/en/about-claude/pricing",
    ],
    minTokens: 1024,
    granularity: 1,
    ttlSeconds: 300,
    inputPerMillion: 2,
    cacheReadPerMillion: 0.2,
    cacheWritePerMillion: 2.5,
    note: "At breakpoints that the request marks (up to 4) or that move with it: taken to stand at the best place. Writes for 5 minutes cost 1.25 times the input price, for an hour 2 times.",
  },
  {
    id: "google-gemini-3.6-flash",
    name: "Google Gemini 3.6 Flash",
    asOf: "2026-10-13",
    sources: [
      "https://ai.google.dev/gemini-api/docs/caching",
      "https://ai.google.dev/gemini-api/docs/pricing",
    ],
    minTokens: 4096,
    granularity: 1,
    ttlSeconds: null,
    inputPerMillion: 0.75,
    cacheReadPerMillion: 0.075,
    cacheWritePerMillion: 0.75,
    note: "Implicit caching, prices until 2026-12-31. How long a prefix is kept, and in which steps, is not published: taken as no limit.",
  },
  {
    id: "deepseek-flash",
    name: "DeepSeek Flash, off-peak",
    asOf: "2026-10-27",
    sources: [
      "https://api-docs.deepseek.com/guides/kv_cache/",
      "https://api-docs.deepseek.com/quick_start/pricing",
    ],
    minTokens: 64,
    granularity: 64,
    ttlSeconds: null,
    inputPerMillion: 0.15,
    cacheReadPerMillion: 0.003,
    cacheWritePerMillion: 0.15,
    note: "Automatic, on disk, kept for hours to days: taken as no limit. Twice the price at peak hours. Blocks of 64 tokens are those of the first announcement (2024).",
  },
  {
    id: "inferscope",
    name: "This engine",
    asOf: "2026-11",
    sources: ["workers/engine: block size of the KV cache, radix prefix cache"],
    minTokens: 16,
    granularity: 16,
    ttlSeconds: null,
    inputPerMillion: 0,
    cacheReadPerMillion: 0,
    cacheWritePerMillion: 0,
    note: "Blocks of 16 tokens, kept until the pool needs them. Nothing is charged: what a hit saves here is time.",
  },
];

/** The first thing wrong with an edited preset, in words, or null. */
export function presetProblem(preset: CacheRule & CachePrices): string | null {
  const { minTokens, granularity, ttlSeconds } = preset;
  if (!Number.isInteger(minTokens) || minTokens < 0) return "The minimum is a whole number of tokens.";
  if (!Number.isInteger(granularity) || granularity < 1)
    return "A block is a whole number of tokens, 1 or more.";
  if (ttlSeconds !== null && !(ttlSeconds > 0))
    return "The time to live is a number of seconds above 0, or none.";
  const prices = [preset.inputPerMillion, preset.cacheReadPerMillion, preset.cacheWritePerMillion];
  return prices.every((price) => Number.isFinite(price) && price >= 0)
    ? null
    : "A price is a number of at least 0.";
}

/** Of `sharedTokens` in front that an earlier request had too, those that the rule serves from its cache. */
export function cacheableTokens(sharedTokens: number, rule: CacheRule): number {
  const blocks = Math.floor(sharedTokens / rule.granularity) * rule.granularity;
  return blocks >= rule.minTokens ? blocks : 0;
}
