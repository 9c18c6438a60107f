/**
 * The header of a safetensors file: 8 bytes of length, then JSON with every tensor's dtype, shape
 * and byte range. It is not trusted: everything is checked before a byte of weights is allocated.
 * Format: https://huggingface.co/docs/safetensors/index
 */
import { z } from "zod";

import { InferscopeError } from "../../protocol/index.ts";

z.config({ jitless: true }); // the page's content policy forbids compiled schemas

/** The format's own limit is 100 MB; the largest header of the models that fit here is under 1 MiB. */
export const maxHeaderBytes = 2 ** 24;

export type FloatFormat = "f32" | "f16" | "bf16";

export interface SafetensorsEntry {
  readonly name: string;
  /** Null for what is no weight of ours: integers, 8-bit floats. */
  readonly format: FloatFormat | null;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the first byte after the header. */
  readonly start: number;
  readonly end: number;
}

const bytesOf: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};
const formats: Readonly<Record<string, FloatFormat>> = { F32: "f32", F16: "f16", BF16: "bf16" };

const position = z
  .int()
  .min(0)
  .max(2 ** 40);
const entrySchema = z.looseObject({
  dtype: z.string(),
  shape: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 32),
    )
    .max(8),
  data_offsets: z.tuple([position, position]),
});

/** Bytes of the JSON. Throws `bad-manifest`. */
export function headerLength(firstEight: Uint8Array, file: string): number {
  const length = new DataView(firstEight.buffer, firstEight.byteOffset, 8).getBigUint64(0, true);
  if (length >= 2n && length <= BigInt(maxHeaderBytes)) return Number(length);
  throw new InferscopeError(
    "bad-manifest",
    `${file}: the header claims ${length} bytes, at most ${maxHeaderBytes} are supported`,
    { hint: "The file is damaged, or no safetensors file." },
  );
}

/** The tensors in the order of their bytes, which follow one another without a gap. Throws `bad-manifest`. */
export function parseHeader(json: string, file: string): readonly SafetensorsEntry[] {
  const bad = (problem: string) => new InferscopeError("bad-manifest", `${file}: ${problem}`);
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch (cause) {
    throw new InferscopeError("bad-manifest", `${file}: the header is not JSON`, { cause });
  }
  // Not a record of zod's: that loses a tensor named `__proto__`.
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw bad("the header is no object");
  }
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]): SafetensorsEntry => {
      if (name.length > 512) throw bad(`a tensor's name has ${name.length} characters`);
      const parsed = entrySchema.safeParse(value);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw bad(`tensor ${name}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
      }
      const { dtype, shape, data_offsets } = parsed.data;
      const [start, end] = data_offsets;
      return { name, dtype, shape, start, end, format: formats[dtype] ?? null };
    })
    .sort((a, b) => a.start - b.start || a.end - b.end);
  if (entries.length === 0) throw bad("there is no tensor in it");
  let previousEnd = 0;
  for (const { name, dtype, shape, start, end } of entries) {
    if (start !== previousEnd) {
      throw bad(`tensor ${name} starts at byte ${start}, the one before it ends at ${previousEnd}`);
    }
    const width = bytesOf[dtype];
    if (width === undefined) throw bad(`tensor ${name} has dtype ${dtype}, which is unknown`);
    const expected = shape.reduce((product, size) => product * size, width);
    if (expected !== end - start) {
      throw bad(
        `tensor ${name} of shape [${shape.join(", ")}] in ${dtype} is ${expected} bytes, not ${end - start}`,
      );
    }
    previousEnd = end;
  }
  return entries;
}
