import { expect, it } from "vitest";

import type { GenerateRequest, Generation, Message } from "../../../../protocol/index.ts";
import { defaultSections } from "../../prompt/sections.ts";
import { measureTimestamp, summarizeTimestamp, type TimestampEngine } from "./measure.ts";

const blockSize = 4;
const text = (messages: readonly Message[]) => messages.map(({ content }) => content).join("|");

/** One token a character, and a cache that keeps whole prompts; TTFT is a ms for each computed token. */
function fakeEngine(): TimestampEngine & { readonly sent: string[] } {
  let cache: string[] = [];
  const sent: string[] = [];
  return {
    sent,
    clearCache: () => {
      cache = [];
      return Promise.resolve();
    },
    encodeChat: (messages) => {
      const pieces = Array.from(text(messages));
      return Promise.resolve({ pieces, tokenIds: pieces.map((piece) => piece.charCodeAt(0)) });
    },
    generate: ({ messages = [] }: GenerateRequest) => {
      const prompt = text(messages);
      sent.push(prompt);
      const common = Math.max(0, ...cache.map((other) => commonLength(other, prompt)));
      const numCachedTokens = Math.floor(Math.min(common, prompt.length - 1) / blockSize) * blockSize;
      cache.push(prompt);
      const metrics = {
        ...{ numPromptTokens: prompt.length, numCachedTokens },
        ttftMs: prompt.length - numCachedTokens,
      };
      return { abort: () => undefined, result: Promise.resolve({ metrics }) } as unknown as Generation;
    },
  };
}

function commonLength(a: string, b: string): number {
  let common = 0;
  while (common < a.length && a[common] === b[common]) common += 1;
  return common;
}

async function measure(position: number, signal = new AbortController().signal) {
  let time = Date.parse("2026-11-24T08:20:31.123Z");
  const sections = defaultSections();
  const progress: number[] = [];
  const samples = await measureTimestamp(
    fakeEngine(),
    { sections, position, repeats: 3, blockSize, prefixCache: true },
    {
      signal,
      now: () => new Date((time += 61_007)),
      onProgress: (done) => progress.push(done),
    },
  );
  return { samples, progress, summary: summarizeTimestamp(samples)! };
}

it("breaks an early block where the timestamp stands in front, and costs the whole prefix", async () => {
  const { samples, progress, summary } = await measure(0);
  expect(samples.map(({ variant }) => variant)).toEqual([
    "without",
    "with",
    "with",
    "without",
    "without",
    "with",
  ]);
  expect(progress).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(summary.n).toBe(3);
  expect(summary.cachedWithout).toBeGreaterThan(300);
  expect(summary.cachedWith).toBeLessThan(8);
  expect(summary.last.cacheBreak).toMatchObject({ type: "differs", section: "Timestamp" });
  expect(summary.last.cacheBreak.block).toBeLessThan(2);
  expect(summary.ttft.difference).toBeGreaterThan(300);
  expect(summary.ttft.interval.low).toBeGreaterThan(300);
});

it("costs nothing but itself at the end", async () => {
  const { summary } = await measure(3);
  expect(summary.cachedWith).toBe(summary.cachedWithout);
  expect(summary.ttft.difference).toBeLessThan(40);
});

it("stops when it is cancelled", async () => {
  const { samples, summary } = await measure(0, AbortSignal.abort());
  expect({ samples, summary }).toEqual({ samples: [], summary: null });
});

it("has no summary without a pair", () => {
  expect(summarizeTimestamp([])).toBeNull();
});
