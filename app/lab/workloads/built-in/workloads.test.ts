import { describe, expect, it } from "vitest";

import { emailExtraction, evaluateEmails } from "./email-extraction.ts";
import { crc32, isHeldOut } from "./held-out.ts";
import { createRandom } from "../../random.ts";
import { fill } from "../../template.ts";
import { parseJson, parseLines, userAnalysis } from "./user-analysis.ts";
import type { Answers, Row } from "../workload.ts";
import definition from "./user-analysis.json" with { type: "json" };

/** What a perfect model answers to each call of a plan. */
function perfectAnswers(planId: string, row: Row): Answers {
  const plan = definition.plans.find(({ id }) => id === planId)!;
  return Object.fromEntries(plan.calls.map(({ id, answer }) => [id, fill(answer, row.values)]));
}

const value = (row: Row, key: string): string => String(row.values[key]);

describe("random", () => {
  it("is the same for the same seed", () => {
    const [a, b] = [createRandom(7), createRandom(7)];
    expect(Array.from({ length: 5 }, a.next)).toEqual(Array.from({ length: 5 }, b.next));
  });

  it("is about uniform", () => {
    const random = createRandom(1);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) counts[random.below(4)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it("draws without putting back, and refuses to draw more than there are", () => {
    expect(new Set(createRandom(2).sample([1, 2, 3, 4], 4)).size).toBe(4);
    expect(() => createRandom(2).sample([1], 2)).toThrow(RangeError);
    expect(() => createRandom(2).choice([])).toThrow(RangeError);
  });
});

describe("held out", () => {
  // zlib.crc32
  it.each([
    ["", 0],
    ["123456789", 0xcbf43926],
    ["grüße", 879643117],
  ])("crc32 of %j", (text, expected) => {
    expect(crc32(text)).toBe(expected);
  });
});

describe("template", () => {
  it("fills every place and refuses an unknown name", () => {
    expect(fill("{{a}}-{{answers.x}}-{{a}}", { a: 1, "answers.x": "y" })).toBe("1-y-1");
    expect(() => fill("{{b}}", { a: 1 })).toThrow("{{b}}");
  });

  it("does not fill what an answer holds", () => {
    expect(fill("{{a}}", { a: "{{b}}", b: "no" })).toBe("{{b}}");
  });
});

describe("user analysis rows", () => {
  const rows = userAnalysis.rows(60, 20);

  it("are held out, different, and the same for the same seed", () => {
    expect(rows.every((row) => isHeldOut(value(row, "record")))).toBe(true);
    expect(new Set(rows.map((row) => value(row, "record"))).size).toBe(60);
    expect(userAnalysis.rows(60, 20)).toEqual(rows);
    expect(userAnalysis.rows(10, 20)).toEqual(rows.slice(0, 10));
    expect(userAnalysis.rows(1, 21)).not.toEqual(rows.slice(0, 1));
  });

  it("follow the rules of the definition", () => {
    for (const row of rows) {
      const views = value(row, "views")
        .split(", ")
        .map((entry) => entry.split(" "));
      expect(views).toEqual(views.toSorted((a, b) => Number(b[0]) - Number(a[0])));
      expect(views[0]).toEqual([value(row, "topViews"), value(row, "top")]);
      expect(new Set(views.map(([count]) => count)).size).toBe(3);
      const catalogue = definition.lists.categories.find(({ name }) => name === value(row, "top"))!.items;
      const recommended = value(row, "recommendationsList").split(", ");
      const start = catalogue.indexOf(value(row, "ownedTop"));
      expect(recommended).toEqual(recommended.map((_, k) => catalogue[(start + 1 + k) % 4]));
      expect(recommended).not.toContain(value(row, "ownedTop"));
      expect(recommended).toHaveLength({ low: 1, mid: 2, high: 3 }[value(row, "budget")]!);
      expect(value(row, "owned").split(", ")).toContain(value(row, "ownedTop"));
    }
  });
});

describe("user analysis evaluator", () => {
  const [row] = userAnalysis.rows(1, 20);

  it.each(userAnalysis.plans.map(({ id }) => id))("%s: the perfect answer is right", (planId) => {
    const evaluation = userAnalysis.evaluate(planId, row!, perfectAnswers(planId, row!));
    expect(evaluation).toMatchObject({ parsed: true, correct: true, score: 1 });
  });

  it.each(userAnalysis.plans.map(({ id }) => id))("%s: a wrong fact is wrong", (planId) => {
    const answers = perfectAnswers(planId, row!);
    const wrong = Object.fromEntries(
      Object.entries(answers).map(([id, text]) => [id, text.replaceAll(value(row!, "ownedTop"), "nothing")]),
    );
    const evaluation = userAnalysis.evaluate(planId, row!, wrong);
    expect(evaluation).toMatchObject({ parsed: true, correct: false });
    expect(evaluation.score).toBeLessThan(1);
  });

  it("says what is wrong where", () => {
    const answers = { ...perfectAnswers("same-answers-chain", row!), recommendations: "gold" };
    const { fields, score } = userAnalysis.evaluate("same-answers-chain", row!, answers);
    expect(fields.map(({ correct }) => correct)).toEqual([true, false, true]);
    expect(fields[1]).toMatchObject({ got: "gold", expected: value(row!, "recommendationsList") });
    expect(score).toBeCloseTo(2 / 3);
  });

  it.each(["naive-chain", "structured", "json", "parallel"])("%s: nothing is not an answer", (planId) => {
    expect(userAnalysis.evaluate(planId, row!, {})).toMatchObject({ parsed: false, correct: false });
  });

  it("refuses a plan it does not have", () => {
    expect(() => userAnalysis.evaluate("none", row!, {})).toThrow("none");
  });
});

describe("parsers", () => {
  const labels = { preferences: "P", recommendations: "R", reasoning: "Z" };

  it.each([
    ["P: a\nR: b: c\nZ: d", { preferences: "a", recommendations: "b: c", reasoning: "d" }],
    ["Z: d\nP: a\nR: b\n", { preferences: "a", recommendations: "b", reasoning: "d" }],
    ["P: a\nR: b", null],
    ["P: a\nR: b\nZ: d\nX: e", null],
    ["P: a\nP: b\nR: b\nZ: d", null],
    ["Sure!\nP: a\nR: b\nZ: d", null],
    ["", null],
  ])("lines %j", (text, expected) => {
    expect(parseLines(text, labels)).toEqual(expected);
  });

  it.each([
    [
      '{"preferences": "a", "recommendations": ["b", "c"], "reasoning": "d"}',
      { preferences: "a", recommendations: "b, c", reasoning: "d" },
    ],
    ['{"preferences": "a", "recommendations": "b", "reasoning": "d"}', null],
    ['{"preferences": "a", "recommendations": [1], "reasoning": "d"}', null],
    ['{"preferences": "a", "recommendations": [], "reasoning": "d", "x": 1}', null],
    ['{"preferences": "a"', null],
    ["null", null],
  ])("JSON %j", (text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });
});

describe("email extraction", () => {
  it("draws held-out texts that hold their addresses in order", () => {
    for (const row of emailExtraction.rows(60, 20)) {
      const found = value(row, "text").match(/[\w.]+@\w+\.\w+/g) ?? [];
      expect(isHeldOut(value(row, "text"))).toBe(true);
      expect(found.map((email) => email.replace(/\.$/, "")).join(", ")).toBe(value(row, "emails"));
    }
  });

  it("has a plan for each level, format and number of examples", () => {
    expect(emailExtraction.plans).toHaveLength(4 * 2 * 5);
    const arrow = emailExtraction.plans.find(({ id }) => id === "compressed-arrow-2")!;
    expect(arrow.calls[0]!.system).toBe("Extract emails, comma separated, or none.");
    expect(arrow.calls[0]!.user).toBe(
      "Greta uses greta@orbit.com, and Sam uses sam.reed@lotus.org. -> greta@orbit.com, sam.reed@lotus.org\n" +
        "The meeting with Paul is on Friday at 10. -> none\n{{text}} ->",
    );
  });

  it.each([
    ["a@x.com, b@y.org", "b@y.org,a@x.com", true, 1],
    ["a@x.com, b@y.org", "a@x.com", false, 2 / 3],
    ["a@x.com", "a@x.com; b@y.org", false, 0],
    ["", "none", true, 1],
    ["", "", false, 0],
    ["", "a@x.com", false, 0],
    ["a@x.com", "none", false, 0],
  ])("expected %j, answered %j", (expected, answer, correct, score) => {
    const evaluation = evaluateEmails(expected, answer);
    expect(evaluation.correct).toBe(correct);
    expect(evaluation.score).toBeCloseTo(score);
  });
});
