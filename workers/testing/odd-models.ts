/** A model of each architecture in each format, of odd sizes all different. */
import type { ModelConfig } from "../../protocol/index.ts";
import type { RandomModelOptions } from "./random-model.ts";

const llama3Scaling = {
  factor: 8,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 32,
};

type OddModel = Required<Pick<RandomModelOptions, "quantization">> & {
  readonly config: Partial<ModelConfig>;
};

const models: readonly OddModel[] = [
  { quantization: "q4f16_1", config: { ropeScaling: llama3Scaling, ropeTheta: 5e5 } },
  {
    quantization: "q4f32_1",
    config: {
      hiddenSize: 90,
      intermediateSize: 171,
      numHeads: 5,
      numKvHeads: 5,
      headDim: 26,
      vocabSize: 515,
      tieWordEmbeddings: false,
    },
  },
  {
    quantization: "q0f16",
    config: { hiddenSize: 40, intermediateSize: 33, numHeads: 1, numKvHeads: 1, headDim: 12 },
  },
  {
    quantization: "q0f32",
    config: { hiddenSize: 128, numHeads: 16, numKvHeads: 4, tieWordEmbeddings: false, rmsNormEps: 1e-6 },
  },
  ...qwen("qwen2", [
    {
      quantization: "q4f16_1",
      config: { hiddenSize: 70, numHeads: 7, numKvHeads: 1, headDim: 10, tieWordEmbeddings: false },
    },
    {
      quantization: "q4f32_1",
      config: { hiddenSize: 33, intermediateSize: 95, numHeads: 6, numKvHeads: 2, headDim: 18 },
    },
    {
      quantization: "q0f16",
      config: { hiddenSize: 50, numHeads: 2, numKvHeads: 2, headDim: 34, vocabSize: 331 },
    },
    {
      quantization: "q0f32",
      config: { hiddenSize: 36, numHeads: 4, numKvHeads: 1, headDim: 12, tieWordEmbeddings: false },
    },
  ]),
  ...qwen("qwen3", [
    { quantization: "q4f16_1", config: { hiddenSize: 36, numHeads: 4, numKvHeads: 2, headDim: 20 } },
    {
      quantization: "q4f32_1",
      config: { hiddenSize: 66, numHeads: 3, numKvHeads: 1, headDim: 130, tieWordEmbeddings: false },
    },
    {
      quantization: "q0f16",
      config: { hiddenSize: 44, intermediateSize: 61, headDim: 8, tieWordEmbeddings: false },
    },
    {
      quantization: "q0f32",
      config: { hiddenSize: 24, numHeads: 2, numKvHeads: 1, headDim: 256, numLayers: 1, vocabSize: 333 },
    },
  ]),
];

function qwen(architecture: "qwen2" | "qwen3", sizes: readonly OddModel[]): OddModel[] {
  return sizes.map((model) => ({
    ...model,
    config: { rmsNormEps: 1e-6, ropeTheta: 1e6, ...model.config, architecture },
  }));
}

export const oddModels = models.map((model, index) => ({
  ...model,
  seed: index + 1,
  name: `${model.config.architecture ?? "llama"} ${model.quantization}`,
}));

/** A prompt whose tokens are of every part of the vocabulary, the last included. */
export const oddPrompt = (length: number, vocabSize: number): number[] =>
  Array.from({ length }, (_, i) => (vocabSize - 1 + i * i * 37) % vocabSize);
