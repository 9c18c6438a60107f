/**
 * The sizes of a decoder, which `model_config` of mlc-chat-config.json and Hugging Face's
 * config.json tell under the same names, and what both formats refuse.
 */
import { z } from "zod";

import { InferscopeError, type ErrorKind, type ModelConfig } from "../../protocol/index.ts";

// Zod compiles schemas with `new Function` where it may; the page's content policy forbids that.
z.config({ jitless: true });

export const supportedArchitectures = ["llama", "qwen2", "qwen3"] as const;
type Architecture = (typeof supportedArchitectures)[number];

export const size = z.int().min(1).max(1_048_576);
export const tokenIds = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]);

const ropeScalingSchema = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  factor: z.number().positive().optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: size.optional(),
});

export const modelSchema = z.looseObject({
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

export interface ConfigContext {
  /** Named in errors. */
  readonly file: string;
  readonly architecture: Architecture;
  /** What the file says outside the model's own part. */
  readonly vocabSize?: number | undefined;
  readonly contextWindow?: number | null | undefined;
  readonly slidingWindow?: number | null | undefined;
}

/** Throws `bad-config` or `unsupported-architecture`. */
export function modelConfig(model: z.infer<typeof modelSchema>, context: ConfigContext): ModelConfig {
  const bad = (problem: string) => badConfig(context.file, problem);
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
  const vocabSize = model.vocab_size ?? context.vocabSize;
  if (vocabSize === undefined) throw bad("vocab_size is missing");
  if (context.vocabSize !== undefined && context.vocabSize !== vocabSize) {
    throw bad(`vocab_size is ${context.vocabSize}, but model_config.vocab_size is ${vocabSize}`);
  }
  const contextWindow =
    positive(context.contextWindow) ??
    positive(model.context_window_size) ??
    positive(model.max_position_embeddings);
  if (contextWindow === null) throw bad("context_window_size is missing");
  if (contextWindow > 2 ** 22)
    throw bad(`context_window_size is ${contextWindow}, at most ${2 ** 22} is supported`);
  const slidingWindow = positive(context.slidingWindow) ?? positive(model.sliding_window_size);
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
    architecture: context.architecture,
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
    ropeScaling: ropeScaling(model.rope_scaling ?? null, bad),
  };
}

function ropeScaling(
  scaling: z.infer<typeof ropeScalingSchema> | null,
  bad: (problem: string) => InferscopeError,
): ModelConfig["ropeScaling"] {
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

/** `model_type` as one that we run. Throws `unsupported-architecture`. */
export function architectureOf(modelType: string): Architecture {
  const architecture = supportedArchitectures.find((name) => name === modelType);
  if (architecture === undefined) throw unsupportedArchitecture(modelType);
  return architecture;
}

/** Hybrids keep a state a sequence, which blocks of a cached prefix cannot give back. */
const hybrids =
  /^(?:qwen3_next|qwen3_5|mamba|jamba|bamba|zamba|falcon_h1|nemotron_h|granitemoehybrid|lfm2|rwkv)/;

function unsupportedArchitecture(modelType: string): InferscopeError {
  const kind = hybrids.test(modelType)
    ? `"${modelType}", a hybrid with recurrent layers, which a prefix cache of blocks does not fit`
    : `"${modelType}"`;
  return unsupported("unsupported-architecture", `model_type is ${kind}`, supportedArchitectures);
}

export function parseConfigJson(text: string, file: string, hint: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InferscopeError("bad-config", `${file} is not JSON`, { hint, cause });
  }
}

/** Throws `bad-config`, naming file and field. */
export function validateConfig<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  file: string,
  path: readonly string[] = [],
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = [...path, ...(issue?.path ?? [])].join(".");
  throw badConfig(file, `${where === "" ? "the file" : where}: ${issue?.message ?? "invalid"}`);
}

export const badConfig = (file: string, problem: string): InferscopeError =>
  new InferscopeError("bad-config", `${file}: ${problem}`);

export function unsupported(
  kind: Extract<ErrorKind, "unsupported-architecture" | "unsupported-quantization">,
  found: string,
  supported: readonly string[],
): InferscopeError {
  return new InferscopeError(kind, `The model's ${found}; supported: ${supported.join(", ")}.`, {
    hint: "WebLLM may run it: see the catalog in Models.",
  });
}

const positive = (value: number | null | undefined): number | null =>
  value !== undefined && value !== null && value > 0 ? value : null;

export const list = <T>(value: T | readonly T[] | null | undefined): readonly T[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
