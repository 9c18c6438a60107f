/** Model folders with random weights: shapes to measure, with no download. What they say is noise. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import type { ModelConfig } from "../protocol/index.ts";
import { randomModel } from "../workers/testing/random-model.ts";

const common = {
  architecture: "llama",
  contextWindow: 2048,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  tieWordEmbeddings: true,
  ropeScaling: null,
} as const;

/** By name, which says about how many parameters there are. */
export const shapes = {
  "22m": {
    ...common,
    hiddenSize: 384,
    intermediateSize: 1024,
    numLayers: 10,
    numHeads: 6,
    numKvHeads: 2,
    headDim: 64,
    vocabSize: 16_384,
  },
  /** As SmolLM2-135M. */
  "135m": {
    ...common,
    hiddenSize: 576,
    intermediateSize: 1536,
    numLayers: 30,
    numHeads: 9,
    numKvHeads: 3,
    headDim: 64,
    vocabSize: 49_152,
  },
} as const satisfies Record<string, ModelConfig>;

export type ShapeName = keyof typeof shapes;

/** Writes `<folder>/random-<shape>-q4f16_1/` in MLC format and returns its name. */
export async function writeRandomWeights(folder: string, shape: ShapeName): Promise<string> {
  const name = `random-${shape}-q4f16_1`;
  const files = await randomModel({
    config: shapes[shape],
    quantization: "q4f16_1",
    shardBytes: 2 ** 25,
  });
  mkdirSync(path.join(folder, name), { recursive: true });
  for (const [file, bytes] of files) writeFileSync(path.join(folder, name, file), bytes);
  return name;
}
