import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { evaluateEmails } from "../built-in/email-extraction.ts";
import type { AnswerParser, Check, EvaluatorId } from "./definition.ts";
import { expectedText, judge } from "./evaluate.ts";
import { parseAnswer } from "./parse-answer.ts";

const check = (evaluator: EvaluatorId, expected: string, ignoreCase = false): Check => ({
  field: "answer",
  evaluator,
  expected,
  ignoreCase,
});
const schema =
  '{"type":"object","required":["n"],"properties":{"n":{"type":"integer","minimum":1}},"additionalProperties":false}';

describe("evaluators", () => {
  it.each<[Check, string, boolean, number?]>([
    [check("exact", "{{label}}"), " a+b ", true],
    [check("exact", "{{label}}"), "A+B", false],
    [check("exact", "{{label}}", true), "A+B", true],
    [check("contains", "is {{label}}."), "It is a+b. So.", true],
    [check("contains", "is {{label}}."), "It is a+bc.", false],
    [check("contains", "IS", true), "it is", true],
    // 2 of 3 expected found among 4: precision 1/2, recall 2/3, F1 = 4/7
    [check("set-f1", "x, y, z"), "y, x, q, r", false, 4 / 7],
    [check("set-f1", "x, y"), 'y\n"x"', true, 1],
    [check("set-f1", "none"), "none", true, 1],
    [check("set-f1", "none"), "x", false, 0],
    [check("set-f1", "X, y", true), "x, Y", true, 1],
    [check("regex", "^{{label}}$"), "a+b", true],
    [check("regex", "^{{label}}$"), "aab", false],
    [check("regex", "^\\d{2}$"), "42", true],
    [check("regex", "yes", true), "YES", true],
    [check("json-schema", schema), '{"n": 3}', true],
    [check("json-schema", schema), '{"n": 0}', false],
    [check("json-schema", schema), '{"n": 3, "m": 1}', false],
    [check("json-schema", schema), "three", false],
  ])("%j of %j is %s", (given, got, correct, score = correct ? 1 : 0) => {
    const judged = judge(given, { label: "a+b" }, got);
    expect(judged.correct).toBe(correct);
    expect(judged.score).toBeCloseTo(score, 12);
  });

  it("set F1 is that of the email workload", () => {
    const list = fc
      .uniqueArray(fc.constantFrom("a", "b", "c", "d"))
      .map((items) => items.join(", ") || "none");
    fc.assert(
      fc.property(list, list, (expected, got) => {
        const { correct, score } = evaluateEmails(expected, got);
        expect(judge(check("set-f1", expected), {}, got)).toEqual({ correct, score });
      }),
    );
  });

  it("say what they expect", () => {
    const text = (given: Check) => expectedText(given, { label: "a+b" });
    expect(text(check("exact", "{{label}}"))).toBe("a+b");
    expect(text(check("contains", "{{label}}"))).toBe("… a+b …");
    expect(text(check("regex", "^{{label}}$"))).toBe("/^a\\+b$/");
    expect(text(check("json-schema", schema))).toContain("schema");
  });
});

describe("parsers", () => {
  const parse = (parser: AnswerParser, text: string) => {
    const fields = parseAnswer(parser, { all: text });
    return fields === null ? null : Object.fromEntries(fields);
  };
  const lines: AnswerParser = { type: "lines", call: "all", fields: ["TOPIC", "Mood"] };
  const json: AnswerParser = { type: "json", call: "all", fields: ["topic", "tags"] };
  const regex: AnswerParser = { type: "regex", call: "all", pattern: "(?<topic>\\w+) is (?<mood>\\w+)?" };

  it.each<[AnswerParser, string, Record<string, string> | null]>([
    [{ type: "text" }, "hello", { all: "hello" }],
    [{ type: "text" }, "", {}],
    [lines, "TOPIC: a: b\nMood:  c ", { topic: "a: b", mood: "c" }],
    [lines, "Mood: c\nTOPIC: a", { topic: "a", mood: "c" }],
    [lines, "TOPIC: a", null],
    [lines, "TOPIC: a\nMood: b\nTOPIC: c", null],
    [lines, "Sure!\nTOPIC: a\nMood: b", null],
    [lines, "topic: a\nMood: b", null],
    [json, '{"topic": "a", "tags": ["x", "y"], "more": 1}', { topic: "a", tags: "x, y" }],
    [json, '{"topic": 1, "tags": {"a": []}}', { topic: "1", tags: '{"a":[]}' }],
    [json, '{"topic": "a"}', null],
    [json, "[]", null],
    [json, '```json\n{"topic": "a", "tags": []}\n```', null],
    [regex, "the weather is fine", { topic: "weather", mood: "fine" }],
    [regex, "weather is ", { topic: "weather" }],
    [regex, "no", null],
  ])("%j reads %j as %j", (parser, text, fields) => {
    expect(parse(parser, text)).toEqual(fields);
  });

  it("never throw", () => {
    fc.assert(
      fc.property(fc.constantFrom(lines, json, regex), fc.string(), (parser, text) => {
        expect(() => parse(parser, text)).not.toThrow();
      }),
    );
  });
});
