/**
 * Shapes of models that people use, from the `config.json` of each repository on Hugging Face. Their
 * numbers of parameters are held against the published ones (`model-shapes.test.ts`). No weights
 * belong to them. Compared on 2026-11-24 with public copies of the files: SmolLM2-135M in
 * satyasundar/erav3-s13 (README.md), Llama-3.2-1B in kevinstephano/thunder_model_blocks
 * (hf_llama/llama_config.py), Llama-3.1-8B and Llama-3.2-3B in citsjtu2020/LLM-Prof
 * (sglang/Model_Config.md), Qwen3-0.6B and Qwen2.5-0.5B in copies of their config.json; SmolLM2-360M
 * (JXL884/Entropy-aware-branching) and the others by layers, heads and parameters.
 */
import type { ModelConfig } from "./model.ts";

/** hidden, intermediate, layers, heads, KV heads, head size */
type Sizes = readonly [number, number, number, number, number, number];

const shape = (
  [hiddenSize, intermediateSize, numLayers, numHeads, numKvHeads, headDim]: Sizes,
  rest: Omit<
    ModelConfig,
    "hiddenSize" | "intermediateSize" | "numLayers" | "numHeads" | "numKvHeads" | "headDim"
  >,
): ModelConfig => ({
  hiddenSize,
  intermediateSize,
  numLayers,
  numHeads,
  numKvHeads,
  headDim,
  ...rest,
});

const llama = { architecture: "llama", rmsNormEps: 1e-5, ropeScaling: null } as const;
const smolLm2 = {
  ...llama,
  vocabSize: 49_152,
  contextWindow: 8192,
  ropeTheta: 100_000,
  tieWordEmbeddings: true,
} as const;
const llama3Scaling = { lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositionEmbeddings: 8192 };
const llama3 = {
  ...llama,
  vocabSize: 128_256,
  contextWindow: 8192,
  ropeTheta: 500_000,
  tieWordEmbeddings: false,
} as const;
const llama31 = { ...llama3, contextWindow: 131_072, ropeScaling: { factor: 8, ...llama3Scaling } };
const llama32 = { ...llama31, tieWordEmbeddings: true, ropeScaling: { factor: 32, ...llama3Scaling } };
const llama2 = {
  ...llama,
  vocabSize: 32_000,
  contextWindow: 4096,
  ropeTheta: 10_000,
  tieWordEmbeddings: false,
} as const;
const qwen2 = {
  architecture: "qwen2",
  vocabSize: 151_936,
  contextWindow: 32_768,
  rmsNormEps: 1e-6,
  ropeTheta: 1_000_000,
  tieWordEmbeddings: true,
  ropeScaling: null,
} as const;
const qwen3 = { ...qwen2, architecture: "qwen3", contextWindow: 40_960 } as const;

// Marked pure, so that the page's first load can do without them.
/** By the name of the model without its purpose: Qwen2 and Qwen2.5 have the same ones. */
export const modelShapes = {
  "SmolLM2-135M": /* @__PURE__ */ shape([576, 1536, 30, 9, 3, 64], smolLm2),
  "SmolLM2-360M": /* @__PURE__ */ shape([960, 2560, 32, 15, 5, 64], smolLm2),
  "SmolLM2-1.7B": /* @__PURE__ */ shape([2048, 8192, 24, 32, 32, 64], { ...smolLm2, ropeTheta: 130_000 }),
  "TinyLlama-1.1B": /* @__PURE__ */ shape([2048, 5632, 22, 32, 4, 64], { ...llama2, contextWindow: 2048 }),
  "Llama-2-7b": /* @__PURE__ */ shape([4096, 11_008, 32, 32, 32, 128], llama2),
  "Llama-2-13b": /* @__PURE__ */ shape([5120, 13_824, 40, 40, 40, 128], llama2),
  "Llama-3-8B": /* @__PURE__ */ shape([4096, 14_336, 32, 32, 8, 128], llama3),
  "Llama-3.1-8B": /* @__PURE__ */ shape([4096, 14_336, 32, 32, 8, 128], llama31),
  "Llama-3.2-1B": /* @__PURE__ */ shape([2048, 8192, 16, 32, 8, 64], llama32),
  "Llama-3.2-3B": /* @__PURE__ */ shape([3072, 8192, 28, 24, 8, 128], llama32),
  "Qwen2.5-0.5B": /* @__PURE__ */ shape([896, 4864, 24, 14, 2, 64], qwen2),
  "Qwen2.5-1.5B": /* @__PURE__ */ shape([1536, 8960, 28, 12, 2, 128], qwen2),
  "Qwen2.5-3B": /* @__PURE__ */ shape([2048, 11_008, 36, 16, 2, 128], qwen2),
  "Qwen2.5-7B": /* @__PURE__ */ shape([3584, 18_944, 28, 28, 4, 128], {
    ...qwen2,
    vocabSize: 152_064,
    tieWordEmbeddings: false,
  }),
  "Qwen3-0.6B": /* @__PURE__ */ shape([1024, 3072, 28, 16, 8, 128], qwen3),
  "Qwen3-1.7B": /* @__PURE__ */ shape([2048, 6144, 28, 16, 8, 128], qwen3),
  "Qwen3-4B": /* @__PURE__ */ shape([2560, 9728, 36, 32, 8, 128], qwen3),
  "Qwen3-8B": /* @__PURE__ */ shape([4096, 12_288, 36, 32, 8, 128], { ...qwen3, tieWordEmbeddings: false }),
} as const satisfies Readonly<Record<string, ModelConfig>>;
