import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import { parseModelDescription } from "../models/config.ts";
import { readBytes, readJson } from "../testing/disk.ts";
import { propertyRuns, soakTimeoutMs, startSoak } from "../testing/soak.ts";
import {
  byteLevelTokenizer,
  sentencePieceTokenizer,
  type TokenizerJson,
} from "../testing/tiny-tokenizers.ts";
import type { ConvTemplate } from "./chat-template.ts";
import { Tokenizer } from "./tokenizer.ts";

const folder = "public/models/scope-2m-q4f16_1";
const embedded = {
  tokenizer: readJson(`${folder}/tokenizer.json`),
  config: readJson(`${folder}/tokenizer_config.json`),
  chatTemplate: null,
  convTemplate: parseModelDescription(new TextDecoder().decode(readBytes(`${folder}/mlc-chat-config.json`)))
    .convTemplate,
};
const open = (json: TokenizerJson, conv: ConvTemplate | null = null) =>
  new Tokenizer({ ...json, chatTemplate: null, convTemplate: conv });

const keepBom = new TextDecoder("utf-8", { ignoreBOM: true });

/** Everyday characters, other scripts, controls, and characters beyond the first plane. */
const anyText = fc.string({
  unit: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...Array.from("abcdeXYZ0159 \n\t.,:'é<|>")) },
    { weight: 1, arbitrary: fc.constantFrom("<|end|>", "<|user|>", " don't", "  ", "\r\n", "ß", "\ufeff") },
    { weight: 2, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 2 }) },
  ),
  maxLength: 24,
});

describe("the embedded model's tokenizer", () => {
  const tokenizer = new Tokenizer(embedded);

  it("encodes 5,000 texts as the training tokenizer did", () => {
    const goldens = readJson("training/tokenizer-goldens.json") as [string, number[]][];
    expect(goldens).toHaveLength(5000);
    const different = goldens.filter(([text, ids]) => tokenizer.encode(text).join() !== ids.join());
    expect(different).toEqual([]);
  }, 300_000);

  it(
    "gives 20,000 texts back unchanged",
    () => {
      const soak = startSoak();
      let numTexts = 0;
      fc.assert(
        fc.property(anyText, (text) => {
          numTexts += 1;
          const wellFormed = keepBom.decode(new TextEncoder().encode(text)); // lone surrogates have no UTF-8
          expect(tokenizer.decode(tokenizer.encode(wellFormed))).toBe(wellFormed);
        }),
        propertyRuns(20_000, 1_000_000),
      );
      soak.report(numTexts, "texts through the tokenizer and back");
    },
    soakTimeoutMs,
  );

  it("writes a chat the same through Jinja and through conv_template", () => {
    const conv = new Tokenizer({
      ...embedded,
      config: { ...(embedded.config as object), chat_template: null },
    });
    const chats = [
      [{ role: "user", content: "Hello" }],
      [
        { role: "system", content: "You are a helpful assistant for an online shop." },
        { role: "user", content: "Price in $& or $1?" },
        { role: "assistant", content: "Neither." },
        { role: "user", content: "{user_message}" },
      ],
    ] as const;
    for (const messages of chats) {
      const jinja = tokenizer.encodePrompt({ type: "messages", messages });
      expect(conv.encodePrompt({ type: "messages", messages })).toEqual(jinja);
      expect(jinja.text.startsWith("<|system|>You are a helpful assistant")).toBe(true);
      expect(jinja.text.endsWith(`${messages.at(-1)!.content}<|end|><|assistant|>`)).toBe(true);
      expect(jinja.pieces.join("")).toBe(jinja.text);
      expect(jinja.pieces).toHaveLength(jinja.tokenIds.length);
    }
  });

  it("shows no special token in generated text", () => {
    const stream = tokenizer.createTextStream();
    const text = [...tokenizer.encode("Hi<|end|>"), 3].map((id) => stream.push(id).text).join("");
    expect(text + stream.flush()).toBe("Hi");
  });

  it("knows the bytes of every token", () => {
    expect(tokenizer.vocabularySize).toBe(1280);
    const empty = Array.from({ length: 1280 }, (_, id) => id).filter(
      (id) => tokenizer.bytesOf(id).length === 0,
    );
    expect(empty).toEqual([]);
    expect(tokenizer.bytesOf(99_999)).toHaveLength(0);
  });
});

describe("a byte-level tokenizer", () => {
  const tokenizer = open(byteLevelTokenizer());

  it("merges within bytes of one character", () => {
    expect(tokenizer.encode("é")).toEqual([267]);
    expect(tokenizer.encodePrompt({ type: "text", text: "a😀" }).pieces).toEqual(["a", "", "", "", "😀"]);
  });

  it("recognizes special tokens in a text", () => {
    expect(tokenizer.encode("<|user|>the<|end|>")).toEqual([2, 261, 0]);
  });
});

describe("a SentencePiece tokenizer", () => {
  const tokenizer = open(sentencePieceTokenizer());

  it("falls back to bytes and gives them back", () => {
    const ids = tokenizer.encode("the héllo");
    expect(ids.map((id) => tokenizer.bytesOf(id).length)).toEqual([4, 2, 1, 1, 3]); // ▁the ▁h <0xC3> <0xA9> llo
    expect(tokenizer.decode(ids)).toBe("the héllo");
  });

  it("gives texts back unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from("ab 1é\n😀")), maxLength: 20 }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it("puts exactly one beginning-of-sequence token in front of a prompt", () => {
    const count = (ids: readonly number[]) => ids.filter((id) => id === 1).length;
    expect(tokenizer.encode("the")).toEqual(
      tokenizer.encodePrompt({ type: "text", text: "the" }).tokenIds.slice(1),
    );
    for (const text of ["the", "<s>the"]) {
      const { tokenIds } = tokenizer.encodePrompt({ type: "text", text });
      expect(tokenIds[0]).toBe(1);
      expect(count(tokenIds)).toBe(1);
    }
    const chat = tokenizer.encodePrompt({ type: "messages", messages: [{ role: "user", content: "hello" }] });
    expect([chat.tokenIds[0], count(chat.tokenIds)]).toEqual([1, 1]);
  });

  it("takes it from conv_template where that is the template, once", () => {
    const { tokenizer: file, config } = sentencePieceTokenizer();
    const conv: ConvTemplate = {
      system_template: "{system_message}",
      system_message: "",
      system_prefix_token_ids: [1],
      add_role_after_system_message: true,
      roles: { user: "[user]", assistant: "[assistant]" },
      role_templates: { user: "{user_message}", assistant: "{assistant_message}" },
      seps: [" ", "</s>"],
      role_content_sep: " ",
      role_empty_sep: "",
    };
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: "c" },
    ] as const;
    const plain = open({ tokenizer: file, config: { ...config, chat_template: undefined } }, conv);
    const { tokenIds, text } = plain.encodePrompt({ type: "messages", messages });
    expect(text.replace("<s>", "")).toContain("[user] a [assistant] b</s>");
    expect(tokenIds.filter((id) => id === 1)).toEqual([1]);
    const withText = open(
      { tokenizer: file, config: { ...config, chat_template: undefined } },
      { ...conv, system_template: "<s>{system_message}" },
    );
    expect(withText.encodePrompt({ type: "messages", messages }).tokenIds.filter((id) => id === 1)).toEqual([
      1,
    ]);
  });

  it("keeps the leading space only where output continues a text", () => {
    const [id] = tokenizer.encode("the");
    expect(tokenizer.createTextStream().push(id!).text).toBe("the");
    expect(tokenizer.createTextStream({ continuesText: true }).push(id!).text).toBe(" the");
  });
});

describe("errors", () => {
  const kindOf = (action: () => unknown) => {
    try {
      action();
      return "none";
    } catch (error) {
      return error instanceof InferscopeError ? error.kind : `untyped: ${String(error)}`;
    }
  };
  const tiny = byteLevelTokenizer();
  const withTemplate = (chat_template: unknown) =>
    open({ ...tiny, config: { ...tiny.config, chat_template } });
  const messages = [{ role: "user", content: "a" }] as const;

  it.each([
    ["no model", () => open({ ...tiny, tokenizer: {} })],
    [
      "an id that is no id",
      () =>
        open({
          ...tiny,
          tokenizer: { ...tiny.tokenizer, model: { type: "BPE", vocab: { a: 1e9 }, merges: [] } },
        }),
    ],
    [
      "an unknown component",
      () => open({ ...tiny, tokenizer: { ...tiny.tokenizer, decoder: { type: "Odd" } } }),
    ],
    ["no object", () => new Tokenizer({ tokenizer: 5, config: {}, chatTemplate: null, convTemplate: null })],
  ])("bad-tokenizer: %s", (_, action) => {
    expect(kindOf(action)).toBe("bad-tokenizer");
  });

  it.each([
    ["does not parse", () => withTemplate("{% for %}")],
    [
      "raises",
      () => withTemplate("{{ raise_exception('no') }}").encodePrompt({ type: "messages", messages }),
    ],
    ["is not there", () => withTemplate(null).encodePrompt({ type: "messages", messages })],
  ])("bad-template: %s", (_, action) => {
    expect(kindOf(action)).toBe("bad-template");
  });
});
