/** The ladder of compression that the sweet spot is looked for on: wording and layout, times examples. */
import { emailExtraction } from "../workloads/built-in/email-extraction.ts";
import type { PromptPlan } from "../workloads/workload.ts";
import definition from "../workloads/built-in/email-extraction.json" with { type: "json" };

/** Long wordings come with labelled examples, short ones with arrows, as people write them. */
const wordings = [
  { level: "verbose", format: "labelled" },
  { level: "standard", format: "labelled" },
  { level: "compressed", format: "arrow" },
  { level: "minimal", format: "arrow" },
] as const;

export interface LadderStep {
  readonly plan: PromptPlan;
  /** Id of the wording, and its name. */
  readonly wording: string;
  readonly wordingTitle: string;
  readonly numExamples: number;
}

export const exampleCounts: readonly number[] = definition.exampleCounts;
export const defaultExampleCounts: readonly number[] = [0, 2];

/** From the longest wording to the shortest, each with the examples asked for, fewest first. */
export function compressionLadder(examples: readonly number[]): readonly LadderStep[] {
  return wordings.flatMap(({ level, format }) =>
    examples.map((numExamples) => {
      const plan = emailExtraction.plans.find(({ id }) => id === `${level}-${format}-${numExamples}`);
      const title = definition.levels.find(({ id }) => id === level)?.title;
      if (plan === undefined || title === undefined) {
        throw new RangeError(`the workload has no level "${level}" with ${numExamples} ${format} examples`);
      }
      return { plan, wording: level, wordingTitle: title, numExamples };
    }),
  );
}
