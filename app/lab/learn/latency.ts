import { defaultLoad, planLoad } from "../load/load.ts";
import { serve, told } from "../claims/context.ts";
import { median } from "../statistics/bootstrap.ts";
import { chart, figure, msText, percentText, type Lesson, type LessonResult } from "./lesson.ts";

/** One answer on an empty prefix cache, ms. */
export interface LatencySample {
  readonly promptTokens: number;
  readonly queueMs: number;
  readonly prefillMs: number;
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly e2eMs: number;
}

const [numAnswers, answerTokens] = [4, 48];

export const latencyLesson: Lesson = {
  id: "latency",
  title: "Latency anatomy",
  question: "How much of an answer's time passes before its first token?",
  setting: `The model reads a prompt, then writes ${answerTokens} tokens, one after another. Nothing is cached.`,
  guess: {
    label: "Share of the time before the first token",
    unit: "%",
    min: 0,
    max: 100,
    picks: [5, 20, 50, 80],
  },
  method: `${numAnswers} prompts of the user analysis, each alone and on an empty prefix cache, each answered with exactly ${answerTokens} tokens.`,
  more: { path: "/playground", name: "Playground" },
  run: async ({ lab, signal, onProgress }) => {
    const load = { ...defaultLoad, source: "user-analysis", numRequests: numAnswers } as const;
    const samples: LatencySample[] = [];
    for (const { request } of planLoad({ ...load, maxTokens: answerTokens, lengths: "same" })) {
      onProgress(samples.length, numAnswers);
      await lab.serving.clearCache();
      const [result] = await serve({ engine: lab.serving, signal }, [request]);
      const metrics = result?.metrics;
      samples.push({
        promptTokens: metrics?.numPromptTokens ?? 0,
        queueMs: told(metrics?.queueTimeMs, "queue times"),
        prefillMs: told(metrics?.prefillTimeMs, "prefill times"),
        ttftMs: told(metrics?.ttftMs, "the time of the first token"),
        tpotMs: told(metrics?.tpotMs, "times of output tokens"),
        e2eMs: told(metrics?.e2eLatencyMs, "end-to-end times"),
      });
    }
    return explainLatency(samples);
  },
};

export function explainLatency(samples: readonly LatencySample[]): LessonResult {
  const middle = (key: keyof LatencySample): number => median(samples.map((sample) => sample[key]));
  const [ttftMs, tpotMs, e2eMs, prefillMs] = [
    middle("ttftMs"),
    middle("tpotMs"),
    middle("e2eMs"),
    middle("prefillMs"),
  ];
  const share = median(samples.map((sample) => sample.ttftMs / sample.e2eMs));
  const promptTokenMs = prefillMs / middle("promptTokens");
  const ratio = tpotMs / promptTokenMs;
  return {
    measured: 100 * share,
    n: `n = ${samples.length} answers, medians`,
    chart: chart("Where the time went", "ms", [
      ["queue", middle("queueMs")],
      ["prefill", prefillMs],
      ["decode", e2eMs - ttftMs],
    ]),
    figures: [
      figure("TTFT", msText(ttftMs), "first token − submitted"),
      figure("TPOT", msText(tpotMs), "(last token − first token) / (output tokens − 1)"),
      figure("E2E", msText(e2eMs), "last token − submitted"),
      figure("Each prompt token", msText(promptTokenMs), "prefill time / prompt tokens"),
    ],
    explanation: [
      `The first token came after ${msText(ttftMs)}, the last after ${msText(e2eMs)}: ${percentText(share)} of the time had passed before the first one.`,
      ratio >= 1
        ? `The prompt is computed many tokens at a time, ${msText(promptTokenMs)} each. Output tokens come one after another, ${msText(tpotMs)} each: ${Number(ratio.toPrecision(2))} times as much.`
        : `An output token took ${msText(tpotMs)}, a prompt token ${msText(promptTokenMs)}: on this device the prompt tokens cost more.`,
      share < 0.5
        ? "Most of the time is generation. The surest way to a quicker answer is a shorter answer."
        : "Most of the time is the prompt. A shorter prompt, or one whose beginning is cached, is the surest way to a quicker answer.",
    ],
  };
}
