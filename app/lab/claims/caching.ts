/** Claims 3 and 4: what a cached prefix gains, and what breaks it. */
import { type GenerateRequest, counted, type CountedMetrics } from "../../../protocol/index.ts";
import { cost, type PriceSheet } from "../pricing/pricing.ts";
import { emailExtraction } from "../workloads/built-in/email-extraction.ts";
import { counted as countedFigure } from "../statistics/estimate.ts";
import { pairedMedians } from "../statistics/medians.ts";
import { mean, median } from "../statistics/summary.ts";
import { singlePairs } from "../statistics/units.ts";
import { atLeast, type Claim } from "./claim.ts";
import { drawTokens, serve, told, type ClaimContext } from "./context.ts";
import { medianRatio, saved, type Pair } from "./figures.ts";

export interface PrefixSample {
  /** TTFT, ms. */
  readonly ttftMs: Pair;
  /** US dollars of the prompt, from the cached tokens that the engine counted. */
  readonly costUsd: Pair;
  readonly cachedTokens: number;
}

const [prefixTokens, suffixTokens] = [384, 16];

export const cachedPrefix: Claim<readonly PrefixSample[]> = {
  id: 3,
  title: "A cached prefix is quick and cheap",
  claim: "Reusing an identical prefix cuts latency, and cached tokens cost about 90% less.",
  method: `Two requests that share ${prefixTokens} tokens and differ in the last ${suffixTokens}: one on an empty cache and one after another, in turn.`,
  timed: true,
  metrics: [
    {
      id: "ttft",
      label: "Less time to the first token",
      unit: "%",
      formula: "1 − median over repeats of TTFT(cached) / TTFT(cold)",
      direction: "higher",
      claimed: null,
      holdsAt: 0.5,
      partlyAt: 0.1,
      basis: "measured",
    },
    {
      id: "cost",
      label: "Less cost of the prompt",
      unit: "%",
      formula:
        "1 − cost(second prompt) / cost(first prompt); cached tokens as measured, prices from the price sheet: arithmetic",
      ...atLeast(0.9),
      basis: "arithmetic",
    },
  ],
  measure: async (context) => {
    const samples: PrefixSample[] = [];
    for (let repeat = 0; repeat < context.repeats; repeat++) {
      const prefix = drawTokens(context, prefixTokens);
      const ask = async (): Promise<CountedMetrics> => {
        const promptTokenIds = [...prefix, ...drawTokens(context, suffixTokens)];
        return ttftRequest(context, { promptTokenIds });
      };
      const askCold = async (): Promise<CountedMetrics> => {
        await context.engine.clearCache();
        return ask();
      };
      const first = repeat % 2 === 0 ? await askCold() : null;
      // The other way round the prefix has to be there before, by a request that does not count.
      if (first === null) await askCold();
      const cached = await ask();
      const cold = first ?? (await askCold());
      samples.push({
        ttftMs: { from: told(cold.ttftMs, "times"), to: told(cached.ttftMs, "times") },
        costUsd: { from: promptCost(cold, context.prices), to: promptCost(cached, context.prices) },
        cachedTokens: told(cached.numCachedTokens, "how many prompt tokens were cached"),
      });
    }
    return samples;
  },
  figures: (samples, resolutionMs) => [
    saved(
      medianRatio(
        samples.map(({ ttftMs }) => ttftMs),
        resolutionMs,
      ),
    ),
    countedFigure(
      1 - mean(samples.map(({ costUsd }) => costUsd.to)) / mean(samples.map(({ costUsd }) => costUsd.from)),
    ),
  ],
  notes: (samples) => [
    `${mean(samples.map(({ cachedTokens }) => cachedTokens)).toFixed(0)} of ${prefixTokens + suffixTokens} prompt tokens came from the cache; TTFT ${median(samples.map(({ ttftMs }) => ttftMs.from)).toFixed(1)} → ${median(samples.map(({ ttftMs }) => ttftMs.to)).toFixed(1)} ms.`,
  ],
};

async function ttftRequest(
  context: ClaimContext,
  prompt: Pick<GenerateRequest, "promptTokenIds">,
): Promise<CountedMetrics> {
  const [result] = await serve(context, [
    { ...prompt, sampling: { temperature: 0, maxTokens: 1, ignoreEos: true } },
  ]);
  if (result === undefined) throw new Error("one request, no result");
  return counted(result.metrics);
}

const promptCost = ({ numPromptTokens, numCachedTokens }: CountedMetrics, prices: PriceSheet): number =>
  cost({ promptTokens: numPromptTokens, cachedTokens: numCachedTokens, outputTokens: 0 }, prices);

/** Share of the prompt found in the cache, one request each. */
export interface TimestampSample {
  readonly front: number;
  readonly end: number;
}

export const timestampInFront: Claim<readonly TimestampSample[]> = {
  id: 4,
  title: "A timestamp in front breaks the cache",
  claim: "A timestamp or request id at the front of the prompt breaks the cache.",
  method:
    "The same instructions and examples, sent again and again, with a new timestamp and request id before them, and after them.",
  timed: false,
  metrics: [
    {
      id: "lost",
      label: "Cached share lost",
      unit: "points",
      formula:
        "median over requests of cached share(timestamp at the end) − cached share(timestamp in front)",
      direction: "higher",
      claimed: null,
      holdsAt: 0.7,
      partlyAt: 0.3,
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const text = staticPrompt();
    const front = await cachedShares(context, (stamp) => `${stamp}\n${text}`);
    const end = await cachedShares(context, (stamp) => `${text}\n${stamp}`);
    return front.map((share, index) => ({ front: share, end: end[index] ?? Number.NaN }));
  },
  figures: (samples) => [
    pairedMedians(
      singlePairs(
        samples.map(({ front }) => front),
        samples.map(({ end }) => end),
      ),
    ).difference,
  ],
  notes: (samples) => [
    `Of the prompt, ${percent(samples.map(({ end }) => end))} came from the cache with the timestamp at the end, ${percent(samples.map(({ front }) => front))} with it in front.`,
  ],
};

const percent = (shares: readonly number[]): string => `${(100 * mean(shares)).toFixed(0)}%`;

/** The first request fills the cache and does not count. */
async function cachedShares(
  context: ClaimContext,
  prompt: (stamp: string) => string,
): Promise<readonly number[]> {
  await context.engine.clearCache();
  const shares: number[] = [];
  for (let request = 0; request <= context.repeats; request++) {
    const time = new Date(Date.UTC(2026, 0, 1, 9, 0, 7 * request)).toISOString();
    const stamp = `${time} request ${String(context.random.below(1e6)).padStart(6, "0")}`;
    const promptTokenIds = await context.engine.encode(prompt(stamp));
    const metrics = await ttftRequest(context, { promptTokenIds });
    const cached = told(metrics.numCachedTokens, "how many prompt tokens were cached");
    if (request > 0) shares.push(cached / metrics.numPromptTokens);
  }
  return shares;
}

/** Verbose instructions with four examples. */
function staticPrompt(): string {
  const plan = emailExtraction.plans.find(({ id }) => id === "verbose-labelled-4");
  const [call] = plan?.calls ?? [];
  if (call === undefined) throw new Error("email extraction lacks its verbose plan");
  return `${call.system}\n${call.user.replace("{{text}}", "")}`;
}
