/** Reading files of a model folder: bounded, verified, cancellable. */
import { createMD5 } from "hash-wasm";

import { InferscopeError, type ErrorKind } from "../../protocol/index.ts";
import { aborted, type AbsentFile, type FileSource } from "./file-source.ts";
import type { Shard } from "./manifest.ts";

/** Text of a file, or why there is none. Throws `kind` for a file larger than `maxBytes`. */
export async function readText(
  source: FileSource,
  path: string,
  kind: ErrorKind,
  signal: AbortSignal,
  maxBytes = 2 ** 26,
): Promise<{ readonly found: true; readonly text: string } | AbsentFile> {
  const file = await abortable(source.open(path, { signal }), signal);
  if (!file.found) return file;
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  await readChunks(file.chunks, path, signal, (chunk) => {
    size += chunk.byteLength;
    if (size > maxBytes) throw new InferscopeError(kind, `${path} is larger than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  });
  text += decoder.decode();
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
  return bytes;
}

/** Whether a shard's own bytes are wrong, so that fetching it once more may help. */
export function isWrongShard(error: unknown): boolean {
  return (
    error instanceof InferscopeError && (error.kind === "corrupt-shard" || error.kind === "truncated-shard")
  );
}

export function tooLong({ path, nbytes }: Shard): InferscopeError {
  return new InferscopeError("corrupt-shard", `${path} is longer than the ${nbytes} bytes of the manifest`);
}

export function truncatedShard({ path, nbytes }: Shard, loaded: number): InferscopeError {
  return new InferscopeError("truncated-shard", `${path} ends after ${loaded} of ${nbytes} bytes`, {
    hint: "The upload or the download is incomplete. Nothing of it was used.",
    details: { path, loaded, nbytes },
  });
}

export function corruptShard({ path, md5 }: Shard, actual: string): InferscopeError {
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

/** Hands over every chunk; what goes wrong on the way is `network` or `aborted`. */
export async function readChunks(
  chunks: ReadableStream<Uint8Array<ArrayBuffer>>,
  path: string,
  signal: AbortSignal,
  onChunk: (chunk: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  const reader = chunks.getReader();
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      onChunk(value);
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
