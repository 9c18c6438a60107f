/** Claim 7: what compressing a prompt saves, and what compressing it too far costs. */
import { addressesFound, emailExtraction } from "../workloads/built-in/email-extraction.ts";
import { defaultSeed } from "../workloads/built-in/index.ts";
import { fill } from "../template.ts";
import type { PlanCall, Row } from "../workloads/workload.ts";
import { counted } from "../statistics/estimate.ts";
import { pairedProportions } from "../statistics/proportions.ts";
import { mean } from "../statistics/summary.ts";
import { singlePairs } from "../statistics/units.ts";
import { atLeast, type Claim } from "./claim.ts";
import { requireJudgement, serve, type ClaimContext } from "./context.ts";
import { meanRatio, saved } from "./figures.ts";

/** One prompt's answer: right as a whole, and the right addresses whatever the format. */
export interface Judged {
  readonly correct: boolean;
  readonly found: boolean;
}

/** One row: tokens by cl100k of the verbose and the compressed prompt; its answers by level. */
export interface CompressionSample {
  readonly verboseTokens: number;
  readonly compressedTokens: number;
  readonly answers: {
    readonly verbose: Judged;
    readonly compressed: Judged;
    readonly minimal: Judged;
  };
  /** US dollars per million input tokens. */
  readonly inputPerMillion: number;
}

const plans = { verbose: "verbose-labelled-2", compressed: "compressed-arrow-2", minimal: "minimal-arrow-0" };

export const compression: Claim<readonly CompressionSample[]> = {
  id: 7,
  title: "Compressing the prompt",
  claim:
    "Compressing system message and examples saves 23.4% of the tokens, $0.28 per 1,000 calls; over-compression costs quality.",
  method:
    "Email extraction with two examples: verbose instructions and labelled examples against compressed instructions and arrows, counted with cl100k; then right answers of the verbose, the compressed and the over-compressed prompt (no examples, one word of instruction).",
  timed: false,
  metrics: [
    {
      id: "saved",
      label: "Tokens saved (cl100k)",
      unit: "%",
      formula: "1 − sum of tokens(compressed) / sum of tokens(verbose), whole prompts",
      ...atLeast(0.234),
      basis: "measured",
    },
    {
      id: "dollars",
      label: "Saved per 1,000 calls",
      unit: "USD",
      formula: "1,000 · mean(tokens saved) · input price; tokens as counted, arithmetic with the price sheet",
      direction: "near",
      claimed: 0.28,
      holdsAt: 0.1,
      partlyAt: 0.5,
      basis: "arithmetic",
    },
    {
      id: "quality",
      label: "Right answers lost by over-compression",
      unit: "points",
      formula: "accuracy(compressed) − accuracy(over-compressed)",
      direction: "higher",
      claimed: null,
      holdsAt: 0.1,
      partlyAt: 0.02,
      basis: "measured",
    },
  ],
  measure: async (context) => {
    requireJudgement(context);
    const rows = emailExtraction.rows(6 * context.repeats, defaultSeed);
    const { count } = await context.tokenizer("cl100k");
    const verbose = await answers(context, rows, plans.verbose);
    const compressed = await answers(context, rows, plans.compressed);
    const minimal = await answers(context, rows, plans.minimal);
    return Promise.all(
      rows.map(async (row, index) => ({
        verboseTokens: await count(promptText(plans.verbose, row)),
        compressedTokens: await count(promptText(plans.compressed, row)),
        answers: {
          verbose: verbose[index] ?? noAnswer,
          compressed: compressed[index] ?? noAnswer,
          minimal: minimal[index] ?? noAnswer,
        },
        inputPerMillion: context.prices.inputPerMillion,
      })),
    );
  },
  figures: (samples) => [
    saved(
      meanRatio(
        samples.map(({ verboseTokens, compressedTokens }) => ({ from: verboseTokens, to: compressedTokens })),
      ),
    ),
    counted(
      mean(
        samples.map(
          ({ verboseTokens, compressedTokens, inputPerMillion }) =>
            (1000 * (verboseTokens - compressedTokens) * inputPerMillion) / 1e6,
        ),
      ),
    ),
    pairedProportions(
      singlePairs(
        samples.map(({ answers }) => Number(answers.minimal.correct)),
        samples.map(({ answers }) => Number(answers.compressed.correct)),
      ),
    ).difference,
  ],
  notes: (samples) => {
    const count = (level: "verbose" | "compressed" | "minimal", key: keyof Judged): number =>
      samples.filter(({ answers }) => answers[level][key]).length;
    const list = (key: keyof Judged): string =>
      `${count("verbose", key)} verbose, ${count("compressed", key)} compressed, ${count("minimal", key)} over-compressed`;
    return [
      `Tokens per prompt: ${mean(samples.map(({ verboseTokens }) => verboseTokens)).toFixed(1)} → ${mean(samples.map(({ compressedTokens }) => compressedTokens)).toFixed(1)}. Right, of ${samples.length}: ${list("correct")}. The right addresses in whatever format: ${list("found")}.`,
      "On the embedded model much of this loss was put there: in its training the shortest prompts were answered with another separator and another word for “none” nine times in ten, and they were rare. What a large model loses is not measured here.",
    ];
  },
};

const noAnswer: Judged = { correct: false, found: false };

function callOf(planId: string): PlanCall {
  const [call] = emailExtraction.plans.find(({ id }) => id === planId)?.calls ?? [];
  if (call === undefined) throw new Error(`email extraction lacks the plan "${planId}"`);
  return call;
}

function promptText(planId: string, row: Row): string {
  const { system, user } = callOf(planId);
  return `${fill(system, row.values)}\n${fill(user, row.values)}`;
}

/** How each row was answered; all rows run together, greedily. */
async function answers(
  context: ClaimContext,
  rows: readonly Row[],
  planId: string,
): Promise<readonly Judged[]> {
  const { system, user, maxTokens, id } = callOf(planId);
  const results = await serve(
    context,
    rows.map((row) => ({
      messages: [
        { role: "system" as const, content: fill(system, row.values) },
        { role: "user" as const, content: fill(user, row.values) },
      ],
      sampling: { temperature: 0, maxTokens },
    })),
  );
  return rows.map((row, index) => {
    const text = results[index]?.text.trim() ?? "";
    return {
      correct: emailExtraction.evaluate(planId, row, { [id]: text }).correct,
      found: addressesFound(String(row.values["emails"] ?? ""), text),
    };
  });
}
