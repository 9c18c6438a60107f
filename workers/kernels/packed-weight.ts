/**
 * Weight matrices as the GPU reads them: transposed, four columns (outputs) side by side, so
 * that neighbouring invocations read neighbouring vec4s. The layouts stand in weight-*.wgsl.
 */
import { fillTemplate } from "../gpu/shader.ts";
import type { Upload } from "../gpu/upload.ts";
import type { HashFiller } from "./fill-hash.ts";
import type { HashedFormat, HashedMatrix } from "./hashed-weight.ts";
import { strideOf } from "./kernel.ts";
import { type PackedNumbers, q4Groups, type Weight, weightRows } from "./weight.ts";
import weightBf16 from "./weight-bf16.wgsl?raw";
import weightF16 from "./weight-f16.wgsl?raw";
import weightF32 from "./weight-f32.wgsl?raw";
import weightQ4 from "./weight-q4.wgsl?raw";

export type WeightFormat = "f32" | "f16" | "bf16" | "q4-f32" | "q4-f16" | "q4-bf16";

/** Columns [firstColumn, firstColumn + numQuads * 4) of a matrix; most matrices are one part. */
export interface WeightPart {
  readonly firstColumn: number;
  readonly numQuads: number;
  /** Weights, and for q4 the scales. */
  readonly buffers: readonly GPUBuffer[];
  /** Sizes for matmul.wgsl: one pipeline serves all matrices of a format. */
  readonly sizes: GPUBuffer;
}

export interface GpuWeight {
  readonly format: WeightFormat;
  readonly shape: readonly [n: number, k: number];
  /** Steps of eight k; what is beyond K is zero. */
  readonly numSteps: number;
  readonly parts: readonly WeightPart[];
}

export function formatOf(weight: Weight): WeightFormat {
  return weight.format === "q4" ? `q4-${weight.scales.format}` : weight.format;
}

/** The WGSL that declares bindings 1 and 2 and `weightStep(k8, n4) -> Weights8`. */
export function weightCode(format: WeightFormat, real: "f32" | "f16" = "f32"): string {
  const declarations = `${real === "f16" ? "enable f16;\n" : ""}alias real = ${real};
// Eight consecutive k of four columns: column j of lo is row k = j, of hi row k = j + 4.
struct Weights8 { lo: mat4x4<real>, hi: mat4x4<real> }
`;
  switch (format) {
    case "f32":
      return declarations + weightF32;
    case "f16":
      return declarations + weightF16;
    case "bf16":
      return declarations + weightBf16;
    case "q4-f32":
      return declarations + fillTemplate(weightQ4, 1, ["SCALE_F32"]);
    case "q4-f16":
      return declarations + fillTemplate(weightQ4, 1, ["SCALE_F16"]);
    case "q4-bf16":
      return declarations + fillTemplate(weightQ4, 1, ["SCALE_BF16"]);
  }
}

/** Bytes that are packed at once: milliseconds, also on a slow core. */
const pieceBytes = 2 ** 22;

/** Uploads a matrix piece by piece, in several parts where one would be larger than a binding may be. */
export function uploadWeight(
  upload: Upload,
  label: string,
  weight: Weight,
  mostBytesPerBuffer: number,
): Promise<GpuWeight> {
  return inParts(upload, label, formatOf(weight), weight.shape, mostBytesPerBuffer, async (first, end) => {
    const buffers: GPUBuffer[] = [];
    for (const [index, { numStrips, stripWords, fill }] of layoutsOf(
      weightRows(weight, first, end),
    ).entries()) {
      const buffer = upload.create(bufferLabel(label, index), numStrips * stripWords * 4);
      buffers.push(buffer);
      const stripsAtOnce = Math.min(numStrips, Math.max(1, Math.floor(pieceBytes / (stripWords * 4))));
      const piece = new Uint32Array(stripsAtOnce * stripWords);
      for (let strip = 0; strip < numStrips; strip += stripsAtOnce) {
        const until = Math.min(numStrips, strip + stripsAtOnce);
        fill(piece.fill(0), strip, until);
        await upload.write(buffer, strip * stripWords * 4, piece.subarray(0, (until - strip) * stripWords));
      }
    }
    return buffers;
  });
}

/** Makes a matrix out of its description on the GPU, split like one that is uploaded. */
export function fillWeight(
  upload: Upload,
  label: string,
  matrix: HashedMatrix,
  mostBytesPerBuffer: number,
  filler: HashFiller,
): Promise<GpuWeight> {
  const { stored: format, shape } = matrix;
  return inParts(upload, label, format, shape, mostBytesPerBuffer, async (first, end) => {
    const numQuads = Math.ceil((end - first) / 4);
    const sizes = partBytes(format, shape[1], numQuads);
    const buffers = sizes.map((bytes, index) => upload.create(bufferLabel(label, index), bytes));
    upload.run(() => filler.fill(matrix, first, numQuads, buffers));
    await upload.wrote(sizes.reduce((sum, bytes) => sum + bytes, 0));
    return buffers;
  });
}

const bufferLabel = (label: string, index: number) => `${label}${index === 0 ? "" : " scales"}`;

/** Bytes of a part's buffers: weights, and for q4 scales. */
function partBytes(format: HashedFormat, k: number, numQuads: number): readonly number[] {
  return format.startsWith("q4")
    ? [stepsOf(format, k) * numQuads * 16, q4Groups(k) * numQuads * 8]
    : [stepsOf(format, k) * numQuads * 64];
}

async function inParts(
  upload: Upload,
  label: string,
  format: WeightFormat,
  shape: readonly [n: number, k: number],
  mostBytesPerBuffer: number,
  buffersOf: (firstColumn: number, endColumn: number) => Promise<readonly GPUBuffer[]>,
): Promise<GpuWeight> {
  const [n, k] = shape;
  const numSteps = stepsOf(format, k);
  const bytesPerQuad = numSteps * (format.startsWith("q4") ? 16 : format === "f32" ? 128 : 64);
  const mostQuads = Math.floor(mostBytesPerBuffer / bytesPerQuad);
  if (mostQuads < 1) throw new RangeError(`${label}: four columns are larger than a buffer may be`);
  const numColumns = mostQuads * 4;
  const parts: WeightPart[] = [];
  for (let first = 0; first < n; first += numColumns) {
    const end = Math.min(n, first + numColumns);
    const sizes = partSizes({ format, shape }, first, end);
    parts.push({
      firstColumn: first,
      numQuads: Math.ceil((end - first) / 4),
      sizes: upload.run(() => upload.memory.upload(`${label} sizes`, sizes)),
      buffers: await buffersOf(first, end),
    });
  }
  return { format, shape, numSteps, parts };
}

function stepsOf(format: WeightFormat | "q4", k: number): number {
  return format.startsWith("q4") ? q4Groups(k) * 4 : Math.ceil(k / 8);
}

/** `Sizes` of matmul.wgsl for columns [first, end). */
export function partSizes(
  {
    format,
    shape,
  }: { readonly format: WeightFormat | "q4"; readonly shape: readonly [n: number, k: number] },
  first: number,
  end: number,
): Uint32Array<ArrayBuffer> {
  const [n, k] = shape;
  return Uint32Array.of(
    Math.ceil((end - first) / 4),
    stepsOf(format, k),
    strideOf(k) / 4,
    strideOf(n) / 4,
    first / 4,
  );
}

/** The buffers' contents for all of a matrix. */
export function pack(weight: Weight): readonly Uint32Array[] {
  return layoutsOf(weight).map(({ numStrips, stripWords, fill }) => {
    const out = new Uint32Array(numStrips * stripWords);
    fill(out, 0, numStrips);
    return out;
  });
}

/** A buffer's content as strips along k, each of which holds all columns: any run of them is packed alone. */
interface Layout {
  readonly numStrips: number;
  readonly stripWords: number;
  /** Packs strips [first, end) to the beginning of `out`, which is zero. */
  readonly fill: (out: Uint32Array<ArrayBuffer>, first: number, end: number) => void;
}

/** Of the weights, and for q4 of the scales. */
function layoutsOf(weight: Weight): readonly Layout[] {
  const [n, k] = weight.shape;
  if (weight.format !== "q4") return [numbersLayout(weight, n, k, 8)];
  const { words, scales } = weight;
  const numWords = q4Groups(k) * 4;
  const width = Math.ceil(n / 4) * 4;
  return [
    {
      numStrips: numWords,
      stripWords: width,
      fill(out, first, end) {
        for (let row = 0; row < n; row += 1) {
          for (let i = first; i < end; i += 1) {
            out[(i - first) * width + row] = clearPadding(words[row * numWords + i] ?? 0, k - 8 * i);
          }
        }
      },
    },
    numbersLayout(scales, n, numWords / 4, 1),
  ];
}

/** A word whose nibbles from `numValid` on are 7, the zero: files may hold anything there. */
function clearPadding(word: number, numValid: number): number {
  if (numValid >= 8) return word;
  const mask = numValid <= 0 ? 0 : 2 ** (4 * numValid) - 1;
  return (word & mask) | (0x7777_7777 & ~mask);
}

/** Transposes [N, K] to [K up to a multiple, N up to 4]; 16-bit weights two rows to a vec4<u32>. */
function numbersLayout(numbers: PackedNumbers, n: number, k: number, multiple: 1 | 8): Layout {
  const width = Math.ceil(n / 4) * 4;
  const height = Math.ceil(k / multiple) * multiple;
  if (numbers.format === "f32") {
    const { data } = numbers;
    return {
      numStrips: height,
      stripWords: width,
      fill(words, first, end) {
        const out = new Float32Array(words.buffer, words.byteOffset, words.length);
        for (let row = 0; row < n; row += 1) {
          for (let i = first; i < Math.min(k, end); i += 1) {
            out[(i - first) * width + row] = data[row * k + i] ?? 0;
          }
        }
      },
    };
  }
  const { data } = numbers;
  // A scale row is four numbers (a vec2<u32>) a quad; weights interleave the quads of two rows.
  const pairs = multiple === 8 ? 2 : 1;
  return {
    numStrips: height / pairs,
    stripWords: (width * pairs) / 2,
    fill(words, first, end) {
      const out = new Uint16Array(words.buffer, words.byteOffset, words.length * 2);
      const [from, until] = [first * pairs, Math.min(k, end * pairs)];
      for (let row = 0; row < n; row += 1) {
        const column = (row >> 2) * 4 * pairs + (row & 3);
        const rowStart = row * k;
        for (let i = from; i < until; i += 1) {
          const strip = pairs === 2 ? i >> 1 : i;
          out[(strip - first) * width * pairs + column + (i - strip * pairs) * 4] = data[rowStart + i] ?? 0;
        }
      }
    },
  };
}
