/** Reading safetensors files: streamed once, each tensor straight to its place. */
import { createMD5 } from "hash-wasm";
import { z } from "zod";

import { InferscopeError, type LoadProgress } from "../../protocol/index.ts";
import type { FileSource, OpenFile, OpenOptions, WeightsFile } from "./file-source.ts";
import { abortable, absentError, assertPinned, enough, readChunks, readText } from "./loader.ts";
import { isInside, tensorName } from "./manifest.ts";
import { assertFinite } from "./not-finite.ts";
import { headerLength, parseHeader, type SafetensorsEntry } from "./safetensors-header.ts";

const indexName = "model.safetensors.index.json";
const singleName = "model.safetensors";

/** The files of a checkpoint, and where the tensors are; `names` is null until the only file is read. */
export interface Checkpoint {
  readonly paths: readonly string[];
  readonly names: ReadonlySet<string> | null;
  /** Of all tensors, as the index claims: for progress alone. 0 where nobody says. */
  readonly claimedBytes: number;
}

const indexSchema = z.looseObject({
  metadata: z.looseObject({ total_size: z.number().nonnegative().optional() }).nullish(),
  weight_map: z.record(z.string().min(1).max(512), z.string().min(1).max(512)),
});

/** Throws `bad-manifest`, or what the source does. */
export async function findCheckpoint(source: FileSource, signal: AbortSignal): Promise<Checkpoint> {
  const file = await readText(source, indexName, "bad-manifest", signal);
  if (!file.found) return { paths: [singleName], names: null, claimedBytes: 0 };
  const bad = (problem: string) => new InferscopeError("bad-manifest", `${indexName}: ${problem}`);
  let json: unknown;
  try {
    json = JSON.parse(file.text);
  } catch (cause) {
    throw new InferscopeError("bad-manifest", `${indexName} is not JSON`, { cause });
  }
  const index = indexSchema.safeParse(json);
  if (!index.success) {
    const issue = index.error.issues[0];
    throw bad(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
  }
  const paths = [...new Set(Object.values(index.data.weight_map))].sort();
  if (paths.length === 0) throw bad("weight_map is empty");
  const outside = paths.find((path) => !isInside(path));
  if (outside !== undefined) throw bad(`"${outside}" leaves the model folder`);
  return {
    paths,
    names: new Set(Object.keys(index.data.weight_map).map(tensorName)),
    claimedBytes: index.data.metadata?.total_size ?? 0,
  };
}

/**
 * The files with their lengths, which nothing but their headers tells: each is opened and left
 * behind its header. Throws what `readSafetensors` does.
 */
export async function measureFiles(
  source: FileSource,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly WeightsFile[]> {
  const files: WeightsFile[] = [];
  for (const path of paths) {
    // Past the HTTP cache: what is stored is held against what the server has now.
    const file = await openWeights(source, path, { signal, fresh: true });
    const reader = new HeaderReader(path);
    let header: Header | null = null;
    await readChunks(file.chunks, path, signal, (chunk) => {
      header = reader.push(chunk);
      return header === null ? undefined : enough;
    });
    files.push({ path, nbytes: fileLength(header, path), md5: null, version: file.version ?? null });
  }
  return files;
}

function fileLength(header: Header | null, path: string): number {
  if (header === null) throw truncated(path, "within its header");
  return header.dataStart + (header.entries.at(-1)?.end ?? 0);
}

async function openWeights(source: FileSource, path: string, options: OpenOptions): Promise<OpenFile> {
  const file = await abortable(source.open(path, options), options.signal);
  if (file.found) return file;
  throw absentError(path, file, file.status === null ? "truncated-shard" : "http-status");
}

export interface FileReader {
  /** Called once, when the header is in and checked; names are with `model.` in front. Returns each tensor's place. */
  place(entries: readonly SafetensorsEntry[]): readonly (Uint8Array | null)[];
  onBytes(bytes: number): void;
}

/**
 * Reads one file to its places and returns its MD5.
 * Throws `bad-manifest`, `truncated-shard`, `corrupt-shard`, `not-finite`, or what the source does.
 */
export async function readSafetensors(
  source: FileSource,
  path: string,
  reader: FileReader,
  signal: AbortSignal,
): Promise<string> {
  const file = await openWeights(source, path, { signal });
  const hasher = await createMD5();
  hasher.init();
  const pin = source.pins?.get(path);
  const pinned = pin === undefined ? null : await (await import("./sha256.ts")).createSHA256();
  pinned?.init();
  const scatter = new Scatter(path, reader);
  await readChunks(file.chunks, path, signal, (chunk) => {
    hasher.update(chunk);
    pinned?.update(chunk);
    scatter.push(chunk);
    reader.onBytes(chunk.byteLength);
  });
  scatter.finish();
  if (pinned !== null) assertPinned(path, pin ?? "", pinned.digest("hex"));
  return hasher.digest("hex");
}

interface Header {
  readonly entries: readonly SafetensorsEntry[];
  /** Of the first byte behind it. */
  readonly dataStart: number;
  /** What came with its end. */
  readonly rest: Uint8Array;
}

/** Takes a file's first bytes in chunks until its header is whole. */
class HeaderReader {
  readonly #path: string;
  /** What is not yet a whole header, as it came: joined once, when all of it is there. */
  #chunks: Uint8Array[] = [];
  #numBytes = 0;
  /** Null before the eight bytes that tell it. */
  #dataStart: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  push(chunk: Uint8Array): Header | null {
    this.#chunks.push(chunk.slice());
    this.#numBytes += chunk.length;
    if (this.#dataStart === null && this.#numBytes >= 8) {
      this.#dataStart = 8 + headerLength(this.#join(), this.#path);
    }
    const dataStart = this.#dataStart;
    if (dataStart === null || this.#numBytes < dataStart) return null;
    const head = this.#join();
    const entries = parseHeader(new TextDecoder().decode(head.subarray(8, dataStart)), this.#path).map(
      (entry) => ({ ...entry, name: tensorName(entry.name) }),
    );
    return { entries, dataStart, rest: head.subarray(dataStart) };
  }

  #join(): Uint8Array {
    const whole = new Uint8Array(this.#numBytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset);
      offset += chunk.length;
    }
    this.#chunks = [whole];
    return whole;
  }
}

const truncated = (path: string, ends: string) =>
  new InferscopeError("truncated-shard", `${path} ends ${ends}`, {
    hint: "The upload or the download is incomplete. Nothing of it was used.",
  });

/** Takes a file's bytes in chunks: the header first, then each tensor to its place. */
class Scatter {
  readonly #path: string;
  readonly #reader: FileReader;
  readonly #header: HeaderReader;
  #entries: readonly SafetensorsEntry[] | null = null;
  #places: readonly (Uint8Array | null)[] = [];
  #next = 0;
  /** Bytes of that tensor which are known to be finite numbers. */
  #numChecked = 0;
  /** Of the data behind the header. */
  #position = 0;

  constructor(path: string, reader: FileReader) {
    this.#path = path;
    this.#reader = reader;
    this.#header = new HeaderReader(path);
  }

  push(chunk: Uint8Array): void {
    if (this.#entries !== null) {
      this.#scatter(chunk);
      return;
    }
    const header = this.#header.push(chunk);
    if (header === null) return;
    this.#places = this.#reader.place(header.entries);
    this.#entries = header.entries;
    this.#scatter(header.rest);
  }

  finish(): void {
    const wanted = this.#entries?.at(-1)?.end ?? null;
    if (wanted !== null && this.#position === wanted) return;
    throw truncated(
      this.#path,
      wanted === null ? "within its header" : `after ${this.#position} of ${wanted} bytes of weights`,
    );
  }

  #scatter(chunk: Uint8Array): void {
    const entries = this.#entries ?? [];
    let offset = 0;
    while (offset < chunk.length) {
      const entry = entries[this.#next];
      if (entry === undefined) {
        throw new InferscopeError("corrupt-shard", `${this.#path} is longer than its header says`);
      }
      const count = Math.min(chunk.length - offset, entry.end - this.#position);
      const place = this.#places[this.#next] ?? null;
      place?.set(chunk.subarray(offset, offset + count), this.#position - entry.start);
      offset += count;
      this.#position += count;
      if (place !== null) this.#check(entry, place);
      if (this.#position === entry.end) {
        this.#next += 1;
        this.#numChecked = 0;
      }
    }
  }

  /** The whole numbers that came since the last call, while they are in the processor's cache. */
  #check({ name, format, start }: SafetensorsEntry, place: Uint8Array): void {
    if (format === null) return;
    const width = format === "f32" ? 4 : 2;
    const whole = Math.floor((this.#position - start) / width) * width;
    assertFinite(name, format, place.subarray(this.#numChecked, whole), this.#numChecked / width);
    this.#numChecked = whole;
  }
}

const progressEveryMs = 50;

/** Tells progress at most twenty times a second. */
export class WeightProgress {
  readonly #progress: (progress: LoadProgress) => void;
  readonly #startMs = performance.now();
  #lastMs = -Infinity;
  #loadedBytes = 0;

  constructor(progress: (progress: LoadProgress) => void) {
    this.#progress = progress;
  }

  add(file: string, bytes: number, totalBytes: number): void {
    this.#loadedBytes += bytes;
    const nowMs = performance.now();
    if (this.#loadedBytes < totalBytes && nowMs - this.#lastMs < progressEveryMs) return;
    this.#lastMs = nowMs;
    const elapsedMs = nowMs - this.#startMs;
    this.#progress({
      stage: "weights",
      file,
      loadedBytes: this.#loadedBytes,
      totalBytes: Math.max(totalBytes, this.#loadedBytes),
      bytesPerSecond: elapsedMs > 0 ? (this.#loadedBytes * 1000) / elapsedMs : 0,
    });
  }
}
