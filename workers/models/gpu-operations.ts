/** The decoder as a list of GPU operations, in the order in which a step runs them. */
import type { ModelConfig } from "../../protocol/index.ts";
import type { GpuMemory } from "../gpu/memory.ts";
import type { CompiledShader, ShaderCache } from "../gpu/shader.ts";
import { embeddingKernel } from "../kernels/embedding.ts";
import { type Kernel, maxRowsPerDispatch, strideOf } from "../kernels/kernel.ts";
import { matmulKernel, type MatmulVariant, rowTiles } from "../kernels/matmul.ts";
import type { GpuWeight } from "../kernels/packed-weight.ts";
import { pagedAttentionKernel } from "../kernels/paged-attention.ts";
import { rmsNormKernel } from "../kernels/rms-norm.ts";
import { headStrideOf, ropeKvKernel } from "../kernels/rope-kv.ts";
import { sampleKernel, sampleOutputWords } from "../kernels/sample.ts";
import { siluMulKernel } from "../kernels/silu-mul.ts";
import type { RegionName } from "./gpu-step.ts";
import type { GpuModelWeights } from "./gpu-weights.ts";

/** Which variant of each kernel to use on this adapter. */
export interface KernelVariants {
  readonly matmul: MatmulVariant;
  readonly rmsNorm: "plain" | "wide";
  readonly attention: "plain" | "wide";
  readonly sample: "plain" | "wide";
}

/** No barriers: right everywhere, and what the other variants are checked against. */
export const plainVariants: KernelVariants = {
  matmul: "plain",
  rmsNorm: "plain",
  attention: "plain",
  sample: "plain",
};

/** A buffer, or a region of the step's parameters; null where the kernel has no such binding. */
export type Resource = GPUBuffer | RegionName | null;

export interface Operation {
  /** One kernel, or one for each of `rowTiles`. All take the same bindings. */
  readonly kernels: readonly { readonly kernel: Kernel; readonly shader: CompiledShader }[];
  readonly resources: readonly Resource[];
}

export interface Operations {
  /** Run for every range of rows: embedding to the last layer's residual. */
  readonly rows: readonly Operation[];
  /** Run for every range of samples: final norm, lm_head, draw. */
  readonly samples: readonly Operation[];
}

/** Activations of one range, reused by all layers; each f32[maxRowsPerDispatch, strideOf(width)]. */
export interface Scratch {
  readonly hidden: GPUBuffer;
  readonly normed: GPUBuffer;
  readonly qkv: GPUBuffer;
  /** f32[rows, numHeads, headStride] */
  readonly q: GPUBuffer;
  readonly attention: GPUBuffer;
  readonly gateUp: GPUBuffer;
  readonly activation: GPUBuffer;
  /** f32[maxSampleRows, ...] */
  readonly lastNormed: GPUBuffer;
  readonly logits: GPUBuffer;
  readonly maxSampleRows: number;
  /** u32[mostSamples, sampleOutputWords], with room for two timestamps and the step's number behind them */
  readonly samples: GPUBuffer;
}

/** Most samples of one step. */
export const mostSamples = 1024;

export function createScratch(memory: GpuMemory, config: ModelConfig): Scratch {
  const { hiddenSize, intermediateSize, numHeads, numKvHeads, headDim, vocabSize } = config;
  const rows = (label: string, width: number, count = maxRowsPerDispatch) =>
    memory.create(label, count * strideOf(width) * 4);
  // Logits of a large vocabulary are the largest activation: at most 32 MiB, but eight rows.
  const maxSampleRows = Math.max(8, Math.min(256, Math.floor(2 ** 23 / strideOf(vocabSize) / 8) * 8));
  return {
    hidden: rows("hidden", hiddenSize),
    normed: rows("normed", hiddenSize),
    qkv: rows("qkv", (numHeads + 2 * numKvHeads) * headDim),
    q: memory.create("q", maxRowsPerDispatch * numHeads * headStrideOf(headDim) * 4),
    attention: rows("attention", numHeads * headDim),
    gateUp: rows("gate up", 2 * intermediateSize),
    activation: rows("activation", intermediateSize),
    lastNormed: rows("last normed", hiddenSize, maxSampleRows),
    logits: rows("logits", vocabSize, maxSampleRows),
    maxSampleRows,
    samples: memory.create("samples", mostSamples * sampleOutputWords * 4 + 32),
  };
}

/** One layer's cache: f32[slots, numKvHeads, headStride] each. */
export interface KvLayer {
  readonly keys: GPUBuffer;
  readonly values: GPUBuffer;
}

export interface OperationInputs {
  readonly shaders: ShaderCache;
  readonly config: ModelConfig;
  readonly weights: GpuModelWeights;
  readonly scratch: Scratch;
  readonly kv: readonly KvLayer[];
  readonly blockSize: number;
  readonly variants: KernelVariants;
  /** Operations whose kernels are compiled, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** Compiles everything, all at once. Rejects with `kernel-compile`. */
export async function buildOperations(inputs: OperationInputs): Promise<Operations> {
  const { config, weights, scratch, blockSize, variants, kv } = inputs;
  const { hiddenSize, intermediateSize, rmsNormEps: eps } = config;
  const one = (kernel: Kernel, ...resources: Resource[]) => [operation(inputs.shaders, [kernel], resources)];
  const matmul = (
    weight: GpuWeight,
    x: GPUBuffer,
    out: GPUBuffer,
    options: { bias?: GPUBuffer | null; addsToOut?: boolean; isNormed?: boolean } = {},
  ) => matmulOperations(inputs, weight, x, out, options);
  const norm = (weight: GPUBuffer) =>
    one(
      rmsNormKernel({ width: hiddenSize, eps, variant: variants.rmsNorm, gathers: false }),
      "passes",
      scratch.hidden,
      weight,
      scratch.normed,
    );
  const rows = [
    ...weights.embedding.parts.flatMap((part) =>
      one(
        embeddingKernel(weights.embedding, part),
        "passes",
        part.buffers[0] ?? null,
        part.buffers[1] ?? null,
        "rows",
        scratch.hidden,
      ),
    ),
    ...weights.layers.flatMap((layer, index) => {
      const cache = kv[index];
      if (cache === undefined) throw new Error(`no KV cache for layer ${index}`);
      return [
        ...norm(layer.inputNorm),
        ...matmul(layer.qkv, scratch.normed, scratch.qkv, { bias: layer.qkvBias, isNormed: true }),
        ...one(
          ropeKvKernel(config, layer.qkNorm === null ? null : eps),
          "passes",
          "rows",
          "rope",
          scratch.qkv,
          scratch.q,
          cache.keys,
          cache.values,
          layer.qkNorm,
        ),
        ...one(
          pagedAttentionKernel({ ...config, blockSize, variant: variants.attention }),
          "passes",
          "rows",
          "tables",
          scratch.q,
          cache.keys,
          cache.values,
          scratch.attention,
        ),
        ...matmul(layer.output, scratch.attention, scratch.hidden, { addsToOut: true }),
        ...norm(layer.postAttentionNorm),
        ...matmul(layer.gateUp, scratch.normed, scratch.gateUp, { isNormed: true }),
        ...one(siluMulKernel(intermediateSize), "passes", scratch.gateUp, scratch.activation),
        ...matmul(layer.down, scratch.activation, scratch.hidden, { addsToOut: true }),
      ];
    }),
  ];
  const samples = [
    ...one(
      rmsNormKernel({ width: hiddenSize, eps, variant: variants.rmsNorm, gathers: true }),
      "passes",
      scratch.hidden,
      weights.finalNorm,
      scratch.lastNormed,
      "samples",
    ),
    ...matmul(weights.lmHead, scratch.lastNormed, scratch.logits, { isNormed: true }),
    ...one(
      sampleKernel(config.vocabSize, variants.sample),
      "passes",
      scratch.logits,
      "samples",
      "masks",
      scratch.samples,
    ),
  ];
  const all = [...rows, ...samples];
  let numCompiled = 0;
  const compiled = await Promise.all(
    all.map(async (each) => {
      const compiledOne = await each;
      numCompiled += 1;
      inputs.onProgress(numCompiled / all.length);
      return compiledOne;
    }),
  );
  return { rows: compiled.slice(0, rows.length), samples: compiled.slice(rows.length) };
}

function matmulOperations(
  { shaders, variants }: OperationInputs,
  weight: GpuWeight,
  x: GPUBuffer,
  out: GPUBuffer,
  options: { bias?: GPUBuffer | null; addsToOut?: boolean; isNormed?: boolean },
): Promise<Operation>[] {
  const { bias = null, addsToOut = false, isNormed = false } = options;
  // Half precision only where x is the output of a norm: elsewhere activations may exceed its
  // range (known of Qwen2's down projection), and only where the weights are no wider.
  const allowsF16 = isNormed && (weight.format === "f16" || weight.format.startsWith("q4"));
  const variant = allowsF16 ? variants.matmul : variants.matmul.startsWith("sliced") ? "sliced" : "plain";
  return weight.parts.map((part) =>
    operation(
      shaders,
      rowTiles.map((tile) =>
        matmulKernel(weight, part, { variant, tile, hasBias: bias !== null, addsToOut }),
      ),
      ["passes", part.buffers[0] ?? null, part.buffers[1] ?? null, x, out, bias, part.sizes],
    ),
  );
}

async function operation(
  shaders: ShaderCache,
  kernels: readonly Kernel[],
  resources: readonly Resource[],
): Promise<Operation> {
  return {
    kernels: await Promise.all(
      kernels.map(async (kernel) => ({ kernel, shader: await shaders.compile(kernel) })),
    ),
    resources,
  };
}
