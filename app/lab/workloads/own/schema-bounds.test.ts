import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { schemaProblem } from "./evaluate.ts";

/** Definitions `d0` to `dN`, each of which names the next one twice by `twice`. */
function doubling(numDefinitions: number, twice: (ref: object) => object): Record<string, unknown> {
  const definitions = Array.from({ length: numDefinitions }, (_, index) => [
    `d${index}`,
    index === numDefinitions - 1 ? { type: "object" } : twice({ $ref: `#/$defs/d${index + 1}` }),
  ]);
  return { $ref: "#/$defs/d0", $defs: Object.fromEntries(definitions) };
}

/** `{key: {key: …}}`. */
const nested = (depth: number, wrap: (inner: object) => object): object =>
  Array.from({ length: depth }).reduce<object>((inner) => wrap(inner), {});

describe("a schema that would be judged for ever", () => {
  const ways: readonly (readonly [string, (ref: object) => object])[] = [
    ["allOf", (ref) => ({ allOf: [ref, ref] })],
    ["anyOf", (ref) => ({ anyOf: [ref, ref] })],
    ["oneOf", (ref) => ({ oneOf: [ref, ref] })],
    ["not and $ref", (ref) => ({ ...ref, not: ref })],
    ["if and then", (ref) => ({ if: ref, then: ref })],
    ["else", (ref) => ({ if: false, then: ref, else: { allOf: [ref, ref] } })],
    ["dependentSchemas", (ref) => ({ dependentSchemas: { a: ref, b: ref } })],
  ];

  it.each(ways)("is refused before anything is judged: %s", (_, twice) => {
    // Two to the power of 399: judged once, it would outlast whatever runs it.
    expect(schemaProblem(JSON.stringify(doubling(400, twice)))).toMatch(/more than 10,000 times/);
    expect(schemaProblem(JSON.stringify(doubling(7, twice)))).toBeNull();
  });

  it.each<[string, object, RegExp]>([
    ["a ring", { $ref: "#/$defs/a", $defs: { a: { allOf: [{ $ref: "#/$defs/a" }] } } }, /back to itself/],
    ["a ring through its root", { anyOf: [{ type: "string" }, { $ref: "#" }] }, /back to itself/],
    ["the recursive way", { $recursiveAnchor: true, allOf: [{ $recursiveRef: "#" }] }, /back to itself/],
    // Two visits of everything below each `$id`: 2 ** 60.
    ["ids in ids", nested(60, (not) => ({ $id: "a", not })), /“\$id” within each other/],
    ["depth", nested(2000, (not) => ({ not })), /nests deeper than 64/],
    ["depth beside schemas", { const: nested(3000, (a) => ({ a })) }, /nests deeper than 64/],
  ])("is refused: %s", (_, schema, problem) => {
    expect(schemaProblem(JSON.stringify(schema))).toMatch(problem);
  });

  it("is told from one that only looks like it", () => {
    const tree = {
      type: "object",
      properties: { id: { type: "string" }, children: { type: "array", items: { $ref: "#" } } },
    };
    const entity = (inner: object) => ({ type: "object", properties: { id: { type: "integer" }, inner } });
    for (const schema of [tree, nested(12, entity), { $id: "https://example.org/a", type: "object" }]) {
      expect(schemaProblem(JSON.stringify(schema))).toBeNull();
    }
    expect(schemaProblem('{"$ref": "#/$defs/none"}')).toContain("Unresolved $ref");
  });

  it("is judged or refused, whatever it holds", () => {
    const { node } = fc.letrec<{ node: object }>((tie) => ({
      node: fc.dictionary(
        fc.constantFrom("allOf", "not", "if", "then", "$ref", "$id", "id", "properties", "items", "$anchor"),
        fc.oneof(
          { maxDepth: 5, withCrossShrink: true },
          fc.constantFrom("#", "#a", "#/not", "#/allOf/0", "a", 1, true, null),
          tie("node"),
          fc.array(tie("node"), { maxLength: 2 }),
        ),
        { maxKeys: 3 },
      ),
    }));
    fc.assert(
      fc.property(node, (schema) => {
        const problem = schemaProblem(JSON.stringify(schema));
        expect(problem === null || problem !== "").toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
