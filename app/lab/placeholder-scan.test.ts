import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import { placeholders, renamed, unclosedLine } from "./workloads/own/placeholders.ts";
import { replacePlaceholders, scanPlaceholders, type ScannedText } from "./placeholder-scan.ts";
import { fill } from "./template.ts";

const names = (template: string) => scanPlaceholders(template).map(({ name }) => name);

describe("a template's names", () => {
  it.each<[string, readonly string[]]>([
    ["{{a}} and {{ b c }}", ["a", "b c"]],
    ["{{{a}}}", ["a"]],
    ["{{a}", []],
    ["{{a} }}", []],
    ["{{a{{b}}", ["b"]],
    ["{{}} {{ \n }}", []],
    ["{ {a}}", []],
    ["{{\u00a0a\n\u3000}}", ["a"]],
    ["{{😀}}", ["😀"]],
  ])("in %j are %j", (template, expected) => expect(names(template)).toEqual(expected));

  it("are those that the pattern found, wherever there is more than space", () => {
    const text = fc.string({ unit: fc.constantFrom("{", "}", "a", " ", "\n", "\u00a0"), maxLength: 14 });
    fc.assert(
      fc.property(text, (template) => {
        const found = [...template.matchAll(/\{\{\s*([^{}]+?)\s*\}\}/g)]
          .filter(([, name = ""]) => name.trim() !== "")
          .map(({ 1: name, index }) => ({ name, line: template.slice(0, index).split("\n").length }));
        expect(placeholders(template).map(({ name, line }) => ({ name, line }))).toEqual(found);
      }),
      { numRuns: 3000 },
    );
  });

  it("know where they stand", () => {
    const template = "x{{a}}\n{{ b }}}";
    expect(
      scanPlaceholders(template).map(({ start, end, line }) => [template.slice(start, end), line]),
    ).toEqual([
      ["{{a}}", 1],
      ["{{ b }}", 2],
    ]);
    expect(replacePlaceholders(template, (name) => name.toUpperCase())).toBe("xA\nB}");
    expect(unclosedLine("{{a}}\n{{ }} {{b}}")).toBe(2);
    expect(unclosedLine("{{{a}}} {{b}}")).toBeNull();
    expect(renamed("{{a}} {{b}}", (name) => (name === "a" ? "c" : null))).toBe("{{c}} {{b}}");
  });
});

/** 20,000 characters is what a template may have. */
const size = 20_000;
const shapes: readonly string[] = [
  "{",
  "}",
  "{{",
  "}}",
  "{{ ",
  "{{a",
  "{{ a",
  "{{ a }",
  "{{a}}",
  "{{a\n}}",
  "{ {",
  "{{ a a a \"b 'c",
  "{{\u00a0\u2003",
  "{{😀\u0301",
  "{{\ud800",
  "{{ }}",
  "a{{a}} }}{{",
];

describe("20,000 hostile characters", () => {
  it.each([
    ...shapes.map((shape) => [`${JSON.stringify(shape)} again and again`, shape.repeat(size / shape.length)]),
    ...["{{", "{{a", "{{ a }"].flatMap((head) =>
      [" ", "\n", "a", "a ", "}", "\u3000"].map((unit) => [
        `${JSON.stringify(head)}, then ${JSON.stringify(unit)} again and again`,
        head + unit.repeat((size - head.length) / unit.length),
      ]),
    ),
  ])("are read once, and once more for what stands in braces: %s", (_, template = "") => {
    let numRead = 0;
    const counted: ScannedText = {
      length: template.length,
      charCodeAt: (index) => {
        numRead += 1;
        return template.charCodeAt(index);
      },
      slice: (start = 0, end = template.length) => {
        numRead += end - start;
        return template.slice(start, end);
      },
    };
    expect(scanPlaceholders(counted)).toEqual(scanPlaceholders(template));
    expect(numRead).toBeLessThanOrEqual(2 * template.length);
  });

  it("that name a long value a thousand times are refused, not filled", () => {
    const values = { a: "x".repeat(size) };
    expect(fill("{{a}}".repeat(200), values)).toHaveLength(200 * size);
    const tooLong = () => fill("{{a}}".repeat(size / 5), values);
    expect(tooLong).toThrow(InferscopeError);
    expect(tooLong).toThrow("more than 5,000,000 characters");
  });
});
