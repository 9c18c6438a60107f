/** Claim 14: does a lower temperature make structured answers parse more often? */
import type { GenerateRequest } from "../../../protocol/index.ts";
import { defaultSeed } from "../workloads/built-in/index.ts";
import { fill } from "../template.ts";
import { userAnalysis } from "../workloads/built-in/user-analysis.ts";
import type { Row } from "../workloads/workload.ts";
import { pairedProportions } from "../statistics/proportions.ts";
import { mean } from "../statistics/summary.ts";
import { singlePairs } from "../statistics/units.ts";
import type { Claim } from "./claim.ts";
import { requireJudgement, serve, type ClaimContext } from "./context.ts";

/** One row: shares of its answers that parsed, and that were right. */
export interface TemperatureSample {
  readonly low: { readonly parsed: number; readonly correct: number };
  readonly high: { readonly parsed: number; readonly correct: number };
}

const [low, high] = [0.3, 1];
const seeds = 2;

export const lowTemperature: Claim<readonly TemperatureSample[]> = {
  id: 14,
  title: "A low temperature parses more often",
  claim: `A lower temperature (${low}) makes structured answers parse more often.`,
  method: `Held-out rows through the structured call at temperatures ${low} and ${high}, ${seeds} seeds each; an answer parses when its three labelled lines are there and nothing else.`,
  timed: false,
  metrics: [
    {
      id: "parsed",
      label: "More answers that parse",
      unit: "points",
      formula: `parse rate(temperature ${low}) − parse rate(temperature ${high})`,
      direction: "higher",
      claimed: null,
      holdsAt: 0.05,
      partlyAt: 0.01,
      basis: "measured",
    },
  ],
  measure: async (context) => {
    requireJudgement(context);
    const rows = userAnalysis.rows(4 * context.repeats, defaultSeed);
    const [atLow, atHigh] = [await rates(context, rows, low), await rates(context, rows, high)];
    return atLow.map((lowRate, index) => ({ low: lowRate, high: atHigh[index] ?? lowRate }));
  },
  figures: (samples) => [
    pairedProportions(
      singlePairs(
        samples.map((sample) => sample.high.parsed),
        samples.map((sample) => sample.low.parsed),
      ),
    ).difference,
  ],
  notes: (samples) => {
    const share = (of: (sample: TemperatureSample) => number): string =>
      `${(100 * mean(samples.map(of))).toFixed(0)}%`;
    return [
      `Parsed: ${share((sample) => sample.low.parsed)} at ${low}, ${share((sample) => sample.high.parsed)} at ${high}. Right: ${share((sample) => sample.low.correct)} and ${share((sample) => sample.high.correct)}.`,
    ];
  },
};

/** One value a row, over the seeds; the rows of a temperature run together. */
async function rates(context: ClaimContext, rows: readonly Row[], temperature: number) {
  const requests = rows.flatMap((row) =>
    Array.from({ length: seeds }, (_, seed) => structuredRequest(row, temperature, seed)),
  );
  const results = await serve(context, requests);
  return rows.map((row, index) => {
    const own = results.slice(index * seeds, (index + 1) * seeds);
    const evaluations = own.map(({ text }) => userAnalysis.evaluate("structured", row, { all: text.trim() }));
    return {
      parsed: mean(evaluations.map(({ parsed }) => (parsed ? 1 : 0))),
      correct: mean(evaluations.map(({ correct }) => (correct ? 1 : 0))),
    };
  });
}

function structuredRequest(row: Row, temperature: number, seed: number): GenerateRequest {
  const [call] = userAnalysis.plans.find(({ id }) => id === "structured")?.calls ?? [];
  if (call === undefined) throw new Error("user analysis lacks its structured plan");
  return {
    messages: [
      { role: "system", content: fill(call.system, row.values) },
      { role: "user", content: fill(call.user, row.values) },
    ],
    // Some answers at a high temperature never end: what is longer than any right one does not parse.
    sampling: { temperature, maxTokens: 128, seed },
  };
}
