/**
 * Where downloaded models live: whole, verified files in the Cache API under WebLLM's names and
 * keys, so that both engines read one copy; partial ones in the origin private file system.
 */
import { md5 } from "hash-wasm";

import { InferscopeError, type StoredModel } from "../../../protocol/index.ts";
import { manifestNames, parseManifest, type Shard } from "../manifest.ts";
import { asStorageError } from "./partial-file.ts";

const modelCache = "webllm/model";
const configCache = "webllm/config";
const configName = "mlc-chat-config.json";
const partialFolder = "inferscope-downloads";

/** Insecure origins and old browsers have none of it. */
export function hasModelStorage(): boolean {
  return (
    typeof caches !== "undefined" && typeof navigator.storage.getDirectory === "function" && isSecureContext
  );
}

function cacheOf(url: string): Promise<Cache> {
  return caches.open(url.endsWith(`/${configName}`) ? configCache : modelCache);
}

export async function findStored(url: string): Promise<Response | null> {
  return (await (await cacheOf(url)).match(url)) ?? null;
}

export async function hasStored(url: string): Promise<boolean> {
  return (await (await cacheOf(url)).keys(url)).length > 0;
}

/** Throws `storage-quota`. */
export async function store(url: string, bytes: Blob): Promise<void> {
  const headers = { "Content-Type": "application/octet-stream", "Content-Length": String(bytes.size) };
  try {
    await (await cacheOf(url)).put(url, new Response(bytes, { headers }));
  } catch (cause) {
    throw asStorageError(cause);
  }
}

export async function dropStored(url: string): Promise<void> {
  await (await cacheOf(url)).delete(url);
}

/** The folder of a model's partial files. `base`: the model's address with a slash at its end. */
export async function partialsOf(base: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(partialFolder, { create: true });
  return all.getDirectoryHandle(await md5(base), { create: true });
}

/** The same, null where there is none. */
export async function findPartials(base: string): Promise<FileSystemDirectoryHandle | null> {
  try {
    const root = await navigator.storage.getDirectory();
    return await (await root.getDirectoryHandle(partialFolder)).getDirectoryHandle(await md5(base));
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
}

export async function dropPartials(base: string): Promise<void> {
  if ((await findPartials(base)) === null) return;
  const root = await navigator.storage.getDirectory();
  await (await root.getDirectoryHandle(partialFolder)).removeEntry(await md5(base), { recursive: true });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
}

export function partialName(shard: Shard): string {
  return `${shard.md5}.part`;
}

/** Bytes of a shard that arrived before; 0 where there is no file. */
export async function partialBytes(folder: FileSystemDirectoryHandle | null, shard: Shard): Promise<number> {
  if (folder === null) return 0;
  try {
    return (await (await folder.getFileHandle(partialName(shard))).getFile()).size;
  } catch {
    return 0;
  }
}

/** Throws `storage-quota` with the figures where the browser says that so many bytes do not fit. */
export async function requireSpace(bytes: number): Promise<void> {
  const { usage = 0, quota } = await navigator.storage.estimate();
  if (quota === undefined || quota - usage >= bytes) return;
  throw new InferscopeError(
    "storage-quota",
    `The model needs ${mib(bytes)} MiB of storage; the browser has ${mib(Math.max(0, quota - usage))} MiB left for this site.`,
    {
      hint: "Delete stored models under Models, or free disk space.",
      details: { needed: bytes, usage, quota },
    },
  );
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 1 : 0);
}

/** Every model with a manifest in the caches, whoever put it there. */
export async function listStored(): Promise<readonly StoredModel[]> {
  const urls = (await (await caches.open(modelCache)).keys()).map(({ url }) => url);
  const present = new Set(urls);
  const listed: StoredModel[] = [];
  for (const url of urls) {
    const name = manifestNames.find((known) => url.endsWith(`/${known}`));
    if (name === undefined) continue;
    const base = url.slice(0, -name.length);
    const manifest = await readStoredManifest(url, name);
    if (manifest === null) continue;
    const partials = await findPartials(base);
    let storedBytes = 0;
    for (const shard of manifest.shards) {
      const whole = present.has(new URL(shard.path, base).href);
      storedBytes += whole ? shard.nbytes : await partialBytes(partials, shard);
    }
    listed.push({ url: base, storedBytes, totalBytes: manifest.totalBytes });
  }
  return listed;
}

async function readStoredManifest(
  url: string,
  name: string,
): Promise<ReturnType<typeof parseManifest> | null> {
  try {
    return parseManifest((await (await findStored(url))?.text()) ?? "", name);
  } catch {
    return null;
  }
}

/** Deletes every file of a model, partial ones included. */
export async function deleteStored(base: string): Promise<void> {
  for (const name of [modelCache, configCache]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (request.url.startsWith(base)) await cache.delete(request);
    }
  }
  await dropPartials(base);
}
