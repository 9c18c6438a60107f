import { InferscopeError, type GenerationResult, counted } from "../../../protocol/index.ts";
import { serve, timingRequest, wallMs } from "../claims/context.ts";
import { createRandom } from "../random.ts";
import { betterOrWorse } from "../statistics/better-or-worse.ts";
import { withoutText, type Estimate } from "../statistics/estimate.ts";
import { pairedMedians } from "../statistics/medians.ts";
import { median } from "../statistics/summary.ts";
import { singlePairs } from "../statistics/units.ts";
import { chart, figure, msText, type Lesson, type LessonResult } from "./lesson.ts";

/** Output tokens a second and all gaps between tokens, ms. */
export interface BatchSide {
  readonly tokensPerSecond: number;
  readonly itlMs: readonly number[];
}

export interface BatchPair {
  readonly alone: BatchSide;
  readonly together: BatchSide;
}

const [numRequests, repeats, promptTokens, answerTokens] = [8, 6, 24, 24];

export const batchingLesson: Lesson = {
  id: "batching",
  title: "Batching",
  question: `${numRequests} requests at once instead of one after another: how many times the output?`,
  setting:
    "Requests that run at the same time share each step of the model: its weights are read once for all of them.",
  guess: {
    label: "Times the output tokens a second",
    unit: "×",
    min: 0.1,
    max: 100,
    picks: [1, 2, 4, numRequests],
  },
  method: `${numRequests} requests of ${promptTokens} prompt and ${answerTokens} output tokens, one after another and all at once, ${repeats} times each in turn, the prefix cache unread.`,
  more: { path: "/batch", name: "Batch" },
  run: async ({ lab, signal, onProgress }) => {
    const { model } = await lab.serving.status();
    if (model?.vocabSize == null)
      throw new InferscopeError("unsupported", "This engine tells no vocabulary.");
    const draw = { random: createRandom(7), vocabSize: model.vocabSize };
    const requests = Array.from({ length: numRequests }, () => ({
      ...timingRequest(draw, promptTokens, answerTokens),
      usePrefixCache: false,
    }));
    const context = { engine: lab.serving, signal };
    let done = 0;
    const tick = () => onProgress((done += 1), repeats * (numRequests + 1));
    const oneByOne = async () => {
      const results: GenerationResult[] = [];
      for (const request of requests) {
        results.push(...(await serve(context, [request])));
        tick();
      }
      return sideOf(results);
    };
    const allAtOnce = async () => {
      const results = await serve(context, requests);
      tick();
      return sideOf(results);
    };
    // Counts nowhere: the first batch pays for compiled pipelines and first allocations.
    await serve(
      context,
      requests.map((request) => ({ ...request, sampling: { ...request.sampling, maxTokens: 2 } })),
    );
    const pairs: BatchPair[] = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const first = repeat % 2 === 0 ? await oneByOne() : null;
      const together = await allAtOnce();
      pairs.push({ alone: first ?? (await oneByOne()), together });
    }
    return explainBatching(pairs);
  },
};

function sideOf(results: readonly GenerationResult[]): BatchSide {
  const numTokens = results.reduce((sum, { metrics }) => sum + counted(metrics).numOutputTokens, 0);
  return {
    tokensPerSecond: (1000 * numTokens) / wallMs(results),
    itlMs: results.flatMap(({ metrics }) => metrics.itlMs),
  };
}

export function explainBatching(pairs: readonly BatchPair[]): LessonResult {
  const itl = (side: keyof BatchPair): number => median(pairs.flatMap((pair) => pair[side].itlMs));
  const { from, to, ratio } = pairedMedians(
    singlePairs(
      pairs.map(({ alone }) => alone.tokensPerSecond),
      pairs.map(({ together }) => together.tokensPerSecond),
    ),
  );
  if (ratio === null) throw new InferscopeError("internal", "A batch gave no output tokens.");
  const change = betterOrWorse(ratio, "higher", 1);
  const [itlAlone, itlTogether] = [itl("alone"), itl("together")];
  return {
    measured: ratio.value,
    n: `n = ${pairs.length} runs of ${numRequests} requests each way, medians`,
    chart: chart("Output tokens a second", "tok/s", [
      ["one by one", from],
      [`${numRequests} at once`, to],
    ]),
    figures: [
      figure("ITL alone", msText(itlAlone), "median gap between consecutive tokens, one request at a time"),
      figure(
        `ITL with ${numRequests}`,
        msText(itlTogether),
        `median gap between consecutive tokens, ${numRequests} at once`,
      ),
    ],
    explanation: [
      outputText(ratio, change),
      itlTogether > 1.05 * itlAlone
        ? `A step for ${numRequests} takes longer than a step for one: each request waited ${msText(itlTogether)} for a token instead of ${msText(itlAlone)}. What all gain, each pays a part of.`
        : `A token took ${msText(itlTogether)} with ${numRequests} requests, ${msText(itlAlone)} alone: here the company costs a request nothing.`,
      change === "better"
        ? "Batching is worth most where a step mainly reads weights, and ends where memory for keys and values does. In a static batch the longest answer keeps the others waiting as well; a continuous one takes the next request as soon as one has ended."
        : "What a batch gains depends on the device: the same run on another one may come out otherwise.",
    ],
  };
}

function outputText(ratio: Estimate, change: ReturnType<typeof betterOrWorse>): string {
  const show = (value: number): string => `${Number(value.toPrecision(2))}`;
  const { value, interval } = ratio;
  const range =
    interval === null
      ? withoutText(ratio, ["run each way", "runs each way"])
      : `95% interval ${show(interval[0])} to ${show(interval[1])}`;
  const most = interval?.[1] ?? value;
  switch (change) {
    case "better":
      return `${numRequests} at once gave ${show(value)} times the output of one after another (${range})${most < numRequests ? `, not ${numRequests} times` : ""}.`;
    case "worse":
      return `${numRequests} at once gave less output than one after another, ${show(value)} times as much (${range}).`;
    case "neither":
      return `Between ${numRequests} at once and one after another these runs show no difference in output (${show(value)} times, ${range}).`;
  }
}
