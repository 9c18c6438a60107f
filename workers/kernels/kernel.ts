/** What every GPU operation of this folder says about itself. */
import type { ShaderSpec } from "../gpu/shader.ts";

export type Dispatch = readonly [x: number, y: number];

/**
 * One specialised operation. `bindings` of the spec are named in the comment beside the WGSL;
 * `dispatch(numRows)` is the number of workgroups for that many rows.
 */
export interface Kernel extends ShaderSpec {
  dispatch(numRows: number): Dispatch;
}

/**
 * Activations are matrices of rows of `strideOf(width)` floats: the width rounded up to 32,
 * the rest zero. So every kernel reads whole vec4s and whole groups of 32, whatever the model's
 * sizes, and has no branch for odd ones.
 */
export const strideOf = (width: number): number => Math.ceil(width / 32) * 32;

/** Most rows that one dispatch computes; longer steps are looped. Bounds every dispatch dimension. */
export const maxRowsPerDispatch = 512;
