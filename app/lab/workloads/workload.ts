/** What is compared: rows with expected answers, and plans that ask for them. */
import type { ResponseFormat } from "../../../protocol/index.ts";
import type { TemplateValues } from "../template.ts";

/** One input row. `values` fill the templates of prompts and of expected answers. */
export interface Row {
  /** Short, for people: "Rosa, reading, mid budget". */
  readonly label: string;
  readonly values: TemplateValues;
}

/** One call to the model. `system` and `user` are templates. */
export interface PlanCall {
  readonly id: string;
  /** Calls whose answers this one needs; calls that do not need each other run at the same time. */
  readonly after: readonly string[];
  readonly maxTokens: number;
  /** 0, greedy, unless told otherwise. */
  readonly temperature?: number;
  readonly stop?: readonly string[];
  readonly system: string;
  readonly user: string;
  /** What the answer must be, where the engine can hold it to that. */
  readonly responseFormat?: ResponseFormat;
}

/** A prompt plan: a small program of calls over a row. */
export interface PromptPlan {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly calls: readonly PlanCall[];
}

/** Trimmed answers by call id. */
export type Answers = Readonly<Record<string, string>>;

export interface EvaluatedField {
  readonly name: string;
  readonly expected: string;
  /** Null where the answer could not be parsed. */
  readonly got: string | null;
  readonly correct: boolean;
}

export interface Evaluation {
  readonly parsed: boolean;
  readonly correct: boolean;
  /** 0 to 1: share of right fields, or F1 of sets. */
  readonly score: number;
  readonly fields: readonly EvaluatedField[];
}

export interface Workload {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly plans: readonly PromptPlan[];
  /** `count` different held-out rows; the same for the same seed. */
  rows(count: number, seed: number): readonly Row[];
  /** Rejects where a row cannot be judged. */
  evaluate(planId: string, row: Row, answers: Answers): Evaluation | Promise<Evaluation>;
}

/** Its evaluator is this project's own, and quick. */
export interface BuiltInWorkload extends Workload {
  evaluate(planId: string, row: Row, answers: Answers): Evaluation;
}

/** Draws until `count` different rows are held out. */
export function drawRows(
  count: number,
  draw: () => Row,
  accepted: (row: Row) => boolean,
  key: (row: Row) => string,
): readonly Row[] {
  const rows = new Map<string, Row>();
  while (rows.size < count) {
    const row = draw();
    if (accepted(row)) rows.set(key(row), row);
  }
  return [...rows.values()];
}
