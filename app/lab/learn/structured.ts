import type { CompareReport, PlanSummary } from "../experiments/compare/report.ts";
import { InferscopeError } from "../../../protocol/index.ts";
import { chart, figure, msText, percentText, type Lesson, type LessonResult } from "./lesson.ts";

const rows = 2;

export const structuredLesson: Lesson = {
  id: "structured-prompt",
  title: "Structured prompting",
  question: "One call for three labelled lines instead of a chain of three calls: how much less time?",
  setting:
    "A user's record goes in; preferences, recommendations and a reason come out. The chain asks for each in prose and sends the record again every time. The structured prompt asks once, for three short lines.",
  guess: { label: "Time saved with one call", unit: "%", min: -200, max: 100, picks: [0, 33, 67, 90] },
  method: `${rows} held-out records through both plans in turn, each on an empty prefix cache, answers checked.`,
  more: { path: "/compare", name: "Compare" },
  run: async ({ lab, signal, onProgress }) => {
    const [{ experiment }, { checkOptions }] = await Promise.all([
      import("../experiments/compare/index.ts"),
      import("../option.ts"),
    ]);
    const asked = { workload: "user-analysis", plans: ["naive-chain", "structured"], rows };
    const report = await experiment.run(
      lab,
      checkOptions(experiment.options, asked),
      (event) => {
        if (event.type === "progress") onProgress(event.done, event.total);
      },
      signal,
    );
    if (report.aborted) throw new InferscopeError("aborted", "The comparison was cancelled.");
    return explainStructured(report);
  },
};

export function explainStructured({ plans, causes }: Pick<CompareReport, "plans" | "causes">): LessonResult {
  const [chain, one] = [planOf(plans, "naive-chain"), planOf(plans, "structured")];
  const saved = 1 - one.e2eMs / chain.e2eMs;
  const tokens = ({ promptTokens, outputTokens }: PlanSummary): number => promptTokens + outputTokens;
  const savedTokens = 1 - tokens(one) / tokens(chain);
  const contributions = causes.find(({ fromPlan, toPlan }) => fromPlan === chain.plan && toPlan === one.plan);
  const largest = contributions?.causes.toSorted(
    (a, b) => Math.abs(b.contributionMs) - Math.abs(a.contributionMs),
  )[0];
  return {
    measured: 100 * saved,
    n: `n = ${one.n} records, medians`,
    chart: chart("Time of a record, end to end", "ms", [
      ["chain", chain.e2eMs],
      ["one call", one.e2eMs],
    ]),
    figures: [
      figure("Tokens, chain", String(Math.round(tokens(chain))), "prompt + output tokens a record, mean"),
      figure("Tokens, one call", String(Math.round(tokens(one))), "prompt + output tokens a record, mean"),
      figure("Right, chain", rightText(chain), "records with every answer right"),
      figure("Right, one call", rightText(one), "records with every answer right"),
    ],
    explanation: [
      saved > 0.05
        ? `One call took ${msText(one.e2eMs)}, the chain ${msText(chain.e2eMs)}: ${percentText(saved)} less.`
        : saved < -0.05
          ? `One call took ${msText(one.e2eMs)}, the chain ${msText(chain.e2eMs)}: ${percentText(-saved)} more.`
          : `Both took about as long: ${msText(one.e2eMs)} and ${msText(chain.e2eMs)}.`,
      `It ${savedTokens >= 0 ? "saved" : "added"} ${percentText(Math.abs(savedTokens))} of the tokens.${
        largest === undefined
          ? ""
          : ` The largest cause of the difference: ${largest.label.toLowerCase()}, ${largest.contributionMs < 0 ? "−" : "+"}${msText(Math.abs(largest.contributionMs))} a record.`
      }`,
      accuracyText(chain, one),
    ],
  };
}

const rightText = ({ accuracy }: PlanSummary): string => (accuracy === null ? "–" : percentText(accuracy));

function accuracyText(chain: PlanSummary, one: PlanSummary): string {
  if (one.accuracy === null || chain.accuracy === null) {
    return "The loaded model has random weights: its answers are noise and are not judged.";
  }
  return one.accuracy >= chain.accuracy
    ? `It cost no accuracy on these few records: ${rightText(one)} right, ${rightText(chain)} with the chain.`
    : `It cost accuracy: ${rightText(one)} right instead of ${rightText(chain)}. Quicker and wrong is not better; measure more records before you choose.`;
}

function planOf(plans: readonly PlanSummary[], id: string): PlanSummary {
  const found = plans.find(({ plan }) => plan === id);
  if (found === undefined) throw new InferscopeError("internal", `The plan "${id}" answered no record.`);
  return found;
}
