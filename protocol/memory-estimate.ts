/**
 * What a model takes on the GPU in our engine, known before it is loaded: the same arithmetic as
 * its buffers are made with (`workers/models`, checked there against what a device was asked for).
 */
import type { ModelConfig, Quantization } from "./model.ts";

export interface MemoryEstimate {
  /** Bytes of all weights as packed for the kernels. */
  readonly weights: number;
  readonly kvPerToken: number;
  /** Activations of a step; small parameters and readback (well under 1%) are not in it. */
  readonly scratch: number;
  readonly numParams: number;
}

/** Rows of activations that one dispatch computes. */
const rowsPerDispatch = 512;

const upTo = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;
const rowBytes = (width: number): number => upTo(width, 32) * 4;

export function estimateMemory(config: ModelConfig, quantization: Quantization): MemoryEstimate {
  const { hiddenSize, intermediateSize, numLayers, numHeads, numKvHeads, headDim, vocabSize } = config;
  const qkvRows = (numHeads + 2 * numKvHeads) * headDim;
  const attention = numHeads * headDim;
  const headMatrices = config.tieWordEmbeddings ? 1 : 2;
  const layerMatrices: readonly (readonly [n: number, k: number])[] = [
    [qkvRows, hiddenSize],
    [hiddenSize, attention],
    [2 * intermediateSize, hiddenSize],
    [hiddenSize, intermediateSize],
  ];
  const biasNumbers = config.architecture === "qwen2" ? qkvRows : 0;
  const qkNormNumbers = config.architecture === "qwen3" ? 2 * headDim : 0;
  const matrices = [
    ...Array.from({ length: headMatrices }, () => [vocabSize, hiddenSize] as const),
    ...Array.from({ length: numLayers }, () => layerMatrices).flat(),
  ];
  const vectorBytes =
    rowBytes(hiddenSize) + numLayers * (2 * rowBytes(hiddenSize) + rowBytes(biasNumbers) + 4 * qkNormNumbers);
  const vectorParams = hiddenSize + numLayers * (2 * hiddenSize + biasNumbers + qkNormNumbers);
  const headRows = upTo(headDim, 4);
  const sampleRows = Math.max(8, Math.min(256, Math.floor(2 ** 23 / upTo(vocabSize, 32) / 8) * 8));
  const widths = [hiddenSize, hiddenSize, qkvRows, attention, 2 * intermediateSize, intermediateSize];
  return {
    weights: matrices.reduce((sum, [n, k]) => sum + matrixBytes(n, k, quantization), vectorBytes),
    kvPerToken: 2 * numLayers * numKvHeads * headRows * 4,
    scratch:
      rowsPerDispatch * (widths.reduce((sum, width) => sum + rowBytes(width), 0) + numHeads * headRows * 4) +
      sampleRows * (rowBytes(hiddenSize) + rowBytes(vocabSize)),
    numParams: matrices.reduce((sum, [n, k]) => sum + n * k, vectorParams),
  };
}

/** Four outputs side by side; q4 with a 16-bit scale for 32 inputs, else two bytes a number. */
function matrixBytes(n: number, k: number, quantization: Quantization): number {
  const columns = upTo(n, 4);
  return quantization.startsWith("q4") ? columns * Math.ceil(k / 32) * (16 + 2) : columns * upTo(k, 8) * 2;
}
