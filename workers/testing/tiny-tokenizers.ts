/** Two small tokenizers in the spellings that models use, built rather than stored. */
import { byteLevelAlphabet } from "../tokenizer/token-bytes.ts";

export interface TokenizerJson {
  readonly tokenizer: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

const chatTemplate =
  "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}" +
  "{% if add_generation_prompt %}<|assistant|>{% endif %}";

/** Byte-level BPE: <|end|>, the role tokens, all 256 bytes and a few merges: 268 tokens. */
export function byteLevelTokenizer(): TokenizerJson {
  const added = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"];
  const bytes = [...byteLevelAlphabet().keys()];
  const merges = ["t h", "th e", "i n", "Ġ a", "Ġ the", "e r", "o n", "Ã ©"];
  const tokens = [...added, ...bytes, ...merges.map((merge) => merge.replace(" ", ""))];
  return {
    tokenizer: {
      version: "1.0",
      added_tokens: added.map((content, id) => special(id, content)),
      normalizer: null,
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      model: { type: "BPE", vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
    },
    config: { bos_token: null, eos_token: "<|end|>", chat_template: chatTemplate },
  };
}

/** The way of Llama 2 and TinyLlama: `▁` for spaces, byte fallback, `<s>` in front. */
export function sentencePieceTokenizer(): TokenizerJson {
  const added = ["<unk>", "<s>", "</s>"];
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
  );
  const chars = Array.from(
    "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"()[]<>/|-_",
  );
  const merges = ["▁ t", "h e", "▁t he", "l o", "▁ h", "▁h e", "l lo"];
  const merged = merges.map((merge) => merge.replace(" ", ""));
  const tokens = [...added, ...bytes, ...chars, ...merged];
  return {
    tokenizer: {
      version: "1.0",
      added_tokens: added.map((content, id) => special(id, content)),
      normalizer: {
        type: "Sequence",
        normalizers: [
          { type: "Prepend", prepend: "▁" },
          { type: "Replace", pattern: { String: " " }, content: "▁" },
        ],
      },
      pre_tokenizer: null,
      post_processor: {
        type: "TemplateProcessing",
        single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
        pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
        special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
      },
      decoder: {
        type: "Sequence",
        decoders: [
          { type: "Replace", pattern: { String: "▁" }, content: " " },
          { type: "ByteFallback" },
          { type: "Fuse" },
          { type: "Strip", content: " ", start: 1, stop: 0 },
        ],
      },
      model: {
        type: "BPE",
        byte_fallback: true,
        fuse_unk: true,
        unk_token: "<unk>",
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges,
      },
    },
    config: {
      bos_token: "<s>",
      eos_token: "</s>",
      unk_token: "<unk>",
      chat_template:
        "{{ bos_token }}{% for message in messages %}[{{ message.role }}] {{ message.content }}{% endfor %}[/assistant]",
    },
  };
}
