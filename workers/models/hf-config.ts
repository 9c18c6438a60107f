/**
 * Hugging Face's `config.json` and `generation_config.json`, validated. Fields and their defaults:
 * transformers `LlamaConfig`, `Qwen2Config`, `Qwen3Config`, and `GenerationConfig`.
 */
import { z } from "zod";

import type { ModelDescription } from "./config.ts";
import {
  architectureOf,
  badConfig,
  list,
  modelConfig,
  modelSchema,
  parseConfigJson,
  tokenIds,
  unsupported,
  validateConfig,
} from "./model-sizes.ts";

const baseSchema = z.looseObject({
  model_type: z.string(),
  quantization_config: z.unknown().optional(),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  eos_token_id: tokenIds.nullish(),
  /** Where transformers 5 keeps `rope_theta` and `rope_scaling`. */
  rope_parameters: z.looseObject({ rope_theta: z.number().nullish() }).nullish(),
  sliding_window: z.int().nullish(),
});

const generationSchema = z.looseObject({
  eos_token_id: tokenIds.nullish(),
  temperature: z.number().min(0).max(100).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
});

/**
 * What the two files tell; `generationText` is null where there is no such file.
 * Throws `bad-config`, `unsupported-architecture` or `unsupported-quantization`.
 */
export function parseHfConfig(
  text: string,
  generationText: string | null,
): Omit<ModelDescription, "quantization"> {
  const file = "config.json";
  const json = parseConfigJson(text, file, "Check that the folder is a model in Hugging Face's format.");
  const base = validateConfig(baseSchema, json, file);
  const architecture = architectureOf(base.model_type);
  refuseVariants(base);
  const scaling = base.rope_parameters ?? null;
  const sizes = validateConfig(
    modelSchema,
    {
      rms_norm_eps: 1e-6,
      ...(architecture === "qwen3" ? { head_dim: 128 } : {}),
      ...(scaling === null ? {} : { rope_scaling: scaling, rope_theta: scaling.rope_theta }),
      ...(json as object),
      // Qwen names a window that it uses only where told to.
      sliding_window_size: base.use_sliding_window === true ? base.sliding_window : null,
    },
    file,
  );
  if (sizes.vocab_size === undefined) throw badConfig(file, "vocab_size is missing");
  const config = modelConfig(sizes, { file, architecture });
  const generation = generationSettings(generationText);
  const stopTokenIds = [...new Set([...list(base.eos_token_id), ...list(generation.eos_token_id)])];
  return {
    config,
    convTemplate: null,
    stopTokenIds: stopTokenIds.filter((id) => id < config.vocabSize),
    stopStrings: [],
    tokenizerFiles: ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"],
    sampling: { temperature: generation.temperature ?? null, topP: generation.top_p ?? null },
  };
}

/** What the same `model_type` may be, and this engine is not. */
function refuseVariants(base: z.infer<typeof baseSchema>): void {
  if (base.quantization_config !== undefined && base.quantization_config !== null) {
    throw unsupported("unsupported-quantization", "config.json has a quantization_config", [
      "plain bf16, f16 and f32",
    ]);
  }
  const otherLayer = base.layer_types?.find((type) => type !== "full_attention");
  if (otherLayer !== undefined) {
    throw unsupported("unsupported-architecture", `layer_types has "${otherLayer}"`, ["full_attention"]);
  }
  if (base.mlp_bias === true) {
    throw unsupported("unsupported-architecture", "mlp_bias is true", ["layers without it"]);
  }
}

function generationSettings(text: string | null): z.infer<typeof generationSchema> {
  if (text === null) return {};
  const file = "generation_config.json";
  return validateConfig(generationSchema, parseConfigJson(text, file, "Repair the file or remove it."), file);
}
