/**
 * `mlc-chat-config.json`: what a model folder says of itself, validated. The sizes go into the
 * protocol's `ModelConfig`; everything else a loader or a tokenizer needs stands beside it.
 * Format: mlc-llm `interface/gen_config.py`, `protocol/conversation_protocol.py`.
 */
import { z } from "zod";

import { InferscopeError, type ModelConfig, type Quantization } from "../../protocol/index.ts";

// Zod compiles schemas with `new Function` where it may; the page's content policy forbids that.
z.config({ jitless: true });

export const supportedArchitectures = ["llama", "qwen2", "qwen3"] as const;
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

const size = z.int().min(1).max(1_048_576);
const tokenIds = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]);

const ropeScalingSchema = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  factor: z.number().positive().optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: size.optional(),
});

const modelSchema = z.looseObject({
  hidden_size: size,
  intermediate_size: size,
  num_attention_heads: size,
  num_key_value_heads: z.int().min(0).max(1_048_576).nullish(),
  num_hidden_layers: z.int().min(1).max(1024),
  head_dim: z.int().min(0).max(1_048_576).nullish(),
  rms_norm_eps: z.number().positive().max(1),
  rope_theta: z.number().nullish(),
  position_embedding_base: z.number().nullish(),
  rope_scaling: ropeScalingSchema.nullish(),
  tie_word_embeddings: z.boolean().nullish(),
  vocab_size: size.optional(),
  context_window_size: z.int().nullish(),
  max_position_embeddings: z.int().nullish(),
  sliding_window_size: z.int().nullish(),
  hidden_act: z.string().nullish(),
});

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

/** Everything `mlc-chat-config.json` tells. */
export interface ModelDescription {
  readonly config: ModelConfig;
  readonly quantization: Quantization;
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
export function parseModelDescription(text: string): ModelDescription {
  const chat = parse(chatConfigSchema, parseJson(text), []);
  // Architecture first: of an unknown one nothing else in the file need make sense.
  const architecture = supportedArchitectures.find((name) => name === chat.model_type);
  if (architecture === undefined) {
    throw unsupported(
      "unsupported-architecture",
      `model_type is "${chat.model_type}"`,
      supportedArchitectures,
    );
  }
  const quantization = supportedQuantizations.find((name) => name === chat.quantization);
  if (quantization === undefined) {
    throw unsupported(
      "unsupported-quantization",
      `quantization is "${chat.quantization}"`,
      supportedQuantizations,
    );
  }
  const model = parse(modelSchema, chat.model_config, ["model_config"]);
  const convTemplate = typeof chat.conv_template === "string" ? null : (chat.conv_template ?? null);
  const config = modelConfig(architecture, chat, model);
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

type ChatConfig = z.infer<typeof chatConfigSchema>;
type MlcModelConfig = z.infer<typeof modelSchema>;

function modelConfig(
  architecture: ModelConfig["architecture"],
  chat: ChatConfig,
  model: MlcModelConfig,
): ModelConfig {
  const numHeads = model.num_attention_heads;
  // MLC writes 0 for "as many as query heads" and for "hidden_size / num_attention_heads".
  const numKvHeads = positive(model.num_key_value_heads) ?? numHeads;
  const headDim = positive(model.head_dim) ?? model.hidden_size / numHeads;
  if (!Number.isInteger(headDim)) {
    throw bad(
      `head_dim is not given, and hidden_size ${model.hidden_size} is no multiple of num_attention_heads ${numHeads}`,
    );
  }
  if (headDim % 2 !== 0 || headDim > 256)
    throw bad(`head_dim is ${headDim}; even sizes up to 256 are supported`);
  if (numHeads % numKvHeads !== 0) {
    throw bad(`num_attention_heads ${numHeads} is no multiple of num_key_value_heads ${numKvHeads}`);
  }
  const vocabSize = model.vocab_size ?? chat.vocab_size;
  if (vocabSize === undefined) throw bad("vocab_size is missing");
  if (chat.vocab_size !== undefined && chat.vocab_size !== vocabSize) {
    throw bad(`vocab_size is ${chat.vocab_size}, but model_config.vocab_size is ${vocabSize}`);
  }
  const contextWindow =
    positive(chat.context_window_size) ??
    positive(model.context_window_size) ??
    positive(model.max_position_embeddings);
  if (contextWindow === null) throw bad("context_window_size is missing");
  if (contextWindow > 2 ** 22)
    throw bad(`context_window_size is ${contextWindow}, at most ${2 ** 22} is supported`);
  const slidingWindow = positive(chat.sliding_window_size) ?? positive(model.sliding_window_size);
  if (slidingWindow !== null && slidingWindow < contextWindow) {
    throw unsupported("unsupported-architecture", `sliding_window_size is ${slidingWindow}`, [
      "full attention",
    ]);
  }
  if (model.hidden_act !== undefined && model.hidden_act !== null && model.hidden_act !== "silu") {
    throw unsupported("unsupported-architecture", `hidden_act is "${model.hidden_act}"`, ["silu"]);
  }
  // MLC's default of position_embedding_base is 0: not given.
  const ropeTheta = positive(model.position_embedding_base) ?? model.rope_theta ?? 10_000;
  if (!(ropeTheta > 0 && Number.isFinite(ropeTheta))) throw bad(`rope_theta is ${ropeTheta}`);
  return {
    architecture,
    hiddenSize: model.hidden_size,
    intermediateSize: model.intermediate_size,
    numLayers: model.num_hidden_layers,
    numHeads,
    numKvHeads,
    headDim,
    vocabSize,
    contextWindow,
    rmsNormEps: model.rms_norm_eps,
    ropeTheta,
    tieWordEmbeddings: model.tie_word_embeddings ?? false,
    ropeScaling: ropeScaling(model.rope_scaling ?? null),
  };
}

function ropeScaling(scaling: z.infer<typeof ropeScalingSchema> | null): ModelConfig["ropeScaling"] {
  const type = scaling?.rope_type ?? scaling?.type ?? "default";
  if (scaling === null || type === "default") return null;
  if (type !== "llama3") {
    throw unsupported("unsupported-architecture", `rope_scaling is "${type}"`, ["llama3", "none"]);
  }
  const { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings } = scaling;
  if (
    factor === undefined ||
    low_freq_factor === undefined ||
    high_freq_factor === undefined ||
    original_max_position_embeddings === undefined ||
    high_freq_factor <= low_freq_factor
  ) {
    throw bad(
      "rope_scaling of type llama3 needs factor, low_freq_factor < high_freq_factor and original_max_position_embeddings",
    );
  }
  return {
    factor,
    lowFreqFactor: low_freq_factor,
    highFreqFactor: high_freq_factor,
    originalMaxPositionEmbeddings: original_max_position_embeddings,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InferscopeError("bad-config", "mlc-chat-config.json is not JSON", {
      hint: "Check that the URL is a model folder in MLC format.",
      cause,
    });
  }
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: readonly string[],
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = [...path, ...(issue?.path ?? [])].join(".");
  throw bad(`${where === "" ? "the file" : where}: ${issue?.message ?? "invalid"}`);
}

function bad(problem: string): InferscopeError {
  return new InferscopeError("bad-config", `mlc-chat-config.json: ${problem}`);
}

function unsupported(
  kind: "unsupported-architecture" | "unsupported-quantization",
  found: string,
  supported: readonly string[],
): InferscopeError {
  return new InferscopeError(kind, `The model's ${found}; supported: ${supported.join(", ")}.`, {
    hint: "The WebLLM backend may run it: pick it in the engine list.",
  });
}

const positive = (value: number | null | undefined): number | null =>
  value !== undefined && value !== null && value > 0 ? value : null;

const list = <T>(value: T | readonly T[] | null | undefined): readonly T[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
