import { InferscopeError } from "../../../protocol/index.ts";
import { breakText } from "../prompt/blocks.ts";
import { defaultSections } from "../prompt/sections.ts";
import {
  measureTimestamp,
  summarizeTimestamp,
  type TimestampSummary,
} from "../experiments/timestamp/measure.ts";
import { chart, figure, msText, type Lesson, type LessonResult } from "./lesson.ts";

const repeats = 3;

export const prefixLesson: Lesson = {
  id: "prefix-cache",
  title: "Prefix caching",
  question: "A timestamp is put in front of a prompt. How much of the prompt still comes from the cache?",
  setting:
    "Requests share their instructions and a catalogue; only the record at the end differs. The engine keeps what it has computed and starts from the longest beginning that it knows.",
  guess: {
    label: "Prompt tokens from the cache, with the timestamp",
    unit: "%",
    min: 0,
    max: 100,
    picks: [0, 50, 85, 100],
  },
  method: `${repeats} pairs of requests in turn, without and with the timestamp, each after one earlier request of its kind.`,
  more: { path: "/cache", name: "Cache" },
  run: async ({ lab, signal, onProgress }) => {
    const { blockSize, prefixCache } = await lab.serving.configure({});
    const { serving, encodeChat } = lab;
    const samples = await measureTimestamp(
      {
        generate: (request) => serving.generate(request),
        clearCache: () => serving.clearCache(),
        encodeChat,
      },
      { sections: defaultSections(), position: 0, repeats, blockSize, prefixCache },
      { signal, now: () => new Date(), onProgress },
    );
    const summary = summarizeTimestamp(samples);
    if (summary === null || signal.aborted) {
      throw new InferscopeError("aborted", "The lesson was cancelled.");
    }
    return explainPrefix(summary);
  },
};

export function explainPrefix({ n, cachedWithout, cachedWith, last, ttft }: TimestampSummary): LessonResult {
  const { low, high } = ttft.interval;
  const interval = `95% interval ${msText(low)} to ${msText(high)}`;
  const cost =
    low > 0
      ? `That cost ${msText(ttft.difference)} until the first token (${interval}).`
      : high < 0
        ? `The requests with the timestamp were even quicker, by ${msText(-ttft.difference)} (${interval}).`
        : `Between the times until the first token there is no difference that so few requests can show (${interval}).`;
  const numPromptTokens = last.numPromptTokens;
  return {
    measured: (100 * cachedWith) / numPromptTokens,
    n: `n = ${n} pairs, medians`,
    chart: chart("Time to the first token", "ms", [
      ["without", ttft.from],
      ["with timestamp", ttft.to],
    ]),
    figures: [
      figure(
        "Cached before",
        `${cachedWithout} tokens`,
        "prompt tokens from the cache, without the timestamp",
      ),
      figure("Cached after", `${cachedWith} tokens`, "prompt tokens from the cache, with the timestamp"),
      figure("Broke at block", String(last.cacheBreak.block + 1), "first block that had to be computed"),
    ],
    explanation: [
      cachedWithout > cachedWith
        ? `Without the timestamp ${cachedWithout} tokens came from the cache, with it ${cachedWith} of ${numPromptTokens}. ${breakText(last.cacheBreak)}`
        : `The timestamp changed nothing: ${cachedWith} of ${numPromptTokens} tokens came from the cache, ${cachedWithout} without it. ${breakText(last.cacheBreak)}`,
      cost,
      cachedWithout > cachedWith
        ? "Only an unchanged beginning is reused. Put what changes at the end, and nothing that changes in front of what does not."
        : "Only an unchanged beginning is reused; where nothing is reused anyway, a timestamp does no harm.",
    ],
  };
}
