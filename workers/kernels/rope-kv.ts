/** RoPE on queries and keys, and the write of keys and values into the paged cache. */
import { fillTemplate } from "../gpu/shader.ts";
import { type Kernel, strideOf } from "./kernel.ts";
import passCode from "./pass.wgsl?raw";
import ropeKvCode from "./rope-kv.wgsl?raw";

export interface HeadShape {
  readonly numHeads: number;
  readonly numKvHeads: number;
  /** Even, at most 256. */
  readonly headDim: number;
}

/** Floats between two heads in the query buffer and in the cache. */
export const headStrideOf = (headDim: number): number => Math.ceil(headDim / 4) * 4;

/** Bindings: pass, rows, rope, qkv, q, keys, values, norms f32[2, headDim] (where `qkNormEps` is given). */
export function ropeKvKernel(shape: HeadShape, qkNormEps: number | null): Kernel {
  const { numHeads, numKvHeads, headDim } = shape;
  const allHeads = numHeads + 2 * numKvHeads;
  const hasNorm = qkNormEps !== null;
  return {
    label: `rope-kv ${numHeads}+2x${numKvHeads} heads of ${headDim}`,
    code: passCode + fillTemplate(ropeKvCode, 1, hasNorm ? ["QK_NORM"] : []),
    constants: {
      NUM_HEADS: numHeads,
      NUM_KV_HEADS: numKvHeads,
      HEAD_DIM: headDim,
      HEAD_STRIDE: headStrideOf(headDim),
      QKV_STRIDE: strideOf(allHeads * headDim),
      ...(hasNorm ? { EPS: qkNormEps } : {}),
    },
    bindings: [
      "pass",
      "read",
      "read",
      "read",
      "read-write",
      "read-write",
      "read-write",
      hasNorm ? "read" : "none",
    ],
    dispatch: (numRows) => [Math.ceil((allHeads * headDim) / 2 / 32), numRows],
  };
}
