/** One measurement of each kind, on an engine that has nothing else to do. */
import {
  InferscopeError,
  type GenerateRequest,
  type GenerationResult,
  type Interruption,
  type StepTrace,
} from "../../../protocol/index.ts";
import { interruptedMark } from "../interruptions.ts";
import { createRandom, type Random } from "../random.ts";
import type { ServingEngine } from "../serving-engine.ts";
import { median } from "../statistics/bootstrap.ts";
import type { Arm, BenchSettings } from "./settings.ts";

export interface DecodeSample {
  readonly type: "decode";
  readonly pass: number;
  readonly batchSize: number;
  /** Of all sequences together, over the steps in which every one of them decoded. */
  readonly tokensPerSecond: number;
  readonly numSteps: number;
  /** Tokens in each sequence's context, in the middle of the run. */
  readonly contextTokens: number;
  readonly numDispatches: number;
  /** Medians over the steps. */
  readonly scheduleMs: number;
  readonly encodeMs: number;
  readonly gpuMs: number | null;
  /** From the end of a step to the start of the next: its tokens' text, its event, the event loop. */
  readonly betweenMs: number;
}

export interface PrefillSample {
  readonly type: "prefill";
  readonly pass: number;
  readonly numTokens: number;
  readonly tokensPerSecond: number;
}

export interface TtftSample {
  readonly type: "ttft";
  readonly pass: number;
  readonly cache: "cold" | "cached";
  readonly ttftMs: number;
  readonly numCachedTokens: number;
}

export interface MixedSample {
  readonly type: "mixed";
  readonly pass: number;
  readonly batching: "continuous" | "static";
  /** Output tokens of all requests over the time from the first submit to the last token. */
  readonly tokensPerSecond: number;
  readonly meanLatencyMs: number;
}

export type BenchSample = (DecodeSample | PrefillSample | TtftSample | MixedSample) & {
  /** Then it is in no figure. */
  readonly interrupted?: Interruption;
};

export interface Bench {
  readonly engine: ServingEngine;
  readonly settings: BenchSettings;
  /** Ids below it may be drawn for prompts. */
  readonly vocabSize: number;
  readonly random: Random;
}

const shortPrompt = 16;

export function measure(bench: Bench, arm: Arm, pass: number): Promise<BenchSample> {
  switch (arm.type) {
    case "decode":
      return measureDecode(bench, arm.batchSize, pass);
    case "prefill":
      return measurePrefill(bench, pass);
    case "ttft":
      return measureTtft(bench, arm.cache, pass);
    case "mixed":
      return measureMixed(bench, arm.batching, pass);
  }
}

async function measureDecode(bench: Bench, batchSize: number, pass: number): Promise<BenchSample> {
  const { engine, settings } = bench;
  const steps: StepTrace[] = [];
  const stop = engine.onStep((step) => steps.push(step));
  let results: readonly GenerationResult[];
  try {
    const requests = Array.from({ length: batchSize }, () =>
      uncached(tokens(bench, shortPrompt), settings.decodeTokens),
    );
    results = await serve(engine, requests);
  } finally {
    stop();
  }
  const full = steps.filter((step) => step.numDecodeTokens === batchSize && step.numPrefillTokens === 0);
  const [first, ...others] = full;
  const last = others.at(-1);
  if (first === undefined || last === undefined) {
    throw new InferscopeError("internal", `${batchSize} sequences never decoded together in two steps.`);
  }
  const gpu = full.flatMap(({ gpuMs }) => (gpuMs === null ? [] : [gpuMs]));
  return {
    type: "decode",
    pass,
    batchSize,
    tokensPerSecond: (batchSize * others.length * 1000) / (endOf(last) - endOf(first)),
    numSteps: full.length,
    contextTokens: shortPrompt + settings.decodeTokens / 2,
    numDispatches: median(full.map(({ numDispatches }) => numDispatches)),
    scheduleMs: median(full.map(({ scheduleMs }) => scheduleMs)),
    encodeMs: median(full.map(({ encodeMs }) => encodeMs)),
    gpuMs: gpu.length === 0 ? null : median(gpu),
    betweenMs: median(others.map((step, index) => step.startMs - endOf(full[index] ?? step))),
    ...interruptedMark(results),
  };
}

const endOf = ({ startMs, totalMs }: StepTrace): number => startMs + totalMs;

async function measurePrefill(bench: Bench, pass: number): Promise<BenchSample> {
  const { prefixTokens } = bench.settings;
  const results = await serve(bench.engine, [uncached(tokens(bench, prefixTokens), 1)]);
  const ms = results[0]?.metrics.prefillTimeMs ?? null;
  if (ms === null) throw new InferscopeError("internal", "The engine told no prefill time.");
  const tokensPerSecond = (prefixTokens * 1000) / ms;
  return { type: "prefill", pass, numTokens: prefixTokens, tokensPerSecond, ...interruptedMark(results) };
}

/** `cached` is preceded by a request with the same prefix and another end, whose time does not count. */
async function measureTtft(bench: Bench, cache: "cold" | "cached", pass: number): Promise<BenchSample> {
  const { engine, settings } = bench;
  await engine.clearCache();
  const prefix = tokens(bench, settings.prefixTokens);
  const request = (): GenerateRequest => ({
    promptTokenIds: [...prefix, ...tokens(bench, settings.suffixTokens)],
    sampling: { maxTokens: 1, ignoreEos: true },
  });
  if (cache === "cached") await serve(engine, [request()]);
  const results = await serve(engine, [request()]);
  const { ttftMs = null, numCachedTokens = null } = results[0]?.metrics ?? {};
  const expected = cache === "cold" ? 0 : settings.prefixTokens;
  if (ttftMs === null || numCachedTokens !== expected) {
    throw new InferscopeError(
      "internal",
      `The ${cache} request found ${String(numCachedTokens)} tokens in the cache, not ${expected}.`,
    );
  }
  return { type: "ttft", pass, cache, ttftMs, numCachedTokens, ...interruptedMark(results) };
}

/** The same lengths under both policies of a pass, log-uniform from an eighth to twice of `decodeTokens`. */
async function measureMixed(
  { engine, settings, vocabSize, random }: Bench,
  batching: "continuous" | "static",
  pass: number,
): Promise<BenchSample> {
  const { mixedRequests, mixedConcurrency, decodeTokens } = settings;
  const before = await engine.configure({});
  await engine.configure({ batching, maxNumSeqs: mixedConcurrency });
  try {
    const lengths = createRandom(settings.seed + pass);
    const requests = Array.from({ length: mixedRequests }, () =>
      uncached(
        tokens({ vocabSize, random }, shortPrompt),
        Math.max(1, (decodeTokens / 8) * 16 ** lengths.next()),
      ),
    );
    const results = await serve(engine, requests);
    const start = Math.min(...results.map(({ submittedMs }) => submittedMs));
    const end = Math.max(...results.map(({ submittedMs, metrics }) => submittedMs + metrics.e2eLatencyMs));
    const latencies = results.map(({ metrics }) => metrics.e2eLatencyMs);
    return {
      type: "mixed",
      pass,
      batching,
      tokensPerSecond:
        (results.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0) * 1000) / (end - start),
      meanLatencyMs: latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length,
      ...interruptedMark(results),
    };
  } finally {
    await engine.configure({ batching: before.batching, maxNumSeqs: before.maxNumSeqs });
  }
}

const uncached = (promptTokenIds: readonly number[], maxTokens: number): GenerateRequest => ({
  promptTokenIds,
  sampling: { maxTokens: Math.round(maxTokens), ignoreEos: true },
  usePrefixCache: false,
});

/** Random ids past the first ones, which tend to be special tokens. */
function tokens({ vocabSize, random }: Pick<Bench, "vocabSize" | "random">, count: number): number[] {
  const first = Math.min(16, vocabSize - 1);
  return Array.from({ length: count }, () => first + random.below(vocabSize - first));
}

async function serve(
  engine: ServingEngine,
  requests: readonly GenerateRequest[],
): Promise<readonly GenerationResult[]> {
  return Promise.all(requests.map((request) => engine.generate(request).result));
}
