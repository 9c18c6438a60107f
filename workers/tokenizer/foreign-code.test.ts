import { describe, expect, it } from "vitest";

import { byteLevelTokenizer } from "../testing/tiny-tokenizers.ts";
import { readJson } from "../testing/disk.ts";
import { foreignPatterns, isPlainTemplate } from "./foreign-code.ts";
import { foreignCodeOf, Tokenizer } from "./tokenizer.ts";

const split = (Regex: string) => ({ type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false });
const qwen =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

describe("patterns", () => {
  it("are found wherever they stand, known ones left out", () => {
    const sequence = { type: "Sequence", pretokenizers: [split("(a+)+b"), split(qwen), { type: "Digits" }] };
    const normalizer = { type: "Replace", pattern: { Regex: " {2,}" }, content: " " };
    expect(new Set(foreignPatterns([normalizer, sequence, null]))).toEqual(new Set([" {2,}", "(a+)+b"]));
    expect(foreignPatterns([null, undefined, { type: "Replace", pattern: { String: "(a+)+b" } }])).toEqual(
      [],
    );
  });

  it("are found in files that are nested deeper than the stack", () => {
    let part: object = split("x");
    for (let depth = 0; depth < 100_000; depth += 1) part = { pretokenizers: [part] };
    expect(foreignPatterns([part])).toEqual(["x"]);
  });

  it.each(["gpt-2", "llama 3", "qwen 2"])(
    "known to end: %s",
    (name) => {
      const known = {
        "gpt-2": "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        "llama 3":
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "qwen 2": qwen,
      }[name]!;
      expect(foreignPatterns([split(known)])).toEqual([]);
      // As the library compiles it. Steps in proportion: with any square in it 200,000 would take minutes.
      const pattern = new RegExp(known.replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)", "'(?:[sS]|[tT])"), "gu");
      const runs = [" ", "\n", "a", "7", "!", "'", "é", " \n", "\r\n ", " a", "! ", "'s ", "  !a"];
      for (const run of runs) {
        for (const end of ["", "a", "\n", "!"]) {
          const text = run.repeat(200_000 / run.length) + end;
          expect(text.match(pattern)?.join("")).toBe(text);
        }
      }
    },
    30_000,
  );
});

describe("templates", () => {
  const embedded = (
    readJson("public/models/scope-2m-q4f16_1/tokenizer_config.json") as { chat_template: string }
  ).chat_template;
  const plain = [
    embedded,
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>'}}{% endfor %}",
    "{%- if messages[0]['role'] == \"system\" -%}a{%- else -%}{{ bos_token }}{%- endif -%}",
    "no statement",
    "",
  ];
  it.each(plain)("plain: %s", (source) => expect(isPlainTemplate(source)).toBe(true));

  const foreign = [
    "{% for a in messages %}{% for b in messages %}x{% endfor %}{% endfor %}",
    "{% for a in range(1000000000) %}{% endfor %}",
    "{% for a in 'abc' %}{% endfor %}",
    "{% set x = 'a' * 1000000000 %}",
    "{{ 'a' * 1000000000 }}",
    "{{ messages | join }}",
    "{{ raise_exception('no') }}",
    "{% macro f() %}{{ f() }}{% endmacro %}",
    "{{ 'a\\'' }}",
    "{# comment #}",
    "{% for a in messages %}{{ a",
    "{ ",
    `{% if ${"a".repeat(5000)} %}`,
  ];
  it.each(foreign)("foreign: %s", (source) => expect(isPlainTemplate(source)).toBe(false));
});

describe("a tokenizer's files", () => {
  it("of the embedded models hold nothing foreign: their requests wait for no thread", () => {
    for (const id of ["scope-2m-q4f16_1", "scope-2m-q0f16"]) {
      const tokenizer = readJson(`public/models/${id}/tokenizer.json`);
      const config = readJson(`public/models/${id}/tokenizer_config.json`);
      expect(foreignCodeOf({ tokenizer, config, chatTemplate: null, convTemplate: null })).toBeNull();
    }
  });

  it("keep a token that is named as an object's own parts are", () => {
    const { tokenizer, config } = byteLevelTokenizer();
    const model = tokenizer["model"] as { vocab: Record<string, number> };
    const odd = JSON.parse(
      JSON.stringify({
        ...tokenizer,
        model: { ...model, vocab: { ...model.vocab, REPLACED: 268, constructor: 269 } },
      }).replace("REPLACED", "__proto__"),
    ) as object;
    const opened = new Tokenizer({ tokenizer: odd, config, chatTemplate: null, convTemplate: null });
    expect(opened.vocabularySize).toBe(270);
    expect([opened.decode([268]), opened.decode([269])]).toEqual(["__proto__", "constructor"]);
  });
});
