/** Reading files of a model folder: bounded, verified, cancellable. */
import { createMD5 } from "hash-wasm";

import { InferscopeError, type ErrorKind } from "../../protocol/index.ts";
import {
  aborted,
  type AbsentFile,
  type FileSource,
  type OpenOptions,
  type WeightsFile,
} from "./file-source.ts";
import type { Shard } from "./manifest.ts";

type Text = { readonly found: true; readonly text: string } | AbsentFile;

/**
 * Text of a file, or why there is none. Throws `kind` for a file larger than `maxBytes`, and
 * `corrupt-shard` for one that differs from its pin twice.
 */
export async function readText(
  source: FileSource,
  path: string,
  kind: ErrorKind,
  signal: AbortSignal,
  maxBytes = 2 ** 26,
): Promise<Text> {
  try {
    return await readTextOnce(source, path, kind, { signal }, maxBytes);
  } catch (error) {
    if (!isWrongShard(error)) throw error;
    return await readTextOnce(source, path, kind, { signal, fresh: true }, maxBytes);
  }
}

async function readTextOnce(
  source: FileSource,
  path: string,
  kind: ErrorKind,
  options: OpenOptions,
  maxBytes: number,
): Promise<Text> {
  const { signal } = options;
  const file = await abortable(source.open(path, options), signal);
  if (!file.found) return file;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  await readChunks(file.chunks, path, signal, (chunk) => {
    size += chunk.byteLength;
    if (size > maxBytes) throw new InferscopeError(kind, `${path} is larger than ${maxBytes} bytes`);
    parts.push(chunk);
  });
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  await checkPin(source, path, bytes);
  const text = new TextDecoder().decode(bytes);
  if (/^\s*<(?:!doctype|html)/i.test(text)) {
    return { found: false, reason: "the answer is a web page instead of the file", status: file.status };
  }
  return { found: true, text };
}

export function absentError(path: string, file: AbsentFile, kind: ErrorKind): InferscopeError {
  return new InferscopeError(kind, `${path}: ${file.reason}`, {
    hint: "A model folder holds tokenizer.json and either mlc-chat-config.json, tensor-cache.json and shards, or config.json and model.safetensors.",
    ...(file.status === null ? {} : { details: { status: file.status } }),
  });
}

/**
 * A shard's bytes, hashed while they arrive; a wrong shard is fetched once more, past the caches.
 * Throws `truncated-shard` or `corrupt-shard`, naming it; `network`, `http-status`, `aborted`.
 */
export async function readShard(
  source: FileSource,
  shard: Shard,
  signal: AbortSignal,
  onBytes: (loaded: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readShardOnce(source, shard, false, signal, onBytes);
  } catch (error) {
    if (!isWrongShard(error)) throw error;
    onBytes(0);
    return await readShardOnce(source, shard, true, signal, onBytes);
  }
}

async function readShardOnce(
  source: FileSource,
  shard: Shard,
  fresh: boolean,
  signal: AbortSignal,
  onBytes: (loaded: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const { path, nbytes, md5 } = shard;
  const file = await abortable(source.open(path, { signal, fresh }), signal);
  if (!file.found) throw absentError(path, file, file.status === null ? "truncated-shard" : "http-status");
  const hasher = await createMD5();
  hasher.init();
  const bytes = allocate(path, nbytes);
  let loaded = 0;
  await readChunks(file.chunks, path, signal, (chunk) => {
    if (loaded + chunk.byteLength > nbytes) {
      throw tooLong(shard);
    }
    bytes.set(chunk, loaded);
    hasher.update(chunk);
    loaded += chunk.byteLength;
    onBytes(loaded);
  });
  if (loaded < nbytes) throw truncatedShard(shard, loaded);
  const actual = hasher.digest("hex");
  if (actual !== md5) throw corruptShard(shard, actual);
  await checkPin(source, path, bytes);
  return bytes;
}

/** Throws `corrupt-shard` where the file's SHA-256 is pinned and these are other bytes. */
async function checkPin({ pins }: FileSource, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const pin = pins?.get(path);
  if (pin === undefined) return;
  assertPinned(path, pin, await sha256(bytes));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = (crypto as Partial<Crypto>).subtle;
  // Insecure origins have none.
  if (subtle === undefined) return (await import("./sha256.ts")).sha256(bytes);
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function assertPinned(path: string, pin: string, actual: string): void {
  if (actual === pin) return;
  throw new InferscopeError("corrupt-shard", `${path} has SHA-256 ${actual}, it is pinned to ${pin}`, {
    hint: "This is not the file that was asked for: the server has another version, or it was changed. Nothing of it was used.",
    details: { path, actual, expected: pin },
  });
}

/** Whether a shard's own bytes are wrong, so that fetching it once more may help. */
export function isWrongShard(error: unknown): boolean {
  return (
    error instanceof InferscopeError && (error.kind === "corrupt-shard" || error.kind === "truncated-shard")
  );
}

export function tooLong({ path, nbytes }: WeightsFile): InferscopeError {
  return new InferscopeError("corrupt-shard", `${path} is longer than the ${nbytes} bytes of the manifest`);
}

export function truncatedShard({ path, nbytes }: WeightsFile, loaded: number): InferscopeError {
  return new InferscopeError("truncated-shard", `${path} ends after ${loaded} of ${nbytes} bytes`, {
    hint: "The upload or the download is incomplete. Nothing of it was used.",
    details: { path, loaded, nbytes },
  });
}

export function corruptShard({ path, md5 }: Pick<Shard, "path" | "md5">, actual: string): InferscopeError {
  return new InferscopeError("corrupt-shard", `${path} has MD5 ${actual}, the manifest says ${md5}`, {
    hint: "The file was changed or damaged on its way. Nothing of it was used.",
    details: { path, actual, expected: md5 },
  });
}

/** Zeroed bytes. Throws `out-of-memory`. */
export function allocate(path: string, nbytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(nbytes);
  } catch (cause) {
    throw new InferscopeError(
      "out-of-memory",
      `${path} needs ${nbytes} bytes, which this browser does not give`,
      {
        hint: "Choose a smaller model.",
        cause,
      },
    );
  }
}

/** Returned by a reader of chunks that needs no more. */
export const enough = Symbol("enough");

/** Hands over every chunk; what goes wrong on the way is `network` or `aborted`. */
export async function readChunks(
  chunks: ReadableStream<Uint8Array<ArrayBuffer>>,
  path: string,
  signal: AbortSignal,
  onChunk: (chunk: Uint8Array<ArrayBuffer>) => unknown,
): Promise<void> {
  const reader = chunks.getReader();
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      if ((await onChunk(value)) !== enough) continue;
      reader.cancel().catch(() => undefined);
      return;
    }
  } catch (cause) {
    // Not awaited: a source that hangs must not hold up the cancellation.
    reader.cancel().catch(() => undefined);
    if (cause instanceof InferscopeError) throw cause;
    throw new InferscopeError("network", `The download of ${path} was cut`, {
      hint: "Check the connection and load again.",
      cause,
    });
  }
}

/** The promise, or `aborted` as soon as the signal says so, whatever the promise does. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined);
    throw aborted();
  }
  let onAbort: () => void = () => undefined;
  const abortion = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(aborted());
    };
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([promise, abortion]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
