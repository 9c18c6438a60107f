/** Causal attention over the paged KV cache. */
import { fillTemplate } from "../gpu/shader.ts";
import { type Kernel, strideOf } from "./kernel.ts";
import attentionWide from "./paged-attention-wide.wgsl?raw";
import attentionPlain from "./paged-attention.wgsl?raw";
import passCode from "./pass.wgsl?raw";
import { headStrideOf, type HeadShape } from "./rope-kv.ts";

export interface AttentionOptions extends HeadShape {
  readonly blockSize: number;
  /** `wide`: a workgroup a head; `plain`: an invocation a head, no barrier. */
  readonly variant: "plain" | "wide";
}

/** Bindings: pass, rows, blockTables, q, keys, values, out f32[rows, strideOf(numHeads * headDim)]. */
export function pagedAttentionKernel(options: AttentionOptions): Kernel {
  const { numHeads, numKvHeads, headDim, blockSize, variant } = options;
  const headQuads = headStrideOf(headDim) / 4;
  const body = variant === "wide" ? attentionWide : attentionPlain;
  return {
    label: `paged-attention ${numHeads}/${numKvHeads} heads of ${headDim} ${variant}`,
    code: `const HEAD_STRIDE4 = ${headQuads}u;\n${passCode}${fillTemplate(body, headQuads)}`,
    constants: {
      NUM_HEADS: numHeads,
      NUM_KV_HEADS: numKvHeads,
      HEAD_DIM: headDim,
      OUT_STRIDE: strideOf(numHeads * headDim),
      BLOCK_SIZE: blockSize,
    },
    bindings: ["pass", "read", "read", "read", "read", "read", "read-write"],
    dispatch: (numRows) =>
      variant === "wide" ? [numHeads, numRows] : [Math.ceil((numRows * numHeads) / 16), 1],
  };
}
