/**
 * `mlc-chat-config.json`: what a model folder says of itself, validated. The sizes go into the
 * protocol's `ModelConfig`; everything else a loader or a tokenizer needs stands beside it.
 * Format: mlc-llm `interface/gen_config.py`, `protocol/conversation_protocol.py`.
 */
import { z } from "zod";

import type { ModelConfig, Quantization } from "../../protocol/index.ts";
import {
  architectureOf,
  list,
  modelConfig,
  modelSchema,
  parseConfigJson,
  size,
  tokenIds,
  unsupported,
  validateConfig,
} from "./model-sizes.ts";

export const supportedQuantizations = ["q0f16", "q0f32", "q4f16_1", "q4f32_1"] as const;

/** How MLC writes a chat as text; see `workers/tokenizer/conv-template.ts`. */
const convTemplateSchema = z.looseObject({
  system_template: z.string().default("{system_message}"),
  system_message: z.string().default(""),
  system_prefix_token_ids: z.array(z.int().nonnegative()).nullish(),
  add_role_after_system_message: z.boolean().default(true),
  roles: z.record(z.string(), z.string()),
  role_templates: z.record(z.string(), z.string()).default({}),
  seps: z.array(z.string()).min(1),
  role_content_sep: z.string().default(""),
  role_empty_sep: z.string().default(""),
  stop_str: z.union([z.array(z.string()), z.string()]).nullish(),
  stop_token_ids: z.array(z.int().nonnegative()).nullish(),
});

export type MlcConvTemplate = z.infer<typeof convTemplateSchema>;

const chatConfigSchema = z.looseObject({
  model_type: z.string(),
  quantization: z.string(),
  model_config: z.unknown(),
  vocab_size: size.optional(),
  context_window_size: z.int().nullish(),
  sliding_window_size: z.int().nullish(),
  prefill_chunk_size: z.int().nullish(),
  temperature: z.number().min(0).max(100).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  tokenizer_files: z.array(z.string()).nullish(),
  conv_template: z.union([convTemplateSchema, z.string()]).nullish(),
  bos_token_id: tokenIds.nullish(),
  eos_token_id: tokenIds.nullish(),
});

/** Everything the config files of a folder tell. */
export interface ModelDescription {
  readonly config: ModelConfig;
  /** MLC's name, or how a safetensors folder stores its embedding. */
  readonly quantization: Quantization | "f32" | "f16" | "bf16";
  /** `null` where the file has none, or only a template's name. */
  readonly convTemplate: MlcConvTemplate | null;
  /** The template's stop tokens and the model's end-of-sequence tokens. */
  readonly stopTokenIds: readonly number[];
  readonly stopStrings: readonly string[];
  readonly tokenizerFiles: readonly string[];
  /** What the model's authors suggest; `null` where they say nothing. */
  readonly sampling: { readonly temperature: number | null; readonly topP: number | null };
}

/**
 * Parses and validates the text of `mlc-chat-config.json`.
 * Throws `bad-config`, `unsupported-architecture` or `unsupported-quantization`.
 */
export function parseModelDescription(
  text: string,
): ModelDescription & { readonly quantization: Quantization } {
  const file = "mlc-chat-config.json";
  const json = parseConfigJson(text, file, "Check that the URL is a model folder in MLC format.");
  const chat = validateConfig(chatConfigSchema, json, file);
  // Architecture first: of an unknown one nothing else in the file need make sense.
  const architecture = architectureOf(chat.model_type);
  const quantization = supportedQuantizations.find((name) => name === chat.quantization);
  if (quantization === undefined) {
    throw unsupported(
      "unsupported-quantization",
      `quantization is "${chat.quantization}"`,
      supportedQuantizations,
    );
  }
  const config = modelConfig(validateConfig(modelSchema, chat.model_config, file, ["model_config"]), {
    file,
    architecture,
    vocabSize: chat.vocab_size,
    contextWindow: chat.context_window_size,
    slidingWindow: chat.sliding_window_size,
  });
  const convTemplate = typeof chat.conv_template === "string" ? null : (chat.conv_template ?? null);
  const stopTokenIds = [...new Set([...(convTemplate?.stop_token_ids ?? []), ...list(chat.eos_token_id)])];
  return {
    config,
    quantization,
    convTemplate,
    // A preset template may name tokens of another vocabulary; none of them is ever drawn.
    stopTokenIds: stopTokenIds.filter((id) => id < config.vocabSize),
    stopStrings: list(convTemplate?.stop_str).filter((stop) => stop !== ""),
    tokenizerFiles: chat.tokenizer_files ?? ["tokenizer.json", "tokenizer_config.json"],
    sampling: { temperature: chat.temperature ?? null, topP: chat.top_p ?? null },
  };
}
