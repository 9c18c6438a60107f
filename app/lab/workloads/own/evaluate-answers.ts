/** What a row's answers are worth under a plan of one's own. Patterns are a person's own: they may take for ever. */
import type { TemplateValues } from "../../template.ts";
import type { Answers, EvaluatedField, Evaluation } from "../workload.ts";
import type { AnswerParser, Check } from "./definition.ts";
import { expectedText, judge } from "./evaluate.ts";
import { parseAnswer } from "./parse-answer.ts";

/** Plain data: it goes to a worker as it is. */
export interface AnsweredRow {
  readonly parser: AnswerParser;
  readonly checks: readonly Check[];
  readonly values: TemplateValues;
  readonly answers: Answers;
}

/** `evaluateAnswers`, where it does not stop the page. Rejects where the row cannot be judged in time. */
export type EvaluateAnswers = (row: AnsweredRow) => Evaluation | Promise<Evaluation>;

export function evaluateAnswers({ parser, checks, values, answers }: AnsweredRow): Evaluation {
  const answer = parseAnswer(parser, answers);
  const judged = checks.map((check, index) => {
    const got = answer?.get(check.field.toLowerCase()) ?? null;
    const { correct, score } = got === null ? { correct: false, score: 0 } : judge(check, values, got);
    const numBefore = checks.slice(0, index).filter(({ field }) => field === check.field).length;
    const name = numBefore === 0 ? check.field : `${check.field} (${numBefore + 1})`;
    const field: EvaluatedField = { name, expected: expectedText(check, values), got, correct };
    return { field, score };
  });
  return {
    parsed: judged.every(({ field }) => field.got !== null),
    correct: judged.every(({ field }) => field.correct),
    score: judged.reduce((sum, { score }) => sum + score, 0) / judged.length,
    fields: judged.map(({ field }) => field),
  };
}
