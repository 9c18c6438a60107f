/**
 * What is known of a model before any of its files is read, by its name: the architecture that its
 * config.json names, its shape, its licence. A table by family of 2026-11-24, after the `license` of
 * the base models' cards. Compared with copies of the cards on huggingface.co: SmolLM2-1.7B-Instruct,
 * Phi-3.5-mini-instruct, OLMo-2-1124-7B, OpenHermes-2.5-Mistral-7B, DeepSeek-R1-Distill-Qwen-7B,
 * Hermes-3-Llama-3.1-8B, Qwen2-7B-Instruct, Qwen2.5 (0.5B, 3B, 7B, Coder-7B). What is not certain is
 * left out; each row of the catalog leads to the page that holds.
 */
import { modelShapes, type ModelConfig, type ModelFamily } from "../../../protocol/index.ts";

interface Family {
  readonly name: string;
  readonly pattern: RegExp;
  /** `model_type` of its configuration. */
  readonly architecture: string;
  /** As the model card has it; absent: see the model's page. */
  readonly licence?: string;
}

/** The first that fits: the narrower ones stand first. */
const families: readonly Family[] = [
  {
    name: "DeepSeek-R1-Distill",
    pattern: /^DeepSeek-R1-Distill-Qwen/,
    architecture: "qwen2",
    licence: "MIT",
  },
  {
    name: "DeepSeek-R1-Distill",
    pattern: /^DeepSeek-R1-Distill-Llama/,
    architecture: "llama",
    licence: "MIT, its base Llama 3.1 Community",
  },
  { name: "Hermes 2", pattern: /^Hermes-2-Pro-Mistral/, architecture: "mistral" },
  { name: "Hermes 2", pattern: /^Hermes-2-Pro-Llama-3/, architecture: "llama" },
  { name: "Hermes 2", pattern: /^Hermes-2-Theta-Llama/, architecture: "llama" },
  { name: "Hermes 3", pattern: /^Hermes-3-Llama/, architecture: "llama", licence: "Llama 3 Community" },
  { name: "Llama 3.2", pattern: /^Llama-3\.2/, architecture: "llama", licence: "Llama 3.2 Community" },
  { name: "Llama 3.1", pattern: /^Llama-3\.1/, architecture: "llama", licence: "Llama 3.1 Community" },
  { name: "Llama 3", pattern: /^Llama-3-/, architecture: "llama", licence: "Llama 3 Community" },
  { name: "Llama 2", pattern: /^Llama-2/, architecture: "llama", licence: "Llama 2 Community" },
  { name: "TinyLlama", pattern: /^TinyLlama/, architecture: "llama", licence: "Apache-2.0" },
  { name: "SmolLM2", pattern: /^SmolLM2/, architecture: "llama", licence: "Apache-2.0" },
  { name: "Qwen3.5", pattern: /^Qwen3\.5/, architecture: "qwen3_5" },
  { name: "Qwen3", pattern: /^Qwen3-/, architecture: "qwen3", licence: "Apache-2.0" },
  { name: "Qwen2.5", pattern: /^Qwen2\.5-(?:Coder-)?3B/, architecture: "qwen2", licence: "Qwen Research" },
  { name: "Qwen2.5", pattern: /^Qwen2\.5/, architecture: "qwen2", licence: "Apache-2.0" },
  { name: "Qwen2", pattern: /^Qwen2-/, architecture: "qwen2", licence: "Apache-2.0" },
  { name: "Phi-3.5 vision", pattern: /^Phi-3\.5-vision/, architecture: "phi3_v", licence: "MIT" },
  { name: "Phi", pattern: /^Phi-/, architecture: "phi3", licence: "MIT" },
  { name: "Phi", pattern: /^phi-/, architecture: "phi-msft", licence: "MIT" },
  { name: "Gemma 4", pattern: /^gemma-4/, architecture: "gemma4" },
  { name: "Gemma 3", pattern: /^gemma3/, architecture: "gemma3_text", licence: "Gemma" },
  { name: "Gemma 2", pattern: /^gemma-2-/, architecture: "gemma2", licence: "Gemma" },
  { name: "Gemma", pattern: /^gemma-2b/, architecture: "gemma", licence: "Gemma" },
  { name: "Ministral 3", pattern: /^Ministral-3/, architecture: "ministral3" },
  { name: "WizardMath", pattern: /^WizardMath/, architecture: "mistral" },
  { name: "Mistral", pattern: /Mistral-7B/, architecture: "mistral", licence: "Apache-2.0" },
  { name: "OLMo 2", pattern: /^OLMo-2/, architecture: "olmo2", licence: "Apache-2.0" },
  { name: "StableLM 2", pattern: /^stablelm-2/, architecture: "stablelm" },
  { name: "RedPajama", pattern: /^RedPajama/, architecture: "gpt_neox" },
];

/** Null for a name of no known family: only its configuration will tell. */
export function familyOf(id: string): ModelFamily | null {
  const family = families.find(({ pattern }) => pattern.test(id));
  if (family === undefined) return null;
  const { name, architecture, licence = null } = family;
  return { name, architecture, licence };
}

/** Names under which a model has the shape of another. */
const shapeAliases: readonly (readonly [RegExp, keyof typeof modelShapes])[] = [
  [/^DeepSeek-R1-Distill-Llama-8B/, "Llama-3.1-8B"],
  [/^DeepSeek-R1-Distill-Qwen-7B/, "Qwen2.5-7B"],
  [/^Hermes-3-Llama-3\.1-8B/, "Llama-3.1-8B"],
  [/^Hermes-3-Llama-3\.2-3B/, "Llama-3.2-3B"],
];

/**
 * Null where it is not known before the configuration is read. Hermes 2 has tokens of its own, and
 * Qwen2-Math others than its family: they are not guessed.
 */
export function shapeOf(id: string): ModelConfig | null {
  const alias = shapeAliases.find(([pattern]) => pattern.test(id));
  if (alias !== undefined) return modelShapes[alias[1]];
  const plain = id.replace(/^Qwen2(?:\.5)?-(?:Coder-)?/, "Qwen2.5-");
  const known = (Object.keys(modelShapes) as (keyof typeof modelShapes)[]).find(
    (name) => plain === name || plain.startsWith(`${name}-`),
  );
  return known === undefined ? null : modelShapes[known];
}
