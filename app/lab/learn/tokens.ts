import { InferscopeError } from "../../../protocol/index.ts";
import { proseTexts } from "../claims/texts.ts";
import { textSize } from "../tokens/counts.ts";
import { loadEncoding } from "../tokens/encodings.ts";
import { chart, figure, type Lesson, type LessonResult } from "./lesson.ts";

export interface TokenCounts {
  readonly text: string;
  readonly model: number;
  readonly vocabSize: number | null;
  readonly o200k: number;
  readonly cl100k: number;
}

const [text = ""] = proseTexts;
const { words } = textSize(text);

export const tokensLesson: Lesson = {
  id: "tokens",
  title: "Tokens",
  question: "How many tokens is this text for the loaded model?",
  setting: `It has ${words} words and ${text.length} characters. A model reads neither: it reads tokens, pieces of text from a fixed vocabulary.`,
  exhibit: text,
  guess: { label: "Tokens of the text", unit: "tokens", min: 1, max: 5000, picks: [words, 75, 120, 200] },
  method: "The text through the loaded model's tokenizer and through two encodings of OpenAI.",
  more: { path: "/tokens", name: "Tokens" },
  run: async ({ lab, signal, onProgress }) => {
    onProgress(0, 3);
    const model = (await lab.serving.encode(text)).length;
    onProgress(1, 3);
    const o200k = (await loadEncoding("o200k")).encode(text).length;
    onProgress(2, 3);
    const cl100k = (await loadEncoding("cl100k")).encode(text).length;
    if (signal.aborted) throw new InferscopeError("aborted", "The count was cancelled.");
    const vocabSize = (await lab.serving.status()).model?.vocabSize ?? null;
    return explainTokens({ text, model, vocabSize, o200k, cl100k });
  },
};

export function explainTokens({ text, model, vocabSize, o200k, cl100k }: TokenCounts): LessonResult {
  const size = textSize(text);
  const perWord = (tokens: number): string => (tokens / size.words).toFixed(2);
  const vocabulary =
    vocabSize === null
      ? ""
      : ` Its vocabulary has ${vocabSize.toLocaleString("en-US")} entries, that of o200k about 200,000.`;
  const per1000 = Math.round((1000 * model) / size.characters);
  return {
    measured: model,
    n: "counted, not estimated",
    chart: chart("The same text, counted in four ways", "", [
      ["words", size.words],
      ["o200k", o200k],
      ["cl100k", cl100k],
      ["loaded model", model],
    ]),
    figures: [
      figure("Tokens a word", perWord(model), "tokens of the loaded model / words"),
      figure("with o200k", perWord(o200k), "tokens of o200k / words"),
      figure("Tokens per 1,000 characters", String(per1000), "1,000 · tokens / characters"),
    ],
    explanation: [
      `${size.words} words are ${model} tokens for the loaded model, ${o200k} for o200k and ${cl100k} for cl100k: ${perWord(model)}, ${perWord(o200k)} and ${perWord(cl100k)} a word.`,
      model > o200k
        ? `The loaded model cuts the text into smaller pieces than o200k.${vocabulary}`
        : `The loaded model needs no more pieces than o200k.${vocabulary}`,
      "Counting words or characters is a guess. Limits, prices and times are in tokens, so count with the tokenizer of the model that you use.",
    ],
  };
}
