/** Claims 1 and 9: what one output token costs. */
import { ratioOfMeans } from "../statistics/means.ts";
import { estimateMedian } from "../statistics/order-statistics.ts";
import { median } from "../statistics/summary.ts";
import { single } from "../statistics/units.ts";
import type { Claim } from "./claim.ts";
import { serve, timingRequest, told, withSteps, type ClaimContext } from "./context.ts";
import { medianRatio } from "./figures.ts";

export interface LengthSample {
  /** End to end, ms. */
  readonly oneMs: number;
  readonly hundredMs: number;
  /** Of the 100-token answer, after its first token. */
  readonly generationMs: number;
  readonly forwardPasses: number;
}

const answerTokens = 100;

export const answerLength: Claim<readonly LengthSample[]> = {
  id: 1,
  title: "Latency is generation",
  claim:
    "Latency is generation, not loading: every output token costs a forward pass, and a 100-token answer takes 100 times as long as a 1-token answer.",
  method: `The same prompt answered with 1 and with ${answerTokens} tokens, in turn, on an empty prefix cache. Loading the model is not in it: that happens once, before any request (Models tells how long it took).`,
  timed: true,
  metrics: [
    {
      id: "ratio",
      label: "100-token against 1-token answer",
      unit: "×",
      formula: "median over repeats of e2e(100 tokens) / e2e(1 token)",
      direction: "near",
      claimed: answerTokens,
      holdsAt: 0.1,
      partlyAt: 0.5,
      basis: "measured",
    },
    {
      id: "passes",
      label: "Forward passes per output token",
      unit: "per token",
      formula: "median over repeats of engine steps / output tokens, 100-token answer",
      direction: "near",
      claimed: 1,
      holdsAt: 0.05,
      partlyAt: 0.25,
      basis: "measured",
    },
    {
      id: "generation",
      label: "Time after the first token",
      unit: "%",
      formula: "median over repeats of (e2e − TTFT) / e2e, 100-token answer",
      direction: "higher",
      claimed: null,
      holdsAt: 0.8,
      partlyAt: 0.5,
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const samples: LengthSample[] = [];
    for (let repeat = 0; repeat < context.repeats; repeat++) {
      const prompt = timingRequest(context, 32, 1);
      const answer = async (maxTokens: number) => {
        await context.engine.clearCache();
        const request = { ...prompt, sampling: { ...prompt.sampling, maxTokens } };
        const { value, steps } = await withSteps(context, () => serve(context, [request]));
        return { metrics: value[0]?.metrics, steps: steps.length };
      };
      const one = repeat % 2 === 0 ? await answer(1) : null;
      const hundred = await answer(answerTokens);
      const { metrics } = one ?? (await answer(1));
      const hundredMs = told(hundred.metrics?.e2eLatencyMs, "end-to-end times");
      samples.push({
        oneMs: told(metrics?.e2eLatencyMs, "end-to-end times"),
        hundredMs,
        generationMs: hundredMs - told(hundred.metrics?.ttftMs, "the time of the first token"),
        forwardPasses: hundred.steps,
      });
    }
    return samples;
  },
  figures: (samples, resolutionMs) => [
    medianRatio(
      samples.map(({ oneMs, hundredMs }) => ({ from: oneMs, to: hundredMs })),
      resolutionMs,
    ),
    estimateMedian(single(samples.map(({ forwardPasses }) => forwardPasses / answerTokens))),
    medianRatio(
      samples.map(({ hundredMs, generationMs }) => ({ from: hundredMs, to: generationMs })),
      resolutionMs,
    ),
  ],
  notes: (samples) => [
    `Medians: ${median(samples.map(({ oneMs }) => oneMs)).toFixed(1)} ms for one token, ${median(samples.map(({ hundredMs }) => hundredMs)).toFixed(1)} ms for a hundred. The prompt is computed once in both.`,
  ],
};

export interface TokenCostSample {
  readonly shortTtftMs: number;
  readonly longTtftMs: number;
  readonly tpotMs: number;
  /** Output price over input price of the run's price sheet. */
  readonly priceRatio: number;
}

const [shortPrompt, longPrompt] = [32, 416];

export const outputTokenCost: Claim<readonly TokenCostSample[]> = {
  id: 9,
  title: "Output tokens cost three times",
  claim: "An output token costs about three times an input token, because it needs inference.",
  method: `Prompts of ${shortPrompt} and ${longPrompt} tokens on an empty cache give the time of a prompt token, 24 output tokens that of an output token.`,
  timed: true,
  metrics: [
    {
      id: "ratio",
      label: "Time of an output token against a prompt token",
      unit: "×",
      formula: `mean TPOT / mean over repeats of (TTFT(${longPrompt}) − TTFT(${shortPrompt})) / ${longPrompt - shortPrompt}`,
      direction: "near",
      claimed: 3,
      holdsAt: 0.2,
      partlyAt: 0.5,
      basis: "measured",
    },
  ],
  measure: async (context) => {
    const samples: TokenCostSample[] = [];
    for (let repeat = 0; repeat < context.repeats; repeat++) {
      const first = repeat % 2 === 0 ? await coldMetrics(context, shortPrompt, 24) : null;
      const long = await coldMetrics(context, longPrompt, 1);
      const short = first ?? (await coldMetrics(context, shortPrompt, 24));
      samples.push({
        shortTtftMs: told(short?.ttftMs, "the time of the first token"),
        longTtftMs: told(long?.ttftMs, "the time of the first token"),
        tpotMs: told(short?.tpotMs, "times of output tokens"),
        priceRatio: context.prices.outputPerMillion / context.prices.inputPerMillion,
      });
    }
    return samples;
  },
  // Where prompt tokens may cost nothing or less, within their noise, the ratio has no end and no verdict.
  figures: (samples) => [
    ratioOfMeans(
      samples.map(promptTokenMs),
      samples.map(({ tpotMs }) => tpotMs),
    ),
  ],
  notes: (samples) => [
    `Medians: ${median(samples.map(({ tpotMs }) => tpotMs)).toFixed(2)} ms an output token, ${median(samples.map(promptTokenMs)).toFixed(3)} ms a prompt token. The price sheet's ratio is ${(samples[0]?.priceRatio ?? Number.NaN).toFixed(2)}: arithmetic, not measured.`,
  ],
};

async function coldMetrics(context: ClaimContext, promptTokens: number, maxTokens: number) {
  await context.engine.clearCache();
  const [result] = await serve(context, [timingRequest(context, promptTokens, maxTokens)]);
  return result?.metrics;
}

const promptTokenMs = ({ shortTtftMs, longTtftMs }: TokenCostSample): number =>
  (longTtftMs - shortTtftMs) / (longPrompt - shortPrompt);
