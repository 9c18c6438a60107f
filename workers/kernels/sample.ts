/** Drawing a token from logits. */
import { fillTemplate } from "../gpu/shader.ts";
import { type Kernel, strideOf } from "./kernel.ts";
import passCode from "./pass.wgsl?raw";
import sampleInputCode from "./sample-input.wgsl?raw";
import sampleCode from "./sample.wgsl?raw";

/** u32 words of a sample's parameters (sample-input.wgsl) and of its result (sample.wgsl). */
export const sampleInputWords = 8;
export const sampleOutputWords = 48;
export const mostTopTokens = 20;

/** Bindings: pass, logits f32[rows, strideOf(vocabSize)], samples, masks, out u32[samples, 48]. */
export function sampleKernel(vocabSize: number, variant: "plain" | "wide"): Kernel {
  const isWide = variant === "wide";
  return {
    label: `sample ${vocabSize} ${variant}`,
    code: passCode + sampleInputCode + fillTemplate(sampleCode, 1, isWide ? ["WIDE"] : []),
    constants: { VOCAB: vocabSize, STRIDE: strideOf(vocabSize) },
    bindings: ["pass", "read", "read", "read", "read-write"],
    dispatch: (numRows) => [isWide ? numRows : Math.ceil(numRows / 4), 1],
  };
}

/** Result words of one sample as numbers. */
export function readSample(
  words: Uint32Array,
  index: number,
  numTop: number,
): {
  tokenId: number;
  /** Whether all logits of the row are; what was drawn means nothing otherwise. */
  isFinite: boolean;
  top: { tokenId: number; logit: number; logprob: number }[];
} {
  const start = index * sampleOutputWords;
  const view = new DataView(words.buffer, words.byteOffset + start * 4, sampleOutputWords * 4);
  const logTotal = view.getFloat32(4, true);
  return {
    tokenId: view.getUint32(0, true),
    isFinite: view.getUint32(42 * 4, true) === 0,
    top: Array.from({ length: numTop }, (_, i) => {
      const logit = view.getFloat32((22 + i) * 4, true);
      return { tokenId: view.getUint32((2 + i) * 4, true), logit, logprob: logit - logTotal };
    }),
  };
}
