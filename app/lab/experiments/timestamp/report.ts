/** What "what does a timestamp cost" leaves behind. */
import type { EnginePolicy } from "../../../../protocol/index.ts";
import type { Report } from "../../experiment.ts";
import type { Figures } from "../../figures.ts";
import { interruptedFormula } from "../../metrics.ts";
import { breakText, type CacheBreak, type TokenizedPrompt } from "../../prompt/blocks.ts";
import type { PromptSection } from "../../prompt/sections.ts";
import { intervalSchema, policySchema, reportSchema } from "../../report-schema.ts";
import { z } from "../../zod.ts";
import type { TimestampSample, TimestampSummary } from "./measure.ts";

export const timestampVersion = 1;

/** Without the prompt, which is nearly the same in all. */
export type TimestampRecord = Omit<TimestampSample, "prompt">;

export interface TimestampReport extends Report {
  readonly kind: "inferscope.timestamp";
  readonly version: typeof timestampVersion;
  readonly settings: {
    readonly sections: readonly PromptSection[];
    readonly position: number;
    /** "after System". */
    readonly where: string;
    readonly repeats: number;
  };
  readonly policy: EnginePolicy;
  readonly samples: readonly TimestampRecord[];
  readonly summary: {
    /** Pairs. */
    readonly n: number;
    /** Pairs left out; see `interruptions.ts`. */
    readonly numInterrupted: number;
    readonly promptTokens: number;
    /** Medians of the second request of each pair. */
    readonly cachedWithout: number;
    readonly cachedWith: number;
    readonly ttftMs: {
      readonly without: number;
      readonly with: number;
      readonly difference: number;
      readonly interval: readonly [low: number, high: number];
    };
  };
  /** The last request with the timestamp. */
  readonly last: {
    readonly prompt: TokenizedPrompt;
    readonly numCachedTokens: number;
    readonly cacheBreak: CacheBreak;
  };
}

export const toSummary = ({
  n,
  numInterrupted,
  cachedWithout,
  cachedWith,
  last,
  ttft,
}: TimestampSummary): TimestampReport["summary"] => ({
  n,
  numInterrupted,
  promptTokens: last.numPromptTokens,
  cachedWithout,
  cachedWith,
  ttftMs: {
    without: ttft.from,
    with: ttft.to,
    difference: ttft.difference,
    interval: [ttft.interval.low, ttft.interval.high],
  },
});

export const sectionSchema = z.object({
  id: z.int(),
  name: z.string(),
  kind: z.enum(["static", "dynamic"]),
  role: z.enum(["system", "user"]),
  text: z.string(),
});
const breakSchema = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["complete", "off", "first", "dropped"]), block: z.int() }),
  z.object({
    type: z.literal("differs"),
    block: z.int(),
    token: z.int(),
    section: z.string().nullable(),
    text: z.string(),
    earlierText: z.string(),
  }),
]);

export const timestampSchema = reportSchema("timestamp", timestampVersion, {
  settings: z.object({
    sections: z.array(sectionSchema),
    position: z.int(),
    where: z.string(),
    repeats: z.int(),
  }),
  policy: policySchema,
  samples: z.array(
    z.object({
      variant: z.enum(["without", "with"]),
      repeat: z.int(),
      numPromptTokens: z.int(),
      numCachedTokens: z.int(),
      ttftMs: z.number(),
      cacheBreak: breakSchema,
    }),
  ),
  summary: z.object({
    n: z.int(),
    numInterrupted: z.int(),
    promptTokens: z.number(),
    cachedWithout: z.number(),
    cachedWith: z.number(),
    ttftMs: z.object({
      without: z.number(),
      with: z.number(),
      difference: z.number(),
      interval: intervalSchema,
    }),
  }),
  last: z.object({
    prompt: z.object({
      tokenIds: z.array(z.int()),
      pieces: z.array(z.string()),
      owners: z.array(z.string().nullable()),
    }),
    numCachedTokens: z.int(),
    cacheBreak: breakSchema,
  }),
});

export function timestampFigures({ settings, policy, samples, summary, last }: TimestampReport): Figures {
  const { n, ttftMs, cachedWithout, cachedWith, promptTokens } = summary;
  const of = (variant: TimestampRecord["variant"]) =>
    samples.filter((sample) => sample.variant === variant && sample.interrupted === undefined);
  const row = (variant: TimestampRecord["variant"], title: string, ms: number, cached: number) => ({
    id: variant,
    title,
    cells: [
      { value: cached, n, values: of(variant).map(({ numCachedTokens }) => numCachedTokens) },
      { value: ms, n, values: of(variant).map((sample) => sample.ttftMs) },
    ],
  });
  return {
    title: `A timestamp ${settings.where}`,
    settings: [`${settings.repeats} pairs in turn`, ...cacheSettings(policy)],
    findings: [breakText(last.cacheBreak)],
    tables: [
      {
        id: "variants",
        title: "Without and with the timestamp",
        head: "Timestamp",
        columns: [
          { id: "cachedTokens", metric: "cachedTokens", title: `Cached tokens of ${promptTokens}, median` },
          { id: "ttftMs", metric: "ttftMs" },
        ],
        rows: [
          row("without", "without", ttftMs.without, cachedWithout),
          row("with", "with", ttftMs.with, cachedWith),
        ],
      },
      {
        id: "cost",
        title: "What it costs",
        head: "",
        columns: [
          { id: "breakBlock", metric: "breakBlock" },
          { id: "ttftCostMs", metric: "ttftCostMs", isDifference: true },
          { id: "n", metric: null, title: "n" },
          { id: "interrupted", metric: null, title: "interrupted", formula: interruptedFormula },
        ],
        rows: [
          {
            id: "cost",
            title: settings.where,
            cells: [
              last.cacheBreak.type === "complete" ? null : last.cacheBreak.block + 1,
              { value: ttftMs.difference, n, interval: ttftMs.interval },
              n,
              summary.numInterrupted,
            ],
          },
        ],
      },
      {
        id: "samples",
        title: "Measured requests",
        head: "order",
        isRaw: true,
        columns: ["variant", "repeat", "numPromptTokens", "numCachedTokens", "ttftMs"].map((id) => ({
          id,
          metric: null,
        })),
        rows: samples.map((sample, order) => ({
          id: String(order),
          title: String(order),
          cells: [
            sample.variant,
            sample.repeat,
            sample.numPromptTokens,
            sample.numCachedTokens,
            sample.ttftMs,
          ],
        })),
      },
    ],
    notes: [
      "Each measured request finds in the cache what one request of its kind before it left there. Medians; interval: 95%, bootstrap over the pairs.",
    ],
  };
}

/** What of a policy decides what the cache does, in words. */
export const cacheSettings = ({
  prefixCache,
  cacheTtlSeconds,
  blockSize,
}: EnginePolicy): readonly string[] => [
  `prefix cache ${prefixCache ? "on" : "off"}`,
  ...(cacheTtlSeconds == null ? [] : [`its entries expire after ${cacheTtlSeconds} s`]),
  `blocks of ${blockSize} tokens`,
];
