/**
 * Where downloaded models live: whole, verified files in the Cache API under WebLLM's names and
 * keys, so that both engines read one copy; partial ones in the origin private file system.
 */
import { md5 } from "hash-wasm";

import { InferscopeError, type StoredModel } from "../../../protocol/index.ts";
import type { WeightsFile } from "../file-source.ts";
import { manifestNames, parseManifest } from "../manifest.ts";
import { asStorageError, partialSize } from "./partial-file.ts";

const modelCache = "webllm/model";
const configCache = "webllm/config";
const configName = "mlc-chat-config.json";
const partialFolder = "inferscope-downloads";
/** Our own list of the files of a model that comes without a manifest, kept beside them. */
const listName = "inferscope-files.json";
const versionHeader = "X-Inferscope-Version";

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

export function storedVersion({ headers }: Response): string | null {
  return headers.get(versionHeader);
}

/** Whether the whole file is there: of the right length, and of the right version where no hash will tell. */
export async function hasStored(url: string, { nbytes, md5, version = null }: WeightsFile): Promise<boolean> {
  const kept = await findStored(url);
  if (kept === null) return false;
  // The length is that of the transfer where the server compressed what WebLLM stored.
  const length = kept.headers.has("content-encoding") ? null : kept.headers.get("content-length");
  if (md5 !== null) return length === null || Number(length) === nbytes;
  return Number(length) === nbytes && storedVersion(kept) === version;
}

/** Throws `storage-quota`. */
export async function store(url: string, bytes: Blob, version: string | null = null): Promise<void> {
  const headers = {
    "Content-Type": "application/octet-stream",
    "Content-Length": String(bytes.size),
    ...(version === null ? {} : { [versionHeader]: version }),
  };
  try {
    await (await cacheOf(url)).put(url, new Response(bytes, { headers }));
  } catch (cause) {
    throw asStorageError(cause, bytes.size);
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

/** Parts of two versions never meet in one file. */
export async function partialName({ path, nbytes, md5: hash, version }: WeightsFile): Promise<string> {
  return `${hash ?? (await md5(JSON.stringify([path, nbytes, version ?? null])))}.part`;
}

/** Bytes of a file that arrived before; 0 where there is none. */
export async function partialBytes(
  folder: FileSystemDirectoryHandle | null,
  file: WeightsFile,
): Promise<number> {
  return folder === null ? 0 : partialSize(folder, await partialName(file));
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

/**
 * Says why a write was refused, by the figures of now: the site's share is used up, or the browser refuses
 * although by what it tells there is room. Chromium tells every page its usage + 10 GiB at most (here, with the
 * true limit at usage + 64 KiB: usage + 4 GiB), so that the limit does not give the device away; the true one
 * it keeps to itself.
 */
export async function withFigures(error: unknown): Promise<unknown> {
  if (!(error instanceof InferscopeError && error.kind === "storage-quota")) return error;
  const bytes = error.details?.["bytes"];
  if (typeof bytes !== "number") return error;
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return new InferscopeError("storage-quota", refusedWrite(bytes, usage, quota), {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { bytes, usage, quota },
    cause: error,
  });
}

/** All in bytes. */
export function refusedWrite(bytes: number, usage: number, quota: number): string {
  const taken = `${mib(usage)} of ${mib(quota)} MiB are taken`;
  if (quota - usage < bytes) return `The browser's storage for this site is full: ${taken}.`;
  return (
    `The browser refused to store ${mib(bytes)} MiB, although it says that there is room (${taken}). ` +
    "It does not tell pages its true limit, which is reached: the disk is nearly full, or this is a private window."
  );
}

/** Remembers what a model without a manifest consists of. Throws `storage-quota`. */
export async function storeList(base: string, files: readonly WeightsFile[]): Promise<void> {
  await store(base + listName, new Blob([JSON.stringify({ files })]));
}

/** Whether `storeList` told what the model consists of: then what is not stored does not exist. */
export async function isListed(base: string): Promise<boolean> {
  return (await findStored(base + listName)) !== null;
}

/** Every model with a manifest or a list of ours in the caches, whoever put it there. */
export async function listStored(): Promise<readonly StoredModel[]> {
  const urls = (await (await caches.open(modelCache)).keys()).map(({ url }) => url);
  const present = new Set(urls);
  const listed: StoredModel[] = [];
  for (const url of urls) {
    const name = [...manifestNames, listName].find((known) => url.endsWith(`/${known}`));
    if (name === undefined) continue;
    const base = url.slice(0, -name.length);
    const files = await readStoredList(url, name);
    if (files === null) continue;
    const partials = await findPartials(base);
    let storedBytes = 0;
    for (const file of files) {
      const whole = present.has(new URL(file.path, base).href);
      storedBytes += whole ? file.nbytes : await partialBytes(partials, file);
    }
    listed.push({ url: base, storedBytes, totalBytes: files.reduce((sum, { nbytes }) => sum + nbytes, 0) });
  }
  return listed;
}

async function readStoredList(url: string, name: string): Promise<readonly WeightsFile[] | null> {
  try {
    const text = (await (await findStored(url))?.text()) ?? "";
    // Only `storeList` writes under that name.
    if (name === listName) return (JSON.parse(text) as { files: readonly WeightsFile[] }).files;
    return parseManifest(text, name).shards;
  } catch {
    return null;
  }
}

const lockName = (base: string) => `inferscope-download ${base}`;

/** One tab at a time writes a model's files; the others wait, and find what it brought. */
export function whileAlone<Result>(
  base: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  return navigator.locks.request(lockName(base), { signal }, work);
}

/**
 * Deletes every file of a model, or what has not arrived whole. Throws `other-tab` while another
 * tab downloads it.
 */
export async function deleteStored(base: string, only: "all" | "partial"): Promise<void> {
  await navigator.locks.request(lockName(base), { ifAvailable: true }, async (lock) => {
    if (lock === null) {
      throw new InferscopeError("other-tab", "Another tab is downloading this model.", {
        hint: "Wait for it, or cancel it there.",
      });
    }
    await dropPartials(base);
    if (only === "all") await dropWhole(base);
  });
}

async function dropWhole(base: string): Promise<void> {
  for (const name of [modelCache, configCache]) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (request.url.startsWith(base)) await cache.delete(request);
    }
  }
}
