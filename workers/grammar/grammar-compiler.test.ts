/** Over the embedded model's vocabulary: whatever the masks let through is JSON that the schema accepts. */
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { readFolder } from "../testing/disk.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { TokenConstraint } from "../engine/request.ts";
import { formatGrammar, GrammarCompiler } from "./grammar-compiler.ts";
import { dice, randomSchema, type Dice, type Schema } from "./testing/random-schema.ts";
import type { Vocabulary } from "./vocabulary.ts";

const stopTokenIds = [4, 0];
let tokenizer: Tokenizer;
let vocabulary: Vocabulary;
beforeAll(() => {
  const files = readFolder("public/models/scope-2m-q4f16_1");
  const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(files.get(name)));
  tokenizer = new Tokenizer({
    tokenizer: json("tokenizer.json"),
    config: json("tokenizer_config.json"),
    chatTemplate: null,
    convTemplate: null,
  });
  // An odd size, as of a padded vocabulary.
  vocabulary = {
    vocabSize: 1291,
    bytesOf: (id) => tokenizer.bytesOf(id),
    isSpecial: (id) => tokenizer.isSpecial(id),
    stopTokenIds,
  };
});

it("keeps a property that is named as an object's own parts are", () => {
  const schema = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"const":1}},"required":["__proto__"],"additionalProperties":false}',
  ) as Schema;
  expect(formatGrammar({ type: "json_schema", schema })).toContain("__proto__");
});

const allowedIds = (mask: Uint32Array): number[] =>
  Array.from({ length: mask.length * 32 }, (_, id) => id).filter(
    (id) => ((mask[id >>> 5]! >>> (id & 31)) & 1) === 1,
  );

async function one(schema: Schema): Promise<TokenConstraint> {
  const [constraint] = await new GrammarCompiler(vocabulary).compile(
    formatGrammar({ type: "json_schema", schema }),
    1,
  );
  return constraint!;
}

/** Draws any of the allowed tokens until the end token, which is preferred now and then. */
async function walk(
  constraint: TokenConstraint,
  die: Dice,
  most = 400,
): Promise<{ text: string; ended: boolean }> {
  const tokens: number[] = [];
  for (let count = 0; count < most; count += 1) {
    const ids = allowedIds(await constraint.allowed());
    const end = ids.find((id) => stopTokenIds.includes(id));
    const id = end !== undefined && (die.below(3) === 0 || ids.length === 2) ? end : die.pick(ids);
    if (stopTokenIds.includes(id)) return { text: tokenizer.decode(tokens), ended: true };
    tokens.push(id);
    constraint.accept(id);
  }
  return { text: tokenizer.decode(tokens), ended: false };
}

/** zod counts UTF-16 units where JSON Schema counts characters: both texts get one unit a character. */
const inBmp = (text: string) => text.replace(/[\u{10000}-\u{10ffff}]/gu, "x");

describe("GrammarCompiler", () => {
  it("lets only JSON through that the schema accepts: 200 random schemas, two random walks each", async () => {
    const compiler = new GrammarCompiler(vocabulary);
    let numEnded = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const die = dice(seed);
      const schema = randomSchema(die);
      const accepts = z.fromJSONSchema(
        JSON.parse(inBmp(JSON.stringify(schema))) as z.core.JSONSchema.JSONSchema,
      );
      for (const constraint of await compiler.compile(formatGrammar({ type: "json_schema", schema }), 2)) {
        const { text, ended } = await walk(constraint, die);
        constraint.dispose();
        if (!ended) continue;
        numEnded += 1;
        const verdict = accepts.safeParse(JSON.parse(inBmp(text)));
        if (!verdict.success)
          expect.fail(`${JSON.stringify(schema)} lets ${text} through: ${verdict.error.message}`);
      }
    }
    compiler.dispose();
    expect(numEnded).toBeGreaterThan(380);
  });

  const fits = async (schema: Schema, text: string): Promise<boolean> => {
    const constraint = await one(schema);
    for (const id of tokenizer.encode(text)) {
      if (!allowedIds(await constraint.allowed()).includes(id)) return false;
      constraint.accept(id);
    }
    return allowedIds(await constraint.allowed()).some((id) => stopTokenIds.includes(id));
  };

  it("lets whole numbers through exactly between their bounds", async () => {
    const die = dice(9);
    for (let count = 0; count < 40; count += 1) {
      const low = die.below(4000) - 2000;
      const high = low + die.below(die.pick([10, 100, 3000]));
      const near = [low - 1, low, low + 1, high - 1, high, high + 1, -low, 0, 9, 10, 99, 100, 999, 1000];
      for (const value of near) {
        const fitting = await fits({ type: "integer", minimum: low, maximum: high }, String(value));
        expect([low, high, value, fitting]).toEqual([low, high, value, low <= value && value <= high]);
      }
    }
  });

  it.each<[Schema, readonly string[], readonly string[]]>([
    [
      { type: "object", properties: { a: {}, b: {} }, required: ["b"] },
      ['{"b": 1}', '{"a": [], "b": {"c": null}}'],
      ["{}", '{"a": 1}', '{"b": 1, "a": 1}', '{"b":1}'],
    ],
    [{ type: "object" }, ["{}", '{"x": "y", "z": [true, 1.5e3]}'], ["[]", "1"]],
    [{ type: "object", properties: {} }, ["{}"], ['{"x": 1}']],
    [
      { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 2 },
      ["[1]", "[1, -2]"],
      ["[]", "[1, 2, 3]", "[1.5]", "[01]"],
    ],
    [
      { type: "array", prefixItems: [{ const: 1 }, { const: 2 }] },
      ["[]", "[1]", "[1, 2]", "[1, 2, {}]"],
      ["[2]", "[1, 3]"],
    ],
    [{ enum: [{ a: ["b"] }, [1, "c"], 'q"'] }, ['{"a": ["b"]}', '[1, "c"]', '"q\\""'], ['"q"', "[1]"]],
    [
      { type: "string", minLength: 2, maxLength: 3 },
      ['"ab"', '"日本x"', '"\\u00e9\\n"'],
      ['"a"', '"abcd"', '"\\ud83d\\ude00"'],
    ],
    [{ type: "string", pattern: "^(a|b)[0-9\\-]*x?$" }, ['"a"', '"b1-2x"'], ['"c"', '"ax1"']],
    [{ type: "number", minimum: 0 }, ["0", "0.5", "12e-3"], ["-1", "1."]],
    [
      {
        $defs: { tree: { type: "object", properties: { next: { $ref: "#/$defs/tree" } } } },
        $ref: "#/$defs/tree",
      },
      ["{}", '{"next": {"next": {}}}'],
      ['{"next": 1}'],
    ],
  ])("%j", async (schema, good, bad) => {
    for (const text of good) expect([text, await fits(schema, text)]).toEqual([text, true]);
    for (const text of bad) expect([text, await fits(schema, text)]).toEqual([text, false]);
  });

  it.each<[unknown, string]>([
    [{ type: "nope" }, 'type "nope" is unknown'],
    [{ type: "string", not: {} }, '"not" is not supported for type string'],
    [
      { type: "object", properties: { a: { type: "array", uniqueItems: true } } },
      '#/properties/a: "uniqueItems" is not supported',
    ],
    [{ oneOf: [{}] }, '"oneOf" is not supported without a type'],
    [{ $ref: "#/$defs/x" }, "leads nowhere"],
    [{ $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }, "leads back to itself"],
    [{ type: "integer", minimum: 5, maximum: 4 }, "no whole number lies between 5 and 4"],
    [{ type: "string", pattern: "a.b" }, "pattern: . may match a quote"],
    [{ type: "string", pattern: "[!-~]" }, "holds a quote or a backslash"],
    [{ type: "string", pattern: "[" }, "Invalid regular expression"],
    [{ type: "string", format: "uri", maxLength: 3 }, "format and a length together"],
    [{ type: "array", items: false, minItems: 1 }, "minItems is 1, and only 0 items are allowed"],
    [{ type: "object", properties: {}, required: ["a"] }, '"a" is required and not among the properties'],
    [{ enum: [] }, "#/enum: it must be a list that is not empty"],
    [{ type: "string", const: 1 }, "1 is not of type string"],
    [false, "no value satisfies"],
  ])("refuses %j in words", (schema, message) => {
    const compile = () => formatGrammar({ type: "json_schema", schema: schema as Schema });
    expect(compile).toThrow(message);
    expect(compile).toThrow(expect.objectContaining({ kind: "invalid-request" }) as Error);
  });

  it.each(["const", "enum", "type", "format", "$ref"])(
    "refuses %s with a value that nests too deep",
    (keyword) => {
      const deep = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
      const compile = (depth: number) => () =>
        formatGrammar({
          type: "json_schema",
          schema: { [keyword]: keyword === "enum" ? [deep(depth)] : deep(depth) },
        });
      for (const depth of [40, 100_000]) {
        expect(compile(depth)).toThrow(expect.objectContaining({ kind: "invalid-request" }) as Error);
      }
      if (keyword === "const" || keyword === "enum") {
        expect(compile(33)).not.toThrow();
        expect(compile(34)).toThrow("a value nests deeper than 32");
      }
    },
  );

  it("allows no token past the vocabulary, none that is special, and no bytes that are no text", async () => {
    const constraint = await one({ type: "string" });
    for (const id of tokenizer.encode('"')) constraint.accept(id);
    const ids = allowedIds(await constraint.allowed());
    expect(ids.length).toBeGreaterThan(900);
    expect(ids.every((id) => id < tokenizer.vocabularySize && !tokenizer.isSpecial(id))).toBe(true);
    expect(ids.some((id) => tokenizer.bytesOf(id).some((byte) => byte < 0x20 || byte > 0xf4))).toBe(false);
    const lead = ids.find((id) => tokenizer.bytesOf(id).at(-1) === 0xed)!;
    constraint.accept(lead);
    const seconds = allowedIds(await constraint.allowed()).map((id) => tokenizer.bytesOf(id)[0]!);
    expect(Math.min(...seconds)).toBe(0x80);
    expect(Math.max(...seconds)).toBe(0x9f);
  });

  it("says so where the vocabulary has no token for what must come", async () => {
    const noBraces = { ...vocabulary, isSpecial: (id: number) => tokenizer.decode([id]).includes("{") };
    const [constraint] = await new GrammarCompiler(noBraces).compile(
      formatGrammar({ type: "json_object" }),
      1,
    );
    await expect(constraint!.allowed()).rejects.toMatchObject({ kind: "unsupported" });
  });

  it("ends by itself where the model has no stop token", async () => {
    const compiler = new GrammarCompiler({ ...vocabulary, stopTokenIds: [] });
    const [constraint] = await compiler.compile(
      formatGrammar({ type: "json_schema", schema: { const: true } }),
      1,
    );
    const ends = tokenizer.encode("true").map((id) => constraint!.accept(id));
    expect(ends.at(-1)).toBe(true);
  });
});
