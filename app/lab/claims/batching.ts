/** Claims 2 and 11: what requests at the same time gain, and what bounds it. */
import {
  deserializeError,
  type GenerateRequest,
  type GenerationResult,
  counted,
  defaultRetry,
} from "../../../protocol/index.ts";
import { runLimited } from "../limited-run.ts";
import type { RateLimits } from "../rate-limit.ts";
import { mapEstimate } from "../statistics/estimate.ts";
import { median } from "../statistics/summary.ts";
import type { Claim } from "./claim.ts";
import { serve, timingRequest, underPolicy, wallMs, type ClaimContext } from "./context.ts";
import { medianRatio, turned, type Pair } from "./figures.ts";

/** Output tokens a second, one value a repeat. */
export interface ThroughputSample {
  readonly alone: number;
  readonly batch: number;
  readonly equalLengths: number;
  readonly unequalLengths: number;
  readonly smallPool: number;
}

const batchSize = 8;
const promptTokens = 16;
const answerTokens = 16;
const equal = [24, 24, 24, 24];
const unequal = [8, 8, 8, 72];
const inSmallPool = 2;

const lower = { direction: "lower", claimed: null, holdsAt: 0.8, partlyAt: 0.95, basis: "measured" } as const;

export const batchThroughput: Claim<readonly ThroughputSample[]> = {
  id: 2,
  title: "A batch of N is not N times as fast",
  claim: "A batch of N does not give N times the throughput; KV memory and the longest sequence bound it.",
  method: `Batches of 1 and ${batchSize}; four answers of equal and of unequal length, same tokens in all; ${batchSize} requests with room for ${inSmallPool} in the KV pool; in turn forwards and backwards, each pool warmed up by a batch that does not count.`,
  timed: true,
  metrics: [
    {
      id: "efficiency",
      label: `Throughput of ${batchSize} against ${batchSize} times that of one`,
      unit: "%",
      formula: `median over repeats of tok/s(batch ${batchSize}) / (${batchSize} · tok/s(batch 1))`,
      ...lower,
    },
    {
      id: "longest",
      label: "Unequal against equal lengths",
      unit: "%",
      formula: `median over repeats of tok/s(${unequal.join(", ")} tokens) / tok/s(${equal.join(", ")} tokens)`,
      ...lower,
    },
    {
      id: "memory",
      label: `KV pool for ${inSmallPool} against the whole pool`,
      unit: "%",
      formula: `median over repeats of tok/s(batch ${batchSize}, KV pool of ${inSmallPool} sequences) / tok/s(batch ${batchSize})`,
      ...lower,
    },
  ],
  measure: async (context) => {
    const samples: ThroughputSample[] = [];
    const same = (count: number): readonly number[] => Array.from({ length: count }, () => answerTokens);
    const warm = (): Promise<number> => throughput(context, [2, 2]);
    const arms: readonly (readonly [keyof ThroughputSample, () => Promise<number>])[] = [
      ["alone", () => throughput(context, same(1))],
      ["batch", () => throughput(context, same(batchSize))],
      ["equalLengths", () => throughput(context, equal)],
      ["unequalLengths", () => throughput(context, unequal)],
      [
        "smallPool",
        async () => {
          const value = await underPolicy(context, { numBlocks: smallPool(context) }, async () => {
            await warm();
            return throughput(context, same(batchSize));
          });
          await warm();
          return value;
        },
      ],
    ];
    for (let repeat = 0; repeat < context.repeats; repeat++) {
      const sample = { alone: 0, batch: 0, equalLengths: 0, unequalLengths: 0, smallPool: 0 };
      for (const [arm, run] of repeat % 2 === 0 ? arms : arms.toReversed()) sample[arm] = await run();
      samples.push(sample);
    }
    return samples;
  },
  figures: (samples) => [
    mapEstimate(medianRatio(armsOf(samples, "alone", "batch")), (times) => times / batchSize),
    medianRatio(armsOf(samples, "equalLengths", "unequalLengths")),
    medianRatio(armsOf(samples, "batch", "smallPool")),
  ],
  notes: (samples) => [
    `${middle(samples, "alone").toFixed(0)} tok/s alone, ${middle(samples, "batch").toFixed(0)} tok/s in a batch of ${batchSize}: ${(middle(samples, "batch") / middle(samples, "alone")).toFixed(2)} times.`,
  ],
};

const armsOf = (
  samples: readonly ThroughputSample[],
  from: keyof ThroughputSample,
  to: keyof ThroughputSample,
): readonly Pair[] => samples.map((sample) => ({ from: sample[from], to: sample[to] }));

const middle = (samples: readonly ThroughputSample[], key: keyof ThroughputSample): number =>
  median(samples.map((sample) => sample[key]));

const smallPool = ({ policy: { blockSize } }: ClaimContext): number =>
  inSmallPool * Math.ceil((promptTokens + answerTokens) / blockSize);

async function throughput(context: ClaimContext, lengths: readonly number[]): Promise<number> {
  const results = await serve(
    context,
    lengths.map((maxTokens) => ({
      ...timingRequest(context, promptTokens, maxTokens),
      usePrefixCache: false,
    })),
  );
  const numTokens = results.reduce((sum, { metrics }) => sum + counted(metrics).numOutputTokens, 0);
  return (1000 * numTokens) / wallMs(results);
}

export interface ParallelSample extends Pair {
  /** Spent waiting for the limit by all requests of the parallel arm, ms. */
  readonly waitedMs: number;
}

const numRequests = 16;
/** So many may start in any window, a quarter of what they all take one after another: twice that rate. */
const perWindow = numRequests / 2;
const limitsFor = (sequentialMs: number): RateLimits => {
  const windowMs = sequentialMs / 4;
  // A little more, as a window's share is rounded down.
  return { requestsPerMinute: (1.0001 * perWindow * 60_000) / windowMs, tokensPerMinute: null, windowMs };
};
const requestTokens = { prompt: 32, answer: 12 };

export const parallelRequests: Claim<readonly ParallelSample[]> = {
  id: 11,
  title: "Parallel beats sequential",
  claim: "Parallel requests within rate limits beat sequential ones.",
  method: `${numRequests} requests one after another and all at once, in turn, both within a limit: twice the rate that one after another comes to without one, which a pass before finds out; at most ${perWindow} start in any quarter of that pass (a sliding window), so that all at once has to wait.`,
  timed: true,
  metrics: [
    {
      id: "speedup",
      label: "Sequential time against parallel time",
      unit: "×",
      formula: "median over repeats of wall time, one at a time / wall time, all at once",
      direction: "higher",
      claimed: null,
      holdsAt: 1.5,
      partlyAt: 1.1,
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const samples: ParallelSample[] = [];
    const draw = (): readonly GenerateRequest[] =>
      Array.from({ length: numRequests }, () =>
        timingRequest(context, requestTokens.prompt, requestTokens.answer),
      );
    const free: RateLimits = { requestsPerMinute: null, tokensPerMinute: null };
    // Both ways once, so that neither pays for the first batch of its size.
    await runWithin(context, draw(), numRequests, free);
    const limits = limitsFor((await runWithin(context, draw(), 1, free)).ms);
    for (let repeat = 0; repeat < context.repeats; repeat++) {
      const requests = draw();
      const first = repeat % 2 === 0 ? await runWithin(context, requests, 1, limits) : null;
      const parallel = await runWithin(context, requests, numRequests, limits);
      const sequential = first ?? (await runWithin(context, requests, 1, limits));
      samples.push({
        from: sequential.ms,
        to: parallel.ms,
        waitedMs: parallel.waitedMs,
      });
    }
    return samples;
  },
  figures: (samples, resolutionMs) => [medianRatio(samples.map(turned), resolutionMs)],
  notes: (samples) => {
    const waited = median(samples.map(({ waitedMs }) => waitedMs));
    return [
      `All at once, the ${numRequests} requests waited ${waited.toFixed(0)} ms for the limit, added up (median).`,
    ];
  },
};

/** Each arm begins with empty windows. */
async function runWithin(
  context: ClaimContext,
  requests: readonly GenerateRequest[],
  concurrency: number,
  limits: RateLimits,
): Promise<{ readonly ms: number; readonly waitedMs: number }> {
  await context.engine.clearCache();
  const { clock, random, signal } = context;
  const outcomes = await runLimited(
    requests.map((request) => ({
      tokens: requestTokens.prompt + requestTokens.answer,
      run: () => serve(context, [request]),
    })),
    {
      clock,
      limits,
      concurrency,
      retry: defaultRetry,
      random: random.next,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const results = outcomes.flatMap(({ outcome }): readonly GenerationResult[] => {
    if ("error" in outcome) throw deserializeError(outcome.error);
    return outcome.value;
  });
  return { ms: wallMs(results), waitedMs: outcomes.reduce((sum, { waitedMs }) => sum + waitedMs, 0) };
}
