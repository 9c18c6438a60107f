/** Answers to named fields, strictly: what does not have the form that was asked for is not parsed. */
import type { Answers } from "../workload.ts";
import type { AnswerParser } from "./definition.ts";

/** Values by lower-case name; null where the answer does not have the form. */
export type Fields = ReadonlyMap<string, string>;

export function parseAnswer(parser: AnswerParser, answers: Answers): Fields | null {
  switch (parser.type) {
    case "text":
      return toFields(Object.entries(answers));
    case "lines":
      return parseLines(answers[parser.call] ?? "", parser.fields);
    case "json":
      return parseObject(answers[parser.call] ?? "", parser.fields);
    case "regex": {
      const groups = new RegExp(parser.pattern).exec(answers[parser.call] ?? "")?.groups;
      return groups === undefined ? null : toFields(Object.entries(groups));
    }
  }
}

/** Of a pattern's groups, those that took no part are undefined. An empty value is no value. */
const toFields = (entries: readonly (readonly [string, string | undefined])[]): Fields =>
  new Map(
    entries.flatMap(([name, value = ""]) =>
      value.trim() === "" ? [] : [[name.toLowerCase(), value.trim()]],
    ),
  );

function parseLines(text: string, labels: readonly string[]): Fields | null {
  const found = new Map<string, string>();
  for (const line of text.trim().split("\n")) {
    const at = line.indexOf(":");
    const label = line.slice(0, at).trim();
    if (at === -1 || !labels.includes(label) || found.has(label)) return null;
    found.set(label, line.slice(at + 1));
  }
  return found.size === labels.length ? toFields([...found]) : null;
}

/** Texts as they are, lists of texts joined by ", ", anything else as its JSON. Other keys are let pass. */
function parseObject(text: string, keys: readonly string[]): Fields | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const entries = new Map<string, unknown>(Object.entries(value));
  if (!keys.every((key) => entries.has(key))) return null;
  return toFields(keys.map((key) => [key, fieldText(entries.get(key))]));
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return value;
  const isList = Array.isArray(value) && value.every((item): item is string => typeof item === "string");
  return isList ? value.join(", ") : JSON.stringify(value);
}
