/** Text to token ids and back, for any model with a `tokenizer.json`. */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { z } from "zod";

import { InferscopeError, type Prompt } from "../../protocol/index.ts";
import {
  type ChatTemplate,
  type ConvTemplate,
  convTemplate,
  jinjaTemplate,
  type SpecialTokens,
  withDefaultSystem,
} from "./chat-template.ts";
import { TextStream } from "./text-stream.ts";
import { byteLevelAlphabet, componentTypes, spellingOf, tokenBytes, utf8 } from "./token-bytes.ts";

z.config({ jitless: true }); // the page's content policy forbids compiled schemas

export interface TokenizerInput {
  /** `tokenizer.json` */
  readonly tokenizer: unknown;
  /** `tokenizer_config.json`, or an empty object */
  readonly config: unknown;
  /** `chat_template.jinja`, where it is a file of its own */
  readonly chatTemplate: string | null;
  /** `conv_template` of mlc-chat-config.json: used where there is no Jinja template */
  readonly convTemplate: ConvTemplate | null;
}

export interface EncodedPrompt {
  readonly text: string;
  readonly tokenIds: readonly number[];
  /** The text that became final with each token; joined they are `text` as decoded. */
  readonly pieces: readonly string[];
}

const maxTokenId = 2 ** 22;
const tokenId = z.int().min(0).max(maxTokenId);
const tokenizerSchema = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id: tokenId, content: z.string().min(1), special: z.boolean().default(false) }))
    .default([]),
  model: z.looseObject({
    type: z.string().optional(),
    vocab: z.union([z.record(z.string(), tokenId), z.array(z.unknown()).max(maxTokenId)]),
  }),
  decoder: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  normalizer: z.unknown().optional(),
  post_processor: z.unknown().optional(),
});
const token = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const configSchema = z.looseObject({
  bos_token: token,
  eos_token: token,
  pad_token: token,
  unk_token: token,
  add_bos_token: z.boolean().nullish(),
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
});

type TokenizerConfig = z.infer<typeof configSchema>;

export class Tokenizer {
  /** One more than the largest id but for added tokens. A model may have more ids (padding), not fewer. */
  readonly vocabularySize: number;
  readonly hasChatTemplate: boolean;
  readonly #inner: HuggingFaceTokenizer;
  readonly #bytes: readonly (Uint8Array | undefined)[];
  readonly #specialIds: ReadonlySet<number>;
  readonly #bosId: number | null;
  readonly #addBos: boolean;
  /** Whether decoding drops the space that encoding put in front. */
  readonly #stripsLeadingSpace: boolean;
  readonly #template: ChatTemplate | null;

  /** Throws `bad-tokenizer` or `bad-template`. */
  constructor(input: TokenizerInput) {
    const file = validate(tokenizerSchema, input.tokenizer, "tokenizer.json");
    const config = validate(configSchema, input.config, "tokenizer_config.json");
    this.#inner = openTokenizer(file, config);
    const spelling = spellingOf(file.decoder, file.pre_tokenizer);
    const alphabet = byteLevelAlphabet();
    const bytes: (Uint8Array | undefined)[] = [];
    for (const [content, id] of vocabulary(file.model.vocab))
      bytes[id] = tokenBytes(content, spelling, alphabet);
    this.vocabularySize = bytes.length;
    for (const { id, content } of file.added_tokens) bytes[id] = utf8(content);
    this.#bytes = bytes;
    this.#specialIds = new Set(file.added_tokens.filter(({ special }) => special).map(({ id }) => id));
    this.#stripsLeadingSpace =
      spelling === "sentencepiece" &&
      componentTypes(file.decoder).some((type) => type === "Strip" || type === "Metaspace");
    const special = specialTokens(config);
    this.#bosId = special.bos_token === null ? null : (this.#inner.token_to_id(special.bos_token) ?? null);
    this.#addBos = config.add_bos_token ?? false;
    this.#template = chatTemplate(input, config, special);
    this.hasChatTemplate = this.#template !== null;
  }

  /** The text's own tokens; special tokens are recognized in it, none is added. */
  encode(text: string): number[] {
    return this.#encode(text, false);
  }

  /** Exactly the bytes of the tokens as text, special tokens included. */
  decode(tokenIds: readonly number[]): string {
    return this.#pieces(tokenIds).join("");
  }

  /**
   * What the model reads for a prompt. A chat goes through the template, a text gets the
   * beginning-of-sequence token where the model has one, token ids stay as they are.
   * Throws `bad-template`, `invalid-request`.
   */
  encodePrompt(prompt: Prompt): EncodedPrompt {
    const tokenIds = this.#promptTokenIds(prompt);
    const pieces = this.#pieces(tokenIds);
    return { text: pieces.join(""), tokenIds, pieces };
  }

  /** The raw bytes of a token; empty for ids that no token has. */
  bytesOf(id: number): Uint8Array {
    return this.#bytes[id] ?? new Uint8Array(0);
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  /**
   * A stream for generated tokens; special tokens have no text in it. `continuesText`: the output
   * goes on in the middle of a raw prompt, so a space at its beginning belongs to it.
   */
  createTextStream(options: { stop?: readonly string[]; continuesText?: boolean } = {}): TextStream {
    return new TextStream({
      bytesOf: (id) => (this.isSpecial(id) ? new Uint8Array(0) : this.bytesOf(id)),
      stop: options.stop ?? [],
      stripLeadingSpace: this.#stripsLeadingSpace && options.continuesText !== true,
    });
  }

  #promptTokenIds(prompt: Prompt): readonly number[] {
    switch (prompt.type) {
      case "tokens":
        return prompt.tokenIds;
      case "text": {
        const ids = this.#encode(prompt.text, true);
        if (this.#bosId === null) return ids;
        // The text may begin with the token already.
        if (ids[0] === this.#bosId && ids[1] === this.#bosId) return ids.slice(1);
        return this.#addBos && ids[0] !== this.#bosId ? [this.#bosId, ...ids] : ids;
      }
      case "messages": {
        if (this.#template === null) {
          throw new InferscopeError("bad-template", "The model has no chat template", {
            hint: "It is a base model: use raw completion.",
          });
        }
        if (prompt.messages.length === 0) throw new InferscopeError("invalid-request", "The chat is empty");
        const { text, prefixTokenIds } = this.#template.render(prompt.messages);
        const ids = this.#encode(text, false);
        const isDouble = prefixTokenIds.length > 0 && ids[0] === prefixTokenIds.at(-1);
        return [...prefixTokenIds, ...(isDouble ? ids.slice(1) : ids)];
      }
    }
  }

  #encode(text: string, addSpecialTokens: boolean): number[] {
    try {
      // The library's types promise numbers; a vocabulary without an unknown token yields undefined.
      const ids: readonly (number | undefined)[] = this.#inner.encode(text, {
        add_special_tokens: addSpecialTokens,
      }).ids;
      const known = ids.filter((id) => id !== undefined);
      if (known.length !== ids.length) throw new Error("a part of the text has no token");
      return known;
    } catch (cause) {
      throw new InferscopeError(
        "bad-tokenizer",
        `The tokenizer cannot encode this text: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }

  #pieces(tokenIds: readonly number[]): string[] {
    const stream = new TextStream({
      bytesOf: (id) => this.bytesOf(id),
      stop: [],
      stripLeadingSpace: this.#stripsLeadingSpace,
    });
    const pieces = tokenIds.map((id) => stream.push(id).text);
    const rest = stream.flush();
    return rest === "" ? pieces : [...pieces.slice(0, -1), (pieces.at(-1) ?? "") + rest];
  }
}

function openTokenizer(file: z.infer<typeof tokenizerSchema>, config: TokenizerConfig): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(
      { decoder: null, pre_tokenizer: null, normalizer: null, post_processor: null, ...file },
      config,
    );
  } catch (cause) {
    throw new InferscopeError("bad-tokenizer", `tokenizer.json cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function chatTemplate(
  input: TokenizerInput,
  config: TokenizerConfig,
  special: SpecialTokens,
): ChatTemplate | null {
  const listed = config.chat_template ?? null;
  const source =
    input.chatTemplate ??
    (Array.isArray(listed)
      ? (listed.find(({ name }) => name === "default") ?? listed[0])?.template
      : listed) ??
    null;
  const conv = input.convTemplate;
  const template =
    source !== null ? jinjaTemplate(source, special) : conv === null ? null : convTemplate(conv);
  return template === null ? null : withDefaultSystem(template, conv?.system_message ?? "");
}

function specialTokens(config: TokenizerConfig): SpecialTokens {
  const { bos_token, eos_token, pad_token, unk_token } = config;
  return {
    bos_token: bos_token ?? null,
    eos_token: eos_token ?? null,
    pad_token: pad_token ?? null,
    unk_token: unk_token ?? null,
  };
}

/** BPE keeps {token: id}, Unigram a list of [token, score]. */
function vocabulary(vocab: Record<string, number> | unknown[]): [string, number][] {
  if (!Array.isArray(vocab)) return Object.entries(vocab);
  return vocab.map((entry: unknown, id) => {
    const content: unknown = Array.isArray(entry) ? entry[0] : entry;
    if (typeof content !== "string")
      throw new InferscopeError("bad-tokenizer", `tokenizer.json: token ${id} is no text`);
    return [content, id];
  });
}

function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, name: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new InferscopeError(
    "bad-tokenizer",
    `${name}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`,
  );
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
