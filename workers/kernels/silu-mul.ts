/** silu(gate) * up. */
import { type Kernel, strideOf } from "./kernel.ts";
import passCode from "./pass.wgsl?raw";
import siluMulCode from "./silu-mul.wgsl?raw";

/** Bindings: pass, gateUp f32[rows, strideOf(2 * width)], out f32[rows, strideOf(width)]. */
export function siluMulKernel(width: number): Kernel {
  return {
    label: `silu-mul ${width}`,
    code: passCode + siluMulCode,
    constants: { WIDTH: width, IN_STRIDE: strideOf(2 * width), OUT_STRIDE: strideOf(width) },
    bindings: ["pass", "read", "read-write"],
    dispatch: (numRows) => [Math.ceil(width / 64), numRows],
  };
}
