/**
 * Shapes of models that people use, from the `config.json` of each repository on Hugging Face:
 * HuggingFaceTB/SmolLM2-135M-Instruct, HuggingFaceTB/SmolLM2-360M-Instruct, Qwen/Qwen3-0.6B,
 * meta-llama/Llama-3.2-1B-Instruct, meta-llama/Llama-3.2-3B-Instruct. No weights belong to them.
 */
import type { ModelConfig, SyntheticModel } from "./model.ts";

export type ModelPreset = SyntheticModel & { readonly name: string };

const smolLm2: Omit<
  ModelConfig,
  "hiddenSize" | "intermediateSize" | "numLayers" | "numHeads" | "numKvHeads"
> = {
  architecture: "llama",
  headDim: 64,
  vocabSize: 49_152,
  contextWindow: 8192,
  rmsNormEps: 1e-5,
  ropeTheta: 100_000,
  tieWordEmbeddings: true,
  ropeScaling: null,
};

const llama32 = {
  architecture: "llama",
  intermediateSize: 8192,
  numKvHeads: 8,
  vocabSize: 128_256,
  contextWindow: 131_072,
  rmsNormEps: 1e-5,
  ropeTheta: 500_000,
  tieWordEmbeddings: true,
  ropeScaling: {
    factor: 32,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxPositionEmbeddings: 8192,
  },
} as const;

export const modelPresets: readonly ModelPreset[] = [
  {
    ...smolLm2,
    name: "SmolLM2-135M shape",
    hiddenSize: 576,
    intermediateSize: 1536,
    numLayers: 30,
    numHeads: 9,
    numKvHeads: 3,
  },
  {
    ...smolLm2,
    name: "SmolLM2-360M shape",
    hiddenSize: 960,
    intermediateSize: 2560,
    numLayers: 32,
    numHeads: 15,
    numKvHeads: 5,
  },
  {
    name: "Qwen3-0.6B shape",
    architecture: "qwen3",
    hiddenSize: 1024,
    intermediateSize: 3072,
    numLayers: 28,
    numHeads: 16,
    numKvHeads: 8,
    headDim: 128,
    vocabSize: 151_936,
    contextWindow: 40_960,
    rmsNormEps: 1e-6,
    ropeTheta: 1_000_000,
    tieWordEmbeddings: true,
    ropeScaling: null,
  },
  { ...llama32, name: "Llama-3.2-1B shape", hiddenSize: 2048, numLayers: 16, numHeads: 32, headDim: 64 },
  { ...llama32, name: "Llama-3.2-3B shape", hiddenSize: 3072, numLayers: 28, numHeads: 24, headDim: 128 },
];
