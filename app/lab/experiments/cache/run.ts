/** Three places of a timestamp, and the hit rate request by request, without it and with it in front. */
import { counted, type AbortSignalLike, type EnginePolicy } from "../../../../protocol/index.ts";
import type { LabContext } from "../../context.ts";
import { interruptionOf } from "../../interruptions.ts";
import { breakText } from "../../prompt/blocks.ts";
import {
  buildPrompt,
  defaultSections,
  requestValues,
  withTimestamp,
  type PromptSection,
} from "../../prompt/sections.ts";
import { measureTimestamp, summarizeTimestamp } from "../timestamp/measure.ts";
import { toSummary } from "../timestamp/report.ts";
import type { CachePosition, CacheReport, CacheRequest } from "./report.ts";

interface CacheRun extends Pick<LabContext, "serving" | "encodeChat"> {
  readonly repeats: number;
  readonly requests: number;
  readonly signal: AbortSignalLike;
  /** So many requests are measured, of so many. */
  readonly progress: (done: number, total: number) => void;
}

/** A cancelled run ends with what there is. */
export async function measureCache(
  run: CacheRun,
  policy: EnginePolicy,
): Promise<Pick<CacheReport, "positions" | "history" | "aborted">> {
  const sections = defaultSections();
  const places = placesOf(sections);
  const total = places.length * 2 * run.repeats + 2 * run.requests;
  let done = 0;
  const tick = (): void => run.progress((done += 1), total);
  const positions: CachePosition[] = [];
  for (const place of places) {
    const position = await measurePosition(run, sections, place, policy, tick);
    // Of a place that was cut short the pairs are fewer than it says.
    if (position === null || run.signal.aborted) break;
    positions.push(position);
  }
  const plain = await sendAll(run, sections, tick);
  const timestampInFront = await sendAll(run, withTimestamp(sections, 0), tick);
  return { positions, history: { plain, timestampInFront }, aborted: done < total };
}

const isAborted = ({ aborted }: AbortSignalLike): boolean => aborted;

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
  { serving, encodeChat, repeats, signal }: CacheRun,
  sections: readonly PromptSection[],
  { place, position, where }: Place,
  { blockSize, prefixCache }: EnginePolicy,
  tick: () => void,
): Promise<CachePosition | null> {
  const samples = await measureTimestamp(
    { generate: serving.generate, clearCache: serving.clearCache, encodeChat },
    { sections, position, repeats, blockSize, prefixCache },
    { signal, now: () => new Date(), onProgress: (measured) => measured > 0 && tick() },
  );
  const summary = summarizeTimestamp(samples);
  if (summary === null) return null;
  const { n, numInterrupted, promptTokens, cachedWithout, cachedWith, ttftMs } = toSummary(summary);
  const { cacheBreak } = summary.last;
  return {
    ...{ place, where, n, numInterrupted, promptTokens, ttftMs },
    cachedBefore: cachedWithout,
    cachedAfter: cachedWith,
    breakBlock: cacheBreak.block + 1,
    breakReason: breakText(cacheBreak),
  };
}

async function sendAll(
  { serving, requests, signal }: CacheRun,
  sections: readonly PromptSection[],
  tick: () => void,
): Promise<readonly CacheRequest[]> {
  const sent: CacheRequest[] = [];
  if (signal.aborted) return sent;
  await serving.clearCache();
  for (let number = 1; number <= requests; number += 1) {
    const { messages } = buildPrompt(sections, requestValues(number, new Date(), `req-${number}`));
    const generation = serving.generate({ messages, sampling: { temperature: 0, maxTokens: 1 } });
    signal.addEventListener("abort", () => generation.abort());
    const { metrics, finishReason } = await generation.result;
    if (finishReason === "abort" || isAborted(signal)) break;
    const { numPromptTokens, numCachedTokens, ttftMs } = counted(metrics);
    const isTimed = interruptionOf([{ metrics }]) === null;
    sent.push({
      number,
      promptTokens: numPromptTokens,
      cachedTokens: numCachedTokens ?? 0,
      ttftMs: isTimed ? ttftMs : null,
    });
    tick();
  }
  return sent;
}
