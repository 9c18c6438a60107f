/** out = x · weightᵀ (+ bias) (+ residual), for one part of a weight matrix. */
import { fillTemplate } from "../gpu/shader.ts";
import type { Kernel } from "./kernel.ts";
import matmulSliced from "./matmul-sliced.wgsl?raw";
import matmulPlain from "./matmul.wgsl?raw";
import { type GpuWeight, weightCode, type WeightPart } from "./packed-weight.ts";
import passCode from "./pass.wgsl?raw";

export interface MatmulOptions {
  /** `plain` has no barrier; `sliced` cuts K over a workgroup. Each has one order of k for all tiles. */
  readonly variant: MatmulVariant;
  /** Rows an invocation computes at once. */
  readonly tile: RowTile;
  readonly hasBias: boolean;
  /** Adds to what `out` holds. */
  readonly addsToOut: boolean;
}

/** `-f16` multiplies in half precision (feature `shader-f16`) and adds up in f32. */
export type MatmulVariant = "plain" | "sliced" | "plain-f16" | "sliced-f16";

export const rowTiles = [1, 2, 4, 8] as const;
export type RowTile = (typeof rowTiles)[number];

/** Bindings: pass, weights, scales (q4), x f32[rows, strideOf(K)], out f32[rows, strideOf(N)], bias f32[strideOf(N)], the part's sizes. */
export function matmulKernel(
  weight: Pick<GpuWeight, "format" | "shape">,
  part: Pick<WeightPart, "numQuads">,
  options: MatmulOptions,
): Kernel {
  const { variant, tile, hasBias, addsToOut } = options;
  const [n, k] = weight.shape;
  const isSliced = variant.startsWith("sliced");
  const flags = [...(hasBias ? ["BIAS"] : []), ...(addsToOut ? ["RESIDUAL"] : [])];
  const body = fillTemplate(isSliced ? matmulSliced : matmulPlain, tile, flags);
  const real = variant.endsWith("f16") ? "f16" : "f32";
  return {
    label: `matmul ${weight.format} ${n}x${k} ${variant} tile ${tile}`,
    code: `${weightCode(weight.format, real)}const ROWS = ${tile}u;\n${passCode}${body}`,
    constants: {},
    bindings: [
      "pass",
      "read",
      weight.format.startsWith("q4") ? "read" : "none",
      "read",
      "read-write",
      hasBias ? "read" : "none",
      "read",
    ],
    dispatch: (numRows) => [Math.ceil(part.numQuads / (isSliced ? 8 : 32)), Math.ceil(numRows / tile)],
  };
}
