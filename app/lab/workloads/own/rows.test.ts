import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it, vi } from "vitest";

import { ownLimits } from "./definition.ts";
import { guessExpected, parseRows, usableRows } from "./rows.ts";
import { twoHundredLines } from "../../testing/own-rows.ts";

const parse = (text: string) => parseRows(text, "rows.csv");
const values = (text: string) => parse(text).rows.map((row) => Object.values(row.values));

describe("a file made to be slow", () => {
  const repeated = (unit: string) => unit.repeat((1024 * 1024) / unit.length);

  it.each(['x,"y\n', '"x', '"a"b,', '"" ', '"\n"x\n'])("are read in pieces: %j again and again", (unit) => {
    const parsed = vi.spyOn(Papa, "parse");
    try {
      expect(() => parse(`a,b\n${repeated(unit)}`)).toThrow("These rows cannot be read");
      const lengths = parsed.mock.calls.map(([text]) => (text as unknown as string).length);
      // Each broken line is read to its end or to that of a piece, and there are two hundred at most.
      expect(Math.max(...lengths)).toBeLessThanOrEqual(256 * 1024);
      expect(lengths.length).toBeLessThan(300);
    } finally {
      parsed.mockRestore();
    }
  });

  it("are given up after two hundred broken lines, or the first row too many", () => {
    for (const unit of ["{\n", "x\n", '"\n', "[\n"]) {
      const { problems } = parse(`{"a": 1}\n${repeated(unit)}`);
      expect(problems).toHaveLength(201);
      expect(problems.at(-1)?.reason).toContain("no more were read");
    }
    expect(() => parse(`[${repeated("{},")}`)).toThrow("more than 2000 rows");
    expect(() => parse(`a,b\n${repeated('"1\n2",3\n')}`)).toThrow("more than 2000 rows");
  });

  it("keep the lines of records over many lines and over the end of a piece", () => {
    const cell = `"${"word\n".repeat(2000)}"`;
    const { rows, problems } = parse(`a,b\n${`${cell},x\n`.repeat(200)}last,y`);
    expect(problems).toEqual([]);
    expect(rows.map(({ line }) => line)).toEqual(Array.from({ length: 201 }, (_, index) => 2 + index * 2001));
    expect(new Set(rows.map(({ values: { a } }) => a?.length))).toEqual(new Set([10_000, 4]));
  });
});

describe("CSV", () => {
  it("keeps 197 of 200 rows and says which three are broken and why", () => {
    const { columns, rows, problems } = parse(twoHundredLines());
    expect(columns).toEqual(["text", "label"]);
    expect(rows).toHaveLength(197);
    expect(problems).toEqual([
      { line: 18, reason: expect.stringContaining("1 value where the head names 2") as string },
      { line: 90, reason: expect.stringContaining("quote is opened and never closed") as string },
      { line: 151, reason: expect.stringContaining("3 values where the head names 2") as string },
    ]);
    // The lines around the broken ones are all there.
    expect(rows.map(({ line }) => line)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 2).filter((line) => ![18, 90, 151].includes(line)),
    );
  });

  it.each([
    [
      "a BOM and CRLF",
      "\uFEFFa,b\r\n1,2\r\n3,4\r\n",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    [
      "line ends of old",
      "a,b\r1,2\r3,4",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    [
      "semicolons",
      "a;b\n1,5;2\n3;4,5\n",
      [
        ["1,5", "2"],
        ["3", "4,5"],
      ],
    ],
    ["tabs", "a\tb\n1\t2\n", [["1", "2"]]],
    ["quotes in quotes", 'a,b\n"say ""hi"", ok",2\n', [['say "hi", ok', "2"]]],
    ["one column", "a\nx\ny\n", [["x"], ["y"]]],
    [
      "empty lines",
      "a,b\n\n1,2\n\n\n3,4\n\n",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    ["quotes inside a plain value", 'a,b\n5" disk,2\n', [['5" disk', "2"]]],
  ])("reads %s", (_, text, expected) => {
    expect(values(text)).toEqual(expected);
    expect(parse(text).problems).toEqual([]);
  });

  it("counts the lines of quoted line breaks", () => {
    const { rows, problems } = parse('a,b\r\n"one\r\ntwo\r\nthree",x\r\ny\r\nlast,z\r\n');
    expect(rows.map(({ line }) => line)).toEqual([2, 6]);
    expect(rows[0]!.values["a"]).toBe("one\ntwo\nthree");
    expect(problems.map(({ line }) => line)).toEqual([5]);
  });

  it.each([
    ["", "empty"],
    ["a,b\n", "no rows"],
    ["a,a\n1,2\n", "Two columns are called “a”"],
    ['a,"b\n1,2\n', "Line 1"],
    ["a,b\n1\n", "No line is a row. Line 2"],
    [`a\n${"x\n".repeat(ownLimits.rows + 1)}`, "more than 2000 rows"],
    [`a\n${"x".repeat(ownLimits.fileBytes)}`, "MiB"],
    [Array.from({ length: 101 }, (_, index) => `c${index}`).join(","), "more than 100 columns"],
  ])("refuses %j", (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  it("stops where everything is broken", () => {
    const { problems } = parse(`a,b\n1,2\n${'x,"y\n'.repeat(3000)}`);
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)!.reason).toContain("no more were read");
  });

  const cell = fc.string({
    unit: fc.constantFrom("a", "é", " ", ",", ";", '"', "\n", "1", "{{x}}"),
    maxLength: 12,
  });
  const rowOf = (first: string) =>
    fc.tuple(cell, cell).map((cells) => [...cells, "end"].map((text) => first + text));
  const lineOf = (cells: readonly string[]) =>
    cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
  const head = "first,second,third\n";

  it("reads back whatever is written as RFC 4180", () => {
    fc.assert(
      fc.property(fc.array(rowOf(""), { minLength: 1, maxLength: 20 }), (rows) => {
        expect(values(head + rows.map(lineOf).join("\n"))).toEqual(rows);
      }),
    );
  });

  it("keeps every good row around broken ones", () => {
    // With a letter behind its opening quote, a value cannot be taken for the end of one left open.
    const good = rowOf("a").map((cells) => ({ cells, text: lineOf(cells) }));
    const broken = fc.constantFrom("only one", "a,b,c,d", 'x,"open').map((text) => ({ cells: null, text }));
    fc.assert(
      fc.property(fc.array(fc.oneof(good, good, broken), { minLength: 1, maxLength: 20 }), (lines) => {
        const kept = lines.flatMap(({ cells }) => (cells === null ? [] : [cells]));
        fc.pre(kept.length > 0);
        const { rows, problems } = parse(head + lines.map(({ text }) => text).join("\n"));
        expect(rows.map((row) => Object.values(row.values))).toEqual(kept);
        expect(problems).toHaveLength(lines.length - kept.length);
      }),
    );
  });
});

describe("JSON", () => {
  it.each([
    [
      "a list",
      '[{"a":"1","b":2},\n\n{"a":"x, {y}","b":[1]}]',
      [
        ["1", "2"],
        ["x, {y}", "[1]"],
      ],
    ],
    [
      "one object a line",
      '{"a":"1","b":true}\r\n\r\n{"a":"2","b":{"c":1}}\r\n',
      [
        ["1", "true"],
        ["2", '{"c":1}'],
      ],
    ],
  ])("reads %s", (_, text, expected) => {
    expect(values(text)).toEqual(expected);
    expect(parse(text).columns).toEqual(["a", "b"]);
  });

  it.each([
    ["a list", '[\n {"a": "1"},\n 5,\n {"a": "open},\n {"a": 2,},\n\n {"a": "3"}\n]', [2, 7], [3, 4, 5]],
    ["lines", '{"a": 1}\n[1]\n{"a": \n{"a": 2}', [1, 4], [2, 3]],
    ["a list over many lines", '[\n{\n"a": "1"\n}\n,\n{\n"a": tru\n},{\n"a": "2"}]', [2, 8], [6]],
    ["a list that ends early", '[{"a": 1},\n{"a": ', [1], [2]],
  ])("lists what is broken in %s with its line", (_, text, good, bad) => {
    const { rows, problems } = parse(text);
    expect(rows.map(({ line }) => line)).toEqual(good);
    expect(problems.map(({ line }) => line)).toEqual(bad);
  });

  it("finds the line of every element of any list", () => {
    const list = fc.array(fc.dictionary(fc.constantFrom("a", "b"), fc.jsonValue(), { minKeys: 1 }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(list, fc.constantFrom(0, 1, 2), (objects, indent) => {
        fc.pre(objects.every((object) => Object.values(object).some((value) => value !== null)));
        const text = JSON.stringify(objects, null, indent);
        const { rows, problems } = parse(text);
        expect(problems).toEqual([]);
        expect(rows).toHaveLength(objects.length);
        const lines = text.split("\n");
        for (const { line } of rows) expect(lines[line - 1]).toContain("{");
        expect(new Set(rows.map(({ line }) => line)).size).toBe(indent === 0 ? 1 : objects.length);
      }),
    );
  });
});

it("never crashes otherwise than by saying what is wrong", () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('[]{}",:;\\\n\r ax1\uFEFF')), maxLength: 60 });
  fc.assert(
    fc.property(text, (input) => {
      try {
        const { columns, rows } = parse(input);
        for (const row of rows) expect(columns).toEqual(expect.arrayContaining(Object.keys(row.values)));
      } catch (cause) {
        expect((cause as Error).message).toMatch(/^These rows cannot be read: /);
      }
    }),
  );
});

describe("the expected answer", () => {
  it.each([
    ["text,label", ["label"]],
    ["Answer,question", ["Answer"]],
    ["x,y", ["y"]],
    ["x", []],
  ])("is guessed from %j", (head, expected) => {
    expect(guessExpected(parse(`${head}\n1,2`.slice(0, head.includes(",") ? undefined : -2)))).toEqual(
      expected,
    );
  });

  it("must be there; other values may be empty but not missing", () => {
    const table = parse('[{"a":"1","b":"x"},\n{"a":"","b":"x"},\n{"a":"2","b":""},\n{"a":"3"},\n{"b":"x"}]');
    const { rows, problems } = usableRows(table, ["a"], ["b"]);
    expect(rows.map(({ line }) => line)).toEqual([1, 2]);
    expect(problems.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      "3 Its expected answer, “b”, is empty.",
      "4 It has no “b”.",
      "5 It has no “a”.",
    ]);
  });
});
