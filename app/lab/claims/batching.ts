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
import { median } from "../statistics.ts";
import type { Claim } from "./claim.ts";
import { serve, timingRequest, underPolicy, wallMs, type ClaimContext } from "./context.ts";
import { figure, speedup, type Pair } from "./figures.ts";

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
  method: `Batches of 1 and ${batchSize}; four answers of equal and of unequal length, same tokens in all; ${batchSize} requests with room for ${inSmallPool} in the KV pool.`,
  timed: true,
  metrics: [
    {
      id: "efficiency",
      label: `Throughput of ${batchSize} against ${batchSize} times that of one`,
      unit: "%",
      formula: `tok/s(batch ${batchSize}) / (${batchSize} · tok/s(batch 1)), medians`,
      ...lower,
    },
    {
      id: "longest",
      label: "Unequal against equal lengths",
      unit: "%",
      formula: `tok/s(${unequal.join(", ")} tokens) / tok/s(${equal.join(", ")} tokens), medians`,
      ...lower,
    },
    {
      id: "memory",
      label: `KV pool for ${inSmallPool} against the whole pool`,
      unit: "%",
      formula: `tok/s(batch ${batchSize}, KV pool of ${inSmallPool} sequences) / tok/s(batch ${batchSize}), medians`,
      ...lower,
    },
  ],
  measure: async (context) => {
    const samples: ThroughputSample[] = [];
    for (let repeat = 0; repeat < context.repeats; repeat++) {
      const same = (count: number): readonly number[] => Array.from({ length: count }, () => answerTokens);
      samples.push({
        alone: await throughput(context, same(1)),
        batch: await throughput(context, same(batchSize)),
        equalLengths: await throughput(context, equal),
        unequalLengths: await throughput(context, unequal),
        smallPool: await underPolicy(context, { numBlocks: smallPool(context) }, () =>
          throughput(context, same(batchSize)),
        ),
      });
    }
    return samples;
  },
  figures: (samples) => [
    figure(samples, (drawn) => middle(drawn, "batch") / (batchSize * middle(drawn, "alone"))),
    figure(samples, (drawn) => middle(drawn, "unequalLengths") / middle(drawn, "equalLengths")),
    figure(samples, (drawn) => middle(drawn, "smallPool") / middle(drawn, "batch")),
  ],
  notes: (samples) => [
    `${middle(samples, "alone").toFixed(0)} tok/s alone, ${middle(samples, "batch").toFixed(0)} tok/s in a batch of ${batchSize}: ${(middle(samples, "batch") / middle(samples, "alone")).toFixed(2)} times.`,
  ],
};

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
  /** Spent waiting for the limits, ms. */
  readonly waitedMs: number;
}

const numRequests = 16;
const limits: RateLimits = { requestsPerMinute: 60, tokensPerMinute: 20_000 };
const requestTokens = { prompt: 32, answer: 12 };

export const parallelRequests: Claim<readonly ParallelSample[]> = {
  id: 11,
  title: "Parallel beats sequential",
  claim: "Parallel requests within rate limits beat sequential ones.",
  method: `${numRequests} requests one after another and all at once, both within ${String(limits.requestsPerMinute)} requests and ${String(limits.tokensPerMinute)} tokens a minute (sliding windows), in turn.`,
  timed: true,
  metrics: [
    {
      id: "speedup",
      label: "Sequential time against parallel time",
      unit: "×",
      formula: "median wall time, one at a time / median wall time, all at once",
      direction: "higher",
      claimed: null,
      holdsAt: 1.5,
      partlyAt: 1.1,
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const samples: ParallelSample[] = [];
    for (let repeat = 0; repeat < context.repeats; repeat++) {
      const requests = Array.from({ length: numRequests }, () =>
        timingRequest(context, requestTokens.prompt, requestTokens.answer),
      );
      const first = repeat % 2 === 0 ? await runWithin(context, requests, 1) : null;
      const parallel = await runWithin(context, requests, numRequests);
      const sequential = first ?? (await runWithin(context, requests, 1));
      samples.push({
        from: sequential.ms,
        to: parallel.ms,
        waitedMs: sequential.waitedMs + parallel.waitedMs,
      });
    }
    return samples;
  },
  figures: (samples) => [speedup(samples, median)],
  notes: (samples) => {
    const waited = samples.reduce((sum, { waitedMs }) => sum + waitedMs, 0);
    return [
      waited < 1
        ? "No request had to wait for the limits: they allow this many in a minute."
        : `Requests waited ${waited.toFixed(0)} ms in all for the limits.`,
    ];
  },
};

/** Each arm has its own minute. */
async function runWithin(
  context: ClaimContext,
  requests: readonly GenerateRequest[],
  concurrency: number,
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
