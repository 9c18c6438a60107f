/** Templates and patterns that do not end, in real threads. */
import { afterEach, describe, expect, it } from "vitest";

import type { Prompt } from "../../protocol/index.ts";
import { nodeSandbox } from "../testing/node-sandbox.ts";
import { byteLevelTokenizer, type TokenizerJson } from "../testing/tiny-tokenizers.ts";
import { openTokenizer, type OpenedTokenizer } from "./sandboxed-tokenizer.ts";
import { Tokenizer } from "./tokenizer.ts";

const never = new AbortController().signal;
const tiny = byteLevelTokenizer();
const input = ({ tokenizer, config }: TokenizerJson) => ({
  tokenizer,
  config,
  chatTemplate: null,
  convTemplate: null,
});
const withTemplate = (chat_template: string): TokenizerJson => ({
  ...tiny,
  config: { ...tiny.config, chat_template },
});
const withPattern = (Regex: string): TokenizerJson => ({
  ...tiny,
  tokenizer: {
    ...tiny.tokenizer,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
  },
});
/** Of the plain template, with a filter, so that it is not known to end. */
const ending = `${String(tiny.config["chat_template"])}{{ '' | trim }}`;
const looping = `${ending}{% if messages[0].content == 'loop' %}{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}{% endif %}`;
const chat = (content: string): Prompt => ({ type: "messages", messages: [{ role: "user", content }] });
const catastrophe = "a".repeat(60);

let opened: OpenedTokenizer | undefined;
afterEach(() => opened?.prompts.close());

async function open(json: TokenizerJson) {
  const { spawn, counts } = nodeSandbox();
  opened = await openTokenizer(input(json), spawn, never);
  return { ...opened, counts };
}

describe("a sandbox", () => {
  it.each([
    ["template", withTemplate(ending)],
    ["pattern", withPattern("\\p{L}+|[^\\p{L}]")],
    ["template and pattern", { ...withPattern("\\p{L}+|[^\\p{L}]"), config: withTemplate(ending).config }],
  ])("with a foreign %s gives the ids that this thread would", async (_, json) => {
    const { prompts, counts } = await open(json);
    const here = new Tokenizer(input(json));
    for (const prompt of [chat("the <|end|> ü"), { type: "text", text: "in the  end" } as const]) {
      expect(await prompts.encodePrompt(prompt)).toEqual(here.encodePrompt(prompt));
    }
    expect(await prompts.encode("the end")).toEqual(here.encode("the end"));
    expect(counts).toEqual({ made: 1, ended: 0 });
  });

  it("is not made for what is known to end", async () => {
    const { prompts, counts } = await open(tiny);
    expect(prompts.encodePrompt(chat("the"))).not.toBeInstanceOf(Promise);
    expect(counts.made).toBe(0);
  });

  it("ends a template that loops, names it, and renders the next chat", async () => {
    const { prompts, counts } = await open(withTemplate(looping));
    const calls = [prompts.encodePrompt(chat("loop")), prompts.encodePrompt(chat("the"))] as const;
    await expect(calls[0]).rejects.toMatchObject({
      kind: "bad-template",
      message: "The model's chat template did not end within 1 s.",
    });
    expect((await calls[1]).text).toContain("the");
    expect(counts).toEqual({ made: 2, ended: 1 });
  });

  it("ends a pattern that does not, names it, and encodes the next text", async () => {
    const { prompts, counts } = await open(withPattern("(a+)+b|[^a]"));
    await expect(prompts.encode(catastrophe)).rejects.toMatchObject({
      kind: "bad-tokenizer",
      message: expect.stringContaining("did not end within 1 s on this text: (a+)+b|[^a]") as string,
    });
    expect(await prompts.encode("xyz")).toHaveLength(3);
    expect(counts).toEqual({ made: 2, ended: 1 });
  });

  it("refuses a load whose template does not parse, or does not end parsing", async () => {
    await expect(open(withTemplate("{% for %}"))).rejects.toMatchObject({ kind: "bad-template" });
    const slow = `{{ '' | trim }}${"\t".repeat(250_000)}`;
    await expect(open(withTemplate(slow))).rejects.toMatchObject({ kind: "bad-template" });
  });

  it("refuses a text that was doubled until it fills the memory", async () => {
    const doubling = `{% set ns = namespace(x=messages[0].content) %}{% for i in range(24) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}`;
    const { prompts } = await open(withTemplate(doubling));
    await expect(prompts.encodePrompt(chat("a"))).rejects.toMatchObject({ kind: "bad-template" });
  });

  it("ends what waits when the model goes", async () => {
    const { prompts } = await open(withTemplate(looping));
    const calls = [prompts.encodePrompt(chat("loop")), prompts.encodePrompt(chat("the"))];
    setTimeout(() => prompts.close(), 20);
    for (const call of calls) await expect(call).rejects.toMatchObject({ kind: "aborted" });
    await expect(prompts.encodePrompt(chat("late"))).rejects.toMatchObject({ kind: "aborted" });
  });
});
