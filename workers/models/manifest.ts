/**
 * The tensor manifest of a model folder (`tensor-cache.json`, in older folders
 * `ndarray-cache.json`). Everything in it is checked before a byte of weights is fetched or
 * allocated: a manifest that lies must not make us read outside a shard or allocate terabytes.
 */
import { z } from "zod";

import { InferscopeError } from "../../protocol/index.ts";

z.config({ jitless: true }); // the page's content policy forbids compiled schemas

export const manifestNames = ["tensor-cache.json", "ndarray-cache.json"] as const;

/** How the numbers lie on disk, little-endian. */
export type DiskFormat = "f32" | "f16" | "bf16" | "u32";

export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly format: DiskFormat;
  readonly shardIndex: number;
  readonly byteOffset: number;
  readonly nbytes: number;
}

export interface Shard {
  /** Relative to the model folder. */
  readonly path: string;
  readonly nbytes: number;
  /** 32 hex digits, lower case. */
  readonly md5: string;
}

export interface Manifest {
  readonly shards: readonly Shard[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly totalBytes: number;
}

const maxShardBytes = 2 ** 32;
const maxTotalBytes = 2 ** 36;

const count = z.int().nonnegative();
const recordSchema = z.looseObject({
  name: z.string().min(1).max(512),
  shape: z
    .array(
      z
        .int()
        .min(1)
        .max(2 ** 32),
    )
    .max(8),
  dtype: z.string(),
  format: z.string().default("raw"),
  nbytes: count,
  byteOffset: count,
});
const manifestSchema = z.looseObject({
  records: z
    .array(
      z.looseObject({
        dataPath: z.string().min(1).max(512),
        format: z.string().optional(),
        nbytes: z.int().min(1).max(maxShardBytes),
        md5sum: z.string().regex(/^[0-9a-fA-F]{32}$/, "is not 32 hex digits"),
        records: z.array(recordSchema).max(100_000),
      }),
    )
    .min(1)
    .max(100_000),
});

type TensorRecord = z.infer<typeof recordSchema>;

/** The shards alone, whatever is in them: another engine reads the tensors. Throws `bad-manifest`. */
export function parseShardList(text: string, fileName: string): Pick<Manifest, "shards" | "totalBytes"> {
  return parse(text, fileName, () => undefined);
}

/** Parses the text of a manifest. Throws `bad-manifest`, naming the shard or tensor. */
export function parseManifest(text: string, fileName: string): Manifest {
  const tensors = new Map<string, StoredTensor>();
  const shardList = parse(text, fileName, (shard, shardIndex, bad) => {
    let end = 0;
    for (const record of shard.records.toSorted((a, b) => a.byteOffset - b.byteOffset)) {
      const problem = recordProblem(record, shard.nbytes, end);
      if (problem !== null) throw bad(`tensor ${record.name} in ${shard.dataPath} ${problem}`);
      const name = tensorName(record.name);
      if (tensors.has(name)) throw bad(`tensor ${record.name} is listed twice`);
      end = record.byteOffset + record.nbytes;
      const { shape, byteOffset } = record;
      const format = diskFormat(record) ?? "f32";
      tensors.set(name, { name, shape, format, shardIndex, byteOffset, nbytes: record.nbytes });
    }
  });
  return { ...shardList, tensors };
}

type ShardRecord = z.infer<typeof manifestSchema>["records"][number];

function parse(
  text: string,
  fileName: string,
  onShard: (shard: ShardRecord, index: number, bad: (problem: string) => InferscopeError) => void,
): Pick<Manifest, "shards" | "totalBytes"> {
  const bad = (problem: string) => new InferscopeError("bad-manifest", `${fileName}: ${problem}`);
  const parsed = manifestSchema.safeParse(parseJson(text, fileName));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw bad(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
  }
  const paths = new Set<string>();
  let totalBytes = 0;
  const shards = parsed.data.records.map((shard, shardIndex): Shard => {
    const { dataPath, nbytes } = shard;
    if (!isInside(dataPath)) throw bad(`"${dataPath}" leaves the model folder`);
    if (paths.has(dataPath)) throw bad(`${dataPath} is listed twice`);
    paths.add(dataPath);
    if (shard.format !== undefined && shard.format !== "raw-shard") {
      throw bad(`${dataPath} has format "${shard.format}", only raw-shard is supported`);
    }
    totalBytes += nbytes;
    onShard(shard, shardIndex, bad);
    return { path: dataPath, nbytes, md5: shard.md5sum.toLowerCase() };
  });
  if (totalBytes > maxTotalBytes)
    throw bad(`${totalBytes} bytes in all, at most ${maxTotalBytes} are supported`);
  return { shards, totalBytes };
}

/** Models saved without their head have no `model.` in front of their names: it is put there. */
export const tensorName = (name: string): string =>
  /^(?:model|lm_head)\./.test(name) ? name : `model.${name}`;

function recordProblem(record: TensorRecord, shardBytes: number, previousEnd: number): string | null {
  const { shape, nbytes, byteOffset } = record;
  const format = diskFormat(record);
  if (format === null) {
    return `has dtype ${record.dtype} (format ${record.format}); supported: float16, float32, bfloat16, uint32`;
  }
  const expected = shape.reduce(
    (product, size) => product * size,
    format === "f32" || format === "u32" ? 4 : 2,
  );
  if (expected !== nbytes) {
    return `has shape [${shape.join(", ")}] of ${record.dtype}, which is ${expected} bytes (${format} on disk), but nbytes is ${nbytes}`;
  }
  if (byteOffset + nbytes > shardBytes) {
    return `ends at byte ${byteOffset + nbytes}, beyond the shard's ${shardBytes}`;
  }
  if (byteOffset < previousEnd) return `starts at byte ${byteOffset}, inside the tensor before it`;
  return null;
}

/**
 * Every record of a converted model says `f32-to-bf16`, and it means something only where dtype is
 * float32: then two bytes a number are stored, the upper half of the f32
 * (tvm `contrib/tvmjs.py`, `dump_tensor_cache`).
 */
function diskFormat({ dtype, format }: TensorRecord): DiskFormat | null {
  switch (dtype) {
    case "float32":
      if (format === "f32-to-bf16") return "bf16";
      return format === "raw" ? "f32" : null;
    case "float16":
      return "f16";
    case "bfloat16":
      return "bf16";
    case "uint32":
      return "u32";
    default:
      return null;
  }
}

/** A plain relative path: no scheme, no root, no way up, no query. */
export function isInside(path: string): boolean {
  return /^[\w.+@ -]+(?:\/[\w.+@ -]+)*$/.test(path) && !path.split("/").some((part) => /^\.+$/.test(part));
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InferscopeError("bad-manifest", `${fileName} is not JSON`, { cause });
  }
}
