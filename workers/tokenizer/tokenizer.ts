/** Text to token ids and back, for any model with a `tokenizer.json`. */
import { z } from "zod";

import { InferscopeError, type Message, type Prompt } from "../../protocol/index.ts";
import {
  type ChatTemplate,
  type ConvTemplate,
  convTemplate,
  jinjaTemplate,
  type RenderedChat,
  type SpecialTokens,
  withDefaultSystem,
} from "./chat-template.ts";
import { openEncoder, type Encoder } from "./encoder.ts";
import { foreignPatterns, isPlainTemplate } from "./foreign-code.ts";
import type { SandboxContent } from "./sandbox.ts";
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
    // Read by `vocabulary`: a record of this schema would lose the token `__proto__`.
    vocab: z.unknown(),
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

/** What of a tokenizer runs in another thread; it is not opened here. */
export interface Elsewhere {
  readonly template: boolean;
  readonly encoder: boolean;
}

/** What of the files is foreign code that is not known to end, or null. Throws `bad-tokenizer`. */
export function foreignCodeOf(input: TokenizerInput): SandboxContent | null {
  const file = validate(tokenizerSchema, input.tokenizer, "tokenizer.json");
  const config = validate(configSchema, input.config, "tokenizer_config.json");
  const { normalizer, pre_tokenizer, post_processor, decoder } = file;
  const patterns = foreignPatterns([normalizer, pre_tokenizer, post_processor, decoder]);
  const source = jinjaSource(input, config);
  const template =
    source === null || isPlainTemplate(source) ? null : { source, special: specialTokens(config) };
  if (template === null && patterns.length === 0) return null;
  return { template, tokenizer: patterns.length === 0 ? null : { tokenizer: file, config, patterns } };
}

export class Tokenizer {
  /** One more than the largest id but for added tokens. A model may have more ids (padding), not fewer. */
  readonly vocabularySize: number;
  readonly hasChatTemplate: boolean;
  /** Null where it is elsewhere. */
  readonly #encoder: Encoder | null;
  readonly #bytes: readonly (Uint8Array | undefined)[];
  readonly #specialIds: ReadonlySet<number>;
  readonly #bosId: number | null;
  readonly #addBos: boolean;
  /** Whether decoding drops the space that encoding put in front. */
  readonly #stripsLeadingSpace: boolean;
  /** Null where there is none, or it is elsewhere. */
  readonly #template: ChatTemplate | null;
  readonly #defaultSystem: string;

  /** Throws `bad-tokenizer` or `bad-template`. */
  constructor(input: TokenizerInput, elsewhere: Elsewhere = { template: false, encoder: false }) {
    const file = validate(tokenizerSchema, input.tokenizer, "tokenizer.json");
    const config = validate(configSchema, input.config, "tokenizer_config.json");
    this.#encoder = elsewhere.encoder ? null : openEncoder(file, config);
    const spelling = spellingOf(file.decoder, file.pre_tokenizer);
    const alphabet = byteLevelAlphabet();
    const ids = new Map(vocabulary(file.model.vocab));
    const bytes: (Uint8Array | undefined)[] = [];
    for (const [content, id] of ids) bytes[id] = tokenBytes(content, spelling, alphabet);
    this.vocabularySize = bytes.length;
    for (const { id, content } of file.added_tokens) {
      bytes[id] = utf8(content);
      ids.set(content, id);
    }
    this.#bytes = bytes;
    this.#specialIds = new Set(file.added_tokens.filter(({ special }) => special).map(({ id }) => id));
    this.#stripsLeadingSpace =
      spelling === "sentencepiece" &&
      componentTypes(file.decoder).some((type) => type === "Strip" || type === "Metaspace");
    const special = specialTokens(config);
    this.#bosId = special.bos_token === null ? null : (ids.get(special.bos_token) ?? null);
    this.#addBos = config.add_bos_token ?? false;
    const source = jinjaSource(input, config);
    this.hasChatTemplate = source !== null || input.convTemplate !== null;
    this.#template = elsewhere.template ? null : chatTemplate(source, input.convTemplate, special);
    this.#defaultSystem = input.convTemplate?.system_message ?? "";
  }

  /** The text's own tokens; special tokens are recognized in it, none is added. */
  encode(text: string): number[] {
    return this.encodeHere(text, false);
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
    switch (prompt.type) {
      case "tokens":
        return this.encoded(prompt.tokenIds);
      case "text":
        return this.encoded(this.textIds(this.encodeHere(prompt.text, true)));
      case "messages": {
        const chat = this.render(this.chatMessages(prompt.messages));
        return this.encoded(this.chatIds(chat, this.encodeHere(chat.text, false)));
      }
    }
  }

  /** Ids by the tokenizer's own patterns, which are not elsewhere. Throws `bad-tokenizer`. */
  encodeHere(text: string, addSpecialTokens: boolean): number[] {
    if (this.#encoder === null)
      throw new InferscopeError("internal", "The tokenizer runs in another thread.");
    return this.#encoder.encode(text, addSpecialTokens);
  }

  /** A chat with the model's system message where it has none. Throws `bad-template`, `invalid-request`. */
  chatMessages(messages: readonly Message[]): readonly Message[] {
    if (!this.hasChatTemplate) {
      throw new InferscopeError("bad-template", "The model has no chat template", {
        hint: "It is a base model: use raw completion.",
      });
    }
    if (messages.length === 0) throw new InferscopeError("invalid-request", "The chat is empty");
    return withDefaultSystem(messages, this.#defaultSystem);
  }

  /** By the template, which is not elsewhere. Throws `bad-template`. */
  render(messages: readonly Message[]): RenderedChat {
    if (this.#template === null)
      throw new InferscopeError("internal", "The template runs in another thread.");
    return this.#template.render(messages);
  }

  /** ids: those of a raw text, with what the tokenizer adds. */
  textIds(ids: readonly number[]): readonly number[] {
    if (this.#bosId === null) return ids;
    // The text may begin with the token already.
    if (ids[0] === this.#bosId && ids[1] === this.#bosId) return ids.slice(1);
    return this.#addBos && ids[0] !== this.#bosId ? [this.#bosId, ...ids] : ids;
  }

  /** ids: those of the rendered text. */
  chatIds({ prefixTokenIds }: RenderedChat, ids: readonly number[]): readonly number[] {
    const isDouble = prefixTokenIds.length > 0 && ids[0] === prefixTokenIds.at(-1);
    return [...prefixTokenIds, ...(isDouble ? ids.slice(1) : ids)];
  }

  encoded(tokenIds: readonly number[]): EncodedPrompt {
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

/** The Jinja template, wherever it stands; null: the model has none. */
function jinjaSource(input: TokenizerInput, config: TokenizerConfig): string | null {
  const listed = config.chat_template ?? null;
  const source = Array.isArray(listed)
    ? (listed.find(({ name }) => name === "default") ?? listed[0])?.template
    : listed;
  return input.chatTemplate ?? source ?? null;
}

function chatTemplate(
  source: string | null,
  conv: ConvTemplate | null,
  special: SpecialTokens,
): ChatTemplate | null {
  if (source !== null) return jinjaTemplate(source, special);
  return conv === null ? null : convTemplate(conv);
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
function vocabulary(vocab: unknown): [string, number][] {
  if (Array.isArray(vocab) && vocab.length <= maxTokenId) {
    return vocab.map((entry: unknown, id) => {
      const content: unknown = Array.isArray(entry) ? entry[0] : entry;
      if (typeof content !== "string") throw badVocabulary(`token ${id} is no text`);
      return [content, id];
    });
  }
  if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab))
    throw badVocabulary("it is no list");
  return Object.entries(vocab as Readonly<Record<string, unknown>>).map(([content, id]) => {
    if (isTokenId(id)) return [content, id];
    throw badVocabulary(`"${content}" has no id of a token`);
  });
}

const isTokenId = (id: unknown): id is number =>
  typeof id === "number" && Number.isInteger(id) && id >= 0 && id <= maxTokenId;

const badVocabulary = (problem: string) =>
  new InferscopeError("bad-tokenizer", `tokenizer.json: model.vocab: ${problem}`);

function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, name: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new InferscopeError(
    "bad-tokenizer",
    `${name}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`,
  );
}
