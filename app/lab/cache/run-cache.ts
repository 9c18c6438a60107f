/**
 * `inferscope.run("cache", options)`: what a timestamp at the front, in the middle and at the end of
 * a prompt costs, and the hit rate request by request, without it and with it in front.
 */
import {
  InferscopeError,
  type AbortSignalLike,
  type EnginePolicy,
  counted,
  type CountedMetrics,
} from "../../../protocol/index.ts";
import { policyOption, wholeOption } from "../check-options.ts";
import type { LabContext } from "../experiments.ts";
import { interruptionOf } from "../interruptions.ts";
import type { Environment } from "../report.ts";
import { isSignal } from "../signal.ts";
import { withPolicy } from "../with-policy.ts";
import { breakText } from "./blocks.ts";
import {
  buildPrompt,
  defaultSections,
  requestValues,
  withTimestamp,
  type PromptSection,
} from "./sections.ts";
import { measureTimestamp, summarizeTimestamp } from "./timestamp.ts";

export const cacheReportVersion = 1;

export interface CachePosition {
  readonly place: "front" | "middle" | "end";
  /** "before System". */
  readonly where: string;
  readonly n: number;
  /** Pairs left out; see `interruptions.ts`. */
  readonly numInterrupted: number;
  readonly promptTokens: number;
  /** Cached prompt tokens of a request without and with the timestamp, medians. */
  readonly cachedBefore: number;
  readonly cachedAfter: number;
  /** The first block that was computed, counted from 1, and why. */
  readonly breakBlock: number;
  readonly breakReason: string;
  /** Medians; the difference with − without, pairs in turn, with its 95% interval. */
  readonly ttftMs: {
    readonly without: number;
    readonly with: number;
    readonly difference: number;
    readonly interval: readonly [low: number, high: number];
  };
}

export interface CacheRequest {
  readonly number: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Null also where it does not count. */
  readonly ttftMs: number | null;
}

export interface CacheReport {
  readonly kind: "inferscope.cache";
  readonly version: typeof cacheReportVersion;
  readonly environment: Environment;
  readonly settings: { readonly repeats: number; readonly requests: number };
  readonly policy: EnginePolicy;
  readonly positions: readonly CachePosition[];
  /** One request after another from an empty cache, each with another record. */
  readonly history: {
    readonly plain: readonly CacheRequest[];
    readonly timestampInFront: readonly CacheRequest[];
  };
}

export interface CacheEvent {
  readonly type: "request-done";
  readonly done: number;
  readonly total: number;
}

type CacheLab = Pick<LabContext, "serving" | "encodeChat" | "environment">;

interface CacheRun extends CacheLab {
  readonly repeats: number;
  readonly requests: number;
  readonly signal: AbortSignalLike;
  /** One more request is done. */
  readonly tick: () => void;
}

/** Options: `{repeats, requests, policy, signal, onEvent}`, all optional. Rejects with `aborted` when cancelled. */
export async function runCache(
  lab: CacheLab,
  options: Readonly<Record<string, unknown>>,
): Promise<CacheReport> {
  const repeats = wholeOption(options, "repeats", 5, [2, 50]);
  const requests = wholeOption(options, "requests", 8, [2, 100]);
  const { signal, onEvent } = options;
  const tell = isListener(onEvent) ? onEvent : () => undefined;
  const sections = defaultSections();
  const places = placesOf(sections);
  const total = places.length * 2 * repeats + 2 * requests;
  let done = 0;
  const run: CacheRun = {
    ...lab,
    repeats,
    requests,
    signal: isSignal(signal) ? signal : new AbortController().signal,
    tick: () => tell({ type: "request-done", done: (done += 1), total }),
  };
  return withPolicy(lab.serving, policyOption(options), async (policy) => {
    const positions: CachePosition[] = [];
    for (const place of places) positions.push(await measurePosition(run, sections, place, policy));
    return {
      kind: "inferscope.cache",
      version: cacheReportVersion,
      environment: await lab.environment(),
      settings: { repeats, requests },
      policy,
      positions,
      history: {
        plain: await sendAll(run, sections),
        timestampInFront: await sendAll(run, withTimestamp(sections, 0)),
      },
    };
  });
}

interface Place {
  readonly place: CachePosition["place"];
  readonly position: number;
  readonly where: string;
}

function placesOf(sections: readonly PromptSection[]): readonly Place[] {
  const before = (position: number): string =>
    position < sections.length ? `before ${sections[position]?.name ?? ""}` : "after everything";
  const middle = Math.floor(sections.length / 2);
  return [
    { place: "front", position: 0, where: before(0) },
    { place: "middle", position: middle, where: before(middle) },
    { place: "end", position: sections.length, where: before(sections.length) },
  ];
}

async function measurePosition(
  { serving, encodeChat, repeats, signal, tick }: CacheRun,
  sections: readonly PromptSection[],
  { place, position, where }: Place,
  { blockSize, prefixCache }: EnginePolicy,
): Promise<CachePosition> {
  const samples = await measureTimestamp(
    { generate: serving.generate, clearCache: serving.clearCache, encodeChat },
    { sections, position, repeats, blockSize, prefixCache },
    { signal, now: () => new Date(), onProgress: (measured) => measured > 0 && tick() },
  );
  const summary = summarizeTimestamp(samples);
  if (summary === null) throw new InferscopeError("internal", "The timestamp was measured without a result.");
  const { n, numInterrupted, cachedWithout, cachedWith, last, ttft } = summary;
  return {
    place,
    where,
    n,
    numInterrupted,
    promptTokens: last.numPromptTokens,
    cachedBefore: cachedWithout,
    cachedAfter: cachedWith,
    breakBlock: last.cacheBreak.block + 1,
    breakReason: breakText(last.cacheBreak),
    ttftMs: {
      without: ttft.from,
      with: ttft.to,
      difference: ttft.difference,
      interval: [ttft.interval.low, ttft.interval.high],
    },
  };
}

async function sendAll(run: CacheRun, sections: readonly PromptSection[]): Promise<readonly CacheRequest[]> {
  await run.serving.clearCache();
  const sent: CacheRequest[] = [];
  for (let number = 1; number <= run.requests; number += 1) {
    const { messages } = buildPrompt(sections, requestValues(number, new Date(), `req-${number}`));
    const generation = run.serving.generate({ messages, sampling: { temperature: 0, maxTokens: 1 } });
    run.signal.addEventListener("abort", () => generation.abort());
    const { metrics, finishReason } = await generation.result;
    if (finishReason === "abort" || run.signal.aborted) {
      throw new InferscopeError("aborted", "The measurement was cancelled.");
    }
    sent.push(toRequest(number, counted(metrics)));
    run.tick();
  }
  return sent;
}

const toRequest = (number: number, metrics: CountedMetrics): CacheRequest => ({
  number,
  promptTokens: metrics.numPromptTokens,
  cachedTokens: metrics.numCachedTokens ?? 0,
  ttftMs: interruptionOf([{ metrics }]) === null ? metrics.ttftMs : null,
});

function isListener(value: unknown): value is (event: CacheEvent) => void {
  return typeof value === "function";
}
