/** Rows of the embedding matrix, for one part of it. */
import embeddingCode from "./embedding.wgsl?raw";
import { type Kernel, strideOf } from "./kernel.ts";
import { type GpuWeight, weightCode, type WeightPart } from "./packed-weight.ts";
import passCode from "./pass.wgsl?raw";

/** Bindings: pass, weights, scales (q4), rows, x f32[rows, strideOf(K)]. */
export function embeddingKernel(
  weight: Pick<GpuWeight, "format" | "shape" | "numSteps">,
  part: Pick<WeightPart, "firstColumn" | "numQuads">,
): Kernel {
  const [n, k] = weight.shape;
  return {
    label: `embedding ${weight.format} ${n}x${k}`,
    code: `${weightCode(weight.format)}${passCode}${embeddingCode}`,
    constants: {
      N4: part.numQuads,
      K8: weight.numSteps,
      X_STRIDE4: strideOf(k) / 4,
      FIRST_TOKEN: part.firstColumn,
    },
    bindings: ["pass", "read", weight.format.startsWith("q4") ? "read" : "none", "read", "read-write"],
    dispatch: (numRows) => [Math.ceil(weight.numSteps / 64), numRows],
  };
}
