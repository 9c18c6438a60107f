/**
 * The numbers of a model folder in memory, read by the formats' own descriptions and by nothing of
 * the engine: what the independent reference (`plain-decoder.ts`) computes with.
 */
import type { Files } from "./memory-source.ts";

/** All numbers of a tensor, in storage order. */
export type ReadValues = (name: string) => Float64Array;

/** MLC: `tensor-cache.json` (or `ndarray-cache.json`) and the shards beside it. */
export function mlcValues(files: Files): ReadValues {
  const manifest = parseJson(
    files,
    files.has("tensor-cache.json") ? "tensor-cache.json" : "ndarray-cache.json",
  ) as {
    records: {
      dataPath: string;
      records: { name: string; shape: number[]; dtype: string; byteOffset: number; nbytes: number }[];
    }[];
  };
  const find = (name: string) => {
    for (const { dataPath, records } of manifest.records) {
      const record = records.find((each) => each.name === name);
      if (record === undefined) continue;
      const start = record.byteOffset;
      return { ...record, bytes: viewOf(fileOf(files, dataPath), start, start + record.nbytes) };
    }
    return null;
  };
  const numbers = (name: string): Float64Array => {
    const record = find(name);
    if (record === null) throw new Error(`no tensor ${name}`);
    // Every record says "f32-to-bf16"; it is true of float32 alone.
    return decode(record.bytes, record.dtype === "float16" ? "F16" : "BF16");
  };
  return (name) => {
    const words = name.endsWith(".weight") ? find(name.replace(/weight$/, "q_weight")) : null;
    if (words === null) return numbers(name);
    return dequantize(words.bytes, words.shape, numbers(name.replace(/weight$/, "q_scale")));
  };
}

/** Eight nibbles a word, lowest first, 32 a scale; zero is 7. Padded to whole groups: [N, groups * 32]. */
function dequantize(words: DataView, [n = 0, width = 0]: number[], scales: Float64Array): Float64Array {
  const values = new Float64Array(n * width * 8);
  for (const i of values.keys()) {
    const word = words.getUint32(Math.floor(i / 8) * 4, true);
    const nibble = Math.floor(word / 16 ** (i % 8)) % 16;
    values[i] = (nibble - 7) * scales[Math.floor(i / 32)]!;
  }
  return values;
}

/** Safetensors: a length, a JSON header and the numbers, in one file or in several. */
export function safetensorsValues(files: Files): ReadValues {
  const tensors = new Map<string, { view: DataView; dtype: string }>();
  for (const [path, bytes] of files) {
    if (!path.endsWith(".safetensors")) continue;
    const size = Number(viewOf(bytes, 0, 8).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size))) as Record<
      string,
      { dtype: string; data_offsets: [number, number] }
    >;
    for (const [name, { dtype, data_offsets: [start, end] = [0, 0] }] of Object.entries(header)) {
      if (name !== "__metadata__")
        tensors.set(name, { dtype, view: viewOf(bytes, 8 + size + start, 8 + size + end) });
    }
  }
  return (name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`no tensor ${name}`);
    return decode(tensor.view, tensor.dtype);
  };
}

function decode(view: DataView, dtype: string): Float64Array {
  const size = dtype === "F32" ? 4 : 2;
  return Float64Array.from({ length: view.byteLength / size }, (_, i) => {
    if (dtype === "F32") return view.getFloat32(i * 4, true);
    const bits = view.getUint16(i * 2, true);
    return dtype === "BF16" ? float(bits, 8, 7) : float(bits, 5, 10);
  });
}

/** IEEE 754: a sign, `exponentBits`, `fractionBits`. */
function float(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor((bits % 0x8000) / 2 ** fractionBits);
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

const viewOf = (bytes: Uint8Array, start: number, end: number) =>
  new DataView(bytes.buffer, bytes.byteOffset + start, end - start);

function fileOf(files: Files, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error(`no file ${path}`);
  return bytes;
}

export const parseJson = (files: Files, path: string): unknown =>
  JSON.parse(new TextDecoder().decode(fileOf(files, path)));
