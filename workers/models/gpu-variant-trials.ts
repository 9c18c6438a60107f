/** What the self-check runs: every kernel that has variants, on small odd shapes. */
import { type Kernel, strideOf } from "../kernels/kernel.ts";
import { matmulKernel, type MatmulVariant } from "../kernels/matmul.ts";
import { pack, partSizes } from "../kernels/packed-weight.ts";
import { pagedAttentionKernel } from "../kernels/paged-attention.ts";
import { rmsNormKernel } from "../kernels/rms-norm.ts";
import type { KernelResult, KernelRun } from "../kernels/run-kernel.ts";
import { sampleKernel, sampleOutputWords } from "../kernels/sample.ts";
import { mix32 } from "../kernels/sample.reference.ts";
import type { Weight } from "../kernels/weight.ts";

export interface Trial<Variant extends string> {
  readonly kernel: string;
  /** The plain one, then those that are checked against it. */
  readonly variants: readonly [Variant, ...Variant[]];
  /** The first is timed too. */
  readonly runs: readonly (KernelRun & { kernel(variant: Variant): Kernel })[];
  error(reference: KernelResult, result: KernelResult): number;
  tolerance(variant: Variant): number;
  readonly timedOn: string;
}

/** In [-1, 1). */
const values = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => mix32(mix32(seed) + i) / 2 ** 31 - 1);

/** Rows of `width` numbers at the activations' stride. */
function rowsOf(numRows: number, width: number, seed: number): Float32Array {
  const out = new Float32Array(numRows * strideOf(width));
  for (let row = 0; row < numRows; row += 1) out.set(values(width, seed + row), row * strideOf(width));
  return out;
}

/** Largest difference, relative to the largest value. NaN where a result is. */
function relativeError({ floats: a }: KernelResult, { floats: b }: KernelResult): number {
  let difference = 0;
  let size = 1e-6;
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? NaN;
    if (Number.isNaN(other)) return NaN;
    difference = Math.max(difference, Math.abs(value - other));
    size = Math.max(size, Math.abs(value));
  }
  return difference / size;
}

const wideVariants = ["plain", "wide"] as const;

export function normTrial(): Trial<"plain" | "wide"> {
  const width = 2044;
  return {
    kernel: "rms-norm",
    variants: wideVariants,
    runs: [
      {
        kernel: (variant) => rmsNormKernel({ width, eps: 1e-5, variant, gathers: false }),
        inputs: [rowsOf(3, width, 1), rowsOf(1, width, 9), rowsOf(3, width, 20)],
        output: 3,
        numRows: 3,
      },
    ],
    error: relativeError,
    tolerance: () => 1e-5,
    timedOn: `3 rows of ${width}`,
  };
}

export function matmulTrial(hasF16: boolean): Trial<MatmulVariant> {
  const [n, k] = [1021, 1000];
  const groups = Math.ceil(k / 32);
  const weight: Weight = {
    format: "q4",
    shape: [n, k],
    words: Uint32Array.from({ length: n * groups * 4 }, (_, i) => mix32(i)),
    scales: {
      format: "f16",
      // Halves of sign 0 and exponent -4: 0.0625 to 0.125.
      data: Uint16Array.from({ length: n * groups }, (_, i) => 0x2c00 | (mix32(i + 7) & 1023)),
    },
  };
  const [words, scales] = pack(weight);
  const run = (numRows: 1 | 8) => ({
    kernel: (variant: MatmulVariant) =>
      matmulKernel(
        { format: "q4-f16", shape: weight.shape },
        { numQuads: Math.ceil(n / 4) },
        {
          variant,
          tile: numRows,
          hasBias: false,
          addsToOut: false,
        },
      ),
    inputs: [
      words ?? null,
      scales ?? null,
      rowsOf(numRows, k, 3),
      new Float32Array(numRows * strideOf(n)),
      null,
      partSizes(weight, 0, n),
    ],
    output: 4,
    numRows,
  });
  return {
    kernel: "matmul",
    variants: hasF16 ? ["plain", "sliced", "plain-f16", "sliced-f16"] : ["plain", "sliced"],
    runs: [run(1), run(8)],
    error: relativeError,
    tolerance: (variant) => (variant.endsWith("f16") ? 1e-2 : 1e-5),
    timedOn: `1 row, q4 ${n}x${k}`,
  };
}

export function attentionTrial(): Trial<"plain" | "wide"> {
  const shape = { numHeads: 6, numKvHeads: 2, headDim: 64, blockSize: 16 };
  const numBlocks = 12;
  const width = shape.numKvHeads * shape.headDim;
  const positions = [188, 64, 63, 0];
  return {
    kernel: "paged-attention",
    variants: wideVariants,
    runs: [
      {
        kernel: (variant) => pagedAttentionKernel({ ...shape, variant }),
        inputs: [
          Uint32Array.from(positions.flatMap((position) => [0, position, 0, 0])),
          Uint32Array.from({ length: numBlocks }, (_, i) => (i * 5) % numBlocks),
          values(positions.length * shape.numHeads * shape.headDim, 1),
          values(numBlocks * shape.blockSize * width, 2),
          values(numBlocks * shape.blockSize * width, 3),
          new Float32Array(positions.length * strideOf(shape.numHeads * shape.headDim)),
        ],
        output: 6,
        numRows: positions.length,
      },
    ],
    error: relativeError,
    tolerance: () => 1e-5,
    timedOn: "4 rows, up to 189 keys, 6 heads of 64",
  };
}

export function sampleTrial(): Trial<"plain" | "wide"> {
  const vocabSize = 4999;
  const settings = [
    { temperature: 0, topK: 0, topP: 1 },
    { temperature: 0.7, topK: 20, topP: 0.9 },
    { temperature: 1, topK: 0, topP: 0.8 },
  ];
  const samples = new Uint32Array(settings.length * 8);
  const floats = new Float32Array(samples.buffer);
  for (const [i, { temperature, topK, topP }] of settings.entries()) {
    samples.set([i, 0, topK, 0, 42 + i, i, 0, 0xffff_ffff], i * 8);
    floats[i * 8 + 1] = temperature;
    floats[i * 8 + 3] = topP;
  }
  return {
    kernel: "sample",
    variants: wideVariants,
    runs: [
      {
        kernel: (variant) => sampleKernel(vocabSize, variant),
        inputs: [
          rowsOf(settings.length, vocabSize, 5).map((x) => x * 8),
          samples,
          new Uint32Array(4),
          new Uint32Array(settings.length * sampleOutputWords),
        ],
        output: 4,
        numRows: settings.length,
      },
    ],
    error: ({ words: a }, { words: b }) => settings.filter((_, i) => a[i * 48] !== b[i * 48]).length,
    tolerance: () => 0,
    timedOn: `3 draws from ${vocabSize} tokens`,
  };
}
