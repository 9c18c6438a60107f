/** Models of a given shape with weights from a hash: nothing is downloaded, and the text is noise. */
import { md5 } from "hash-wasm";
import { z } from "zod";

import { InferscopeError, type ModelConfig, type SyntheticModel } from "../../protocol/index.ts";
import type { HashedFormat, HashedMatrix } from "../kernels/hashed-weight.ts";
import { mix32 } from "../kernels/sample.reference.ts";
import { q4Groups } from "../kernels/weight.ts";
import { supportedQuantizations } from "./config.ts";
import type { FileSource } from "./file-source.ts";
import { type LoadedModel, readTokenizerFiles, type TokenizerFiles } from "./load-model.ts";
import { architectureOf, modelConfig, modelSchema, validateConfig } from "./model-sizes.ts";
import { countParams, type LoadedWeights, readTensors } from "./weights.ts";

const file = "the synthetic model";
const requestSchema = z.looseObject({
  architecture: z.string(),
  name: z.string().min(1).max(100).optional(),
  quantization: z.enum(supportedQuantizations).default("q4f16_1"),
});

/** As MLC stores the format: what is f32 by name is bf16 on disk. */
const storedAs: Readonly<Record<(typeof supportedQuantizations)[number], HashedFormat>> = {
  q4f16_1: "q4-f16",
  q4f32_1: "q4-bf16",
  q0f16: "f16",
  q0f32: "bf16",
};

const mostBytes = 2 ** 36;
/** Weights that the CPU runner may make: they take four bytes each there. */
const mostCpuParams = 2 ** 26;

/**
 * A model of this shape. `tokenizerSource`: the folder whose tokenizer it speaks with; ids beyond
 * its vocabulary are written as numbers. Throws `bad-config`, `unsupported-architecture`, and what reading the tokenizer does.
 */
export async function syntheticModel(
  request: SyntheticModel,
  tokenizerSource: FileSource,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const { name, quantization } = validateConfig(requestSchema, request, file);
  const config = checkedConfig(request);
  const stored = storedAs[quantization];
  const weightBytes = storedBytes(config, stored);
  if (weightBytes > mostBytes) {
    throw new InferscopeError(
      "bad-config",
      `${file}: ${weightBytes} bytes of weights, at most ${mostBytes} are supported`,
    );
  }
  const tokenizerFiles = await readTokenizerFiles(tokenizerSource, { tokenizerFiles: [] }, signal);
  return {
    id: name ?? `synthetic-${config.architecture}-${config.numLayers}-layers`,
    synthetic: true,
    description: {
      config,
      quantization,
      convTemplate: null,
      // Noise has no end: a request runs to its maxTokens.
      stopTokenIds: [],
      stopStrings: [],
      tokenizerFiles: [],
      sampling: { temperature: null, topP: null },
    },
    weights: hashedWeights(config, stored),
    tokenizerFiles: withNumbers(tokenizerFiles, config.vocabSize),
    weightsHash: await md5(JSON.stringify([config, quantization])),
    weightBytes,
    numParams: countParams(config),
  };
}

/** Throws `unsupported` for a synthetic model that the CPU runner would not hold. */
export function assertFitsCpu({ synthetic, numParams }: Pick<LoadedModel, "synthetic" | "numParams">): void {
  if (!synthetic || numParams <= mostCpuParams) return;
  throw new InferscopeError(
    "unsupported",
    `A synthetic model of ${numParams} parameters is too large for the CPU; at most ${mostCpuParams} are supported.`,
    { hint: "Load it on the GPU." },
  );
}

/** Through the checks that a model folder's config goes through, by the names it has there. */
function checkedConfig(request: SyntheticModel): ModelConfig {
  const architecture = architectureOf(request.architecture);
  // A script may leave it out.
  const scaling = (request as Partial<SyntheticModel>).ropeScaling ?? null;
  const sizes = validateConfig(
    modelSchema,
    {
      hidden_size: request.hiddenSize,
      intermediate_size: request.intermediateSize,
      num_attention_heads: request.numHeads,
      num_key_value_heads: request.numKvHeads,
      num_hidden_layers: request.numLayers,
      head_dim: request.headDim,
      rms_norm_eps: request.rmsNormEps,
      rope_theta: request.ropeTheta,
      rope_scaling:
        scaling === null
          ? null
          : {
              rope_type: "llama3",
              factor: scaling.factor,
              low_freq_factor: scaling.lowFreqFactor,
              high_freq_factor: scaling.highFreqFactor,
              original_max_position_embeddings: scaling.originalMaxPositionEmbeddings,
            },
      tie_word_embeddings: request.tieWordEmbeddings,
      vocab_size: request.vocabSize,
      context_window_size: request.contextWindow,
    },
    file,
  );
  return modelConfig(sizes, { file, architecture });
}

function hashedWeights(config: ModelConfig, stored: HashedFormat): LoadedWeights {
  let seed = 0;
  return readTensors<HashedMatrix, Float32Array>(config, {
    matrix: (_, n, k) => ({ format: "hashed", stored, shape: [n, k], seed: (seed += 1) }),
    // Norms about one, biases about zero.
    vector: (name, length) => {
      const first = mix32((seed += 1));
      const middle = name.endsWith(".bias") ? 0 : 1;
      return Float32Array.from({ length }, (_, i) => middle + 0.1 * (mix32(first + i) / 2 ** 31 - 1));
    },
    has: () => false,
  });
}

/** Bytes of the tensors as MLC stores them; vectors take two bytes a number. */
function storedBytes(config: ModelConfig, stored: HashedFormat): number {
  let bytes = 0;
  readTensors(config, {
    matrix: (_, n, k) => {
      bytes += stored.startsWith("q4") ? n * q4Groups(k) * (16 + 2) : n * k * 2;
      return null;
    },
    vector: (_, length) => {
      bytes += length * 2;
      return null;
    },
    has: () => false,
  });
  return bytes;
}

/** A BPE tokenizer whose free ids, up to the model's vocabulary, are written as numbers: " 48213". */
function withNumbers(files: TokenizerFiles, vocabSize: number): TokenizerFiles {
  const tokenizer = files.tokenizer as { model: { vocab: Record<string, number> } };
  const vocab = { ...tokenizer.model.vocab };
  const used = new Set(Object.values(vocab));
  for (let id = 0; id < vocabSize; id += 1) {
    if (!used.has(id)) vocab[`Ġ${id}`] ??= id;
  }
  return { ...files, tokenizer: { ...tokenizer, model: { ...tokenizer.model, vocab } } };
}
