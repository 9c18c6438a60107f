/** Root-mean-square norm of each row. */
import { fillTemplate } from "../gpu/shader.ts";
import { type Kernel, strideOf } from "./kernel.ts";
import passCode from "./pass.wgsl?raw";
import rmsNormCode from "./rms-norm.wgsl?raw";
import sampleInputCode from "./sample-input.wgsl?raw";

export interface RmsNormOptions {
  readonly width: number;
  readonly eps: number;
  /** `wide`: a workgroup a row; `plain`: an invocation a row, no barrier. */
  readonly variant: "plain" | "wide";
  /** Norms only the rows that the step's samples name, one after the other. */
  readonly gathers: boolean;
}

/** Bindings: pass, x, weight f32[strideOf(width)], out, samples (when gathering). */
export function rmsNormKernel({ width, eps, variant, gathers }: RmsNormOptions): Kernel {
  const isWide = variant === "wide";
  const flags = [...(isWide ? ["WIDE"] : []), ...(gathers ? ["GATHER"] : [])];
  return {
    label: `rms-norm ${width} ${variant}${gathers ? " of last rows" : ""}`,
    code: passCode + sampleInputCode + fillTemplate(rmsNormCode, 1, flags),
    constants: { STRIDE4: strideOf(width) / 4, WIDTH: width, EPS: eps },
    bindings: ["pass", "read", "read", "read-write", gathers ? "read" : "none"],
    dispatch: (numRows) => [isWide ? numRows : Math.ceil(numRows / 16), 1],
  };
}
