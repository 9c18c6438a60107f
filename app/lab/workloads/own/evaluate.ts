/** Whether a field of an answer is right. */
import { Validator } from "@cfworker/json-schema";

import { listItems, setF1 } from "../set-f1.ts";
import { fill, type TemplateValues } from "../../template.ts";
import type { Check, EvaluatorId } from "./definition.ts";
import { placeholders } from "./placeholders.ts";
import { boundsProblem } from "./schema-bounds.ts";

export interface Judgement {
  readonly correct: boolean;
  /** 0 to 1: F1 of sets, else right or wrong. */
  readonly score: number;
}

type Judge = (check: Check, values: TemplateValues, got: string) => Judgement;

const verdict = (correct: boolean): Judgement => ({ correct, score: correct ? 1 : 0 });

const folded = ({ ignoreCase }: Check, text: string): string => (ignoreCase ? text.toLowerCase() : text);

const judges: Readonly<Record<EvaluatorId, Judge>> = {
  exact: (check, values, got) =>
    verdict(folded(check, got).trim() === folded(check, fill(check.expected, values)).trim()),
  contains: (check, values, got) =>
    verdict(folded(check, got).includes(folded(check, fill(check.expected, values)))),
  "set-f1": (check, values, got) => {
    const items = (text: string) =>
      listItems(folded(check, text).trim().replaceAll('"', "").replaceAll("\n", ","));
    const { equal, f1 } = setF1(items(fill(check.expected, values)), items(got));
    return { correct: equal, score: f1 };
  },
  regex: (check, values, got) => verdict(patternOf(check, values).test(got)),
  "json-schema": ({ expected }, _values, got) => {
    const value = parsed(got);
    return verdict(value !== undefined && validatorOf(expected).validate(value).valid);
  },
};

/** Throws where the check has a problem, see `checkProblem`. */
export const judge: Judge = (check, values, got) => judges[check.evaluator](check, values, got);

/** What a person reads as the expected answer. */
export function expectedText(check: Check, values: TemplateValues): string {
  switch (check.evaluator) {
    case "regex":
      return String(patternOf(check, values));
    case "json-schema":
      return "JSON that fits the schema";
    case "contains":
      return `… ${fill(check.expected, values)} …`;
    default:
      return fill(check.expected, values);
  }
}

/** Column values stand for themselves: their special characters mean nothing. */
function patternOf({ expected, ignoreCase }: Check, values: TemplateValues): RegExp {
  const escaped = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      String(value).replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"),
    ]),
  );
  return new RegExp(fill(expected, escaped), ignoreCase ? "i" : "");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

let last: { readonly schema: string; readonly validator: Validator } | null = null;

/** The schema is read once for all rows. */
function validatorOf(schema: string): Validator {
  if (last?.schema !== schema) {
    last = { schema, validator: new Validator(JSON.parse(schema) as object, "2020-12") };
  }
  return last.validator;
}

/** What keeps the check from being used, in words; null: nothing. Columns are not looked at. */
export function checkProblem(check: Check): string | null {
  if (check.field.trim() === "") return "It names no field.";
  if (check.expected.trim() === "") return "Nothing is expected.";
  if (check.evaluator === "json-schema") return schemaProblem(check.expected);
  try {
    if (check.evaluator === "regex") {
      patternOf(check, Object.fromEntries(placeholders(check.expected).map(({ name }) => [name, "x"])));
    }
  } catch (cause) {
    return (cause as Error).message;
  }
  return null;
}

/** What is wrong with the text of a schema, in words; null: nothing. Its work is bounded whatever the schema. */
export function schemaProblem(text: string): string | null {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (cause) {
    return `The schema is no JSON: ${(cause as Error).message}`;
  }
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    return "The schema is no JSON object.";
  try {
    const problem = boundsProblem(schema as Readonly<Record<string, unknown>>);
    if (problem !== null) return problem;
    // Follows the references.
    new Validator(schema, "2020-12").validate({});
  } catch (cause) {
    return (cause as Error).message;
  }
  return null;
}
