import { InferscopeError } from "../../../protocol/index.ts";
import { parseSweetSpotOptions } from "../tokens/sweet-spot-options.ts";
import { runSweetSpot, type MeasuredLevel, type SweetSpotReport } from "../tokens/sweet-spot.ts";
import { chart, figure, percentText, type Lesson, type LessonResult } from "./lesson.ts";

const rows = 8;

export const compressionLesson: Lesson = {
  id: "over-compression",
  title: "Over-compression",
  question: `A prompt is cut down to a word and no example. How many of ${rows} texts are still answered right?`,
  setting:
    "The task: find the email addresses in a text. The prompt is shortened step by step, from full instructions with two examples to a single word.",
  guess: {
    label: `Right answers of ${rows} with the shortest prompt`,
    unit: "texts",
    min: 0,
    max: rows,
    picks: [0, 2, 5, rows],
  },
  method: `${rows} held-out texts through four wordings, with no and with two examples; an answer counts when exactly the right addresses are found.`,
  more: { path: "/tokens", name: "Tokens" },
  run: async ({ lab, signal, onProgress }) => {
    const report = await runSweetSpot(
      lab.engine,
      lab.environment,
      parseSweetSpotOptions({ rows, examples: [0, 2] }),
      { signal, onEvent: ({ done, total }) => onProgress(done, total) },
    );
    if (report.aborted) throw new InferscopeError("aborted", "The run was cancelled.");
    return explainCompression(report);
  },
};

export function explainCompression({
  levels,
  best: bestId,
  reason,
}: Pick<SweetSpotReport, "levels" | "best" | "reason">): LessonResult {
  const byTokens = levels.toSorted((a, b) => b.tokens - a.tokens);
  const shortest = byTokens.at(-1);
  const best = levels.find(({ id }) => id === bestId);
  if (shortest === undefined || best === undefined) {
    throw new InferscopeError("internal", "No level of compression was measured.");
  }
  const saved = 1 - shortest.tokens / best.tokens;
  const score = ({ correct, n }: MeasuredLevel): string => `${correct} of ${n}`;
  return {
    measured: shortest.correct,
    n: `n = ${shortest.n} texts at each level`,
    chart: chart(
      "Right answers, from the longest prompt to the shortest",
      "texts",
      byTokens.map(({ title, tokens, correct }) => [`${title} (${Math.round(tokens)} tokens)`, correct]),
    ),
    figures: [
      figure(
        "Most accurate",
        `${score(best)}, ${Math.round(best.tokens)} tokens`,
        "the level with the most right answers; the longer prompt between equals",
      ),
      figure(
        "Shortest",
        `${score(shortest)}, ${Math.round(shortest.tokens)} tokens`,
        "the level with the fewest prompt tokens",
      ),
    ],
    explanation: [
      shortest.correct < best.correct
        ? `The shortest prompt saves ${percentText(saved)} of the tokens of the most accurate one and answers ${score(shortest)} right instead of ${score(best)}.`
        : `The shortest prompt answers as many right as any other: ${score(shortest)}, with ${percentText(saved)} fewer tokens than the longest of the best.`,
      reason,
      shortest.correct < best.correct
        ? "Saved tokens are worth nothing where answers go wrong: recommend a compression only together with its measured accuracy. On the embedded model much of that loss was put there by its training, which answered such prompts in another format nine times in ten."
        : `${shortest.n} texts are few: measure more before you trust a prompt this short.`,
    ],
  };
}
