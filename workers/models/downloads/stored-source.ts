/**
 * A model folder below a URL whose files are kept: shards are read from storage and downloaded
 * into it where they are missing; the small files come from the server, and from storage where it
 * cannot be reached. Where the storage has no room, or does not work, shards come from the server
 * each time: a model that cannot be kept can be used all the same.
 */
import { InferscopeError } from "../../../protocol/index.ts";
import {
  modelFolderUrl,
  UrlSource,
  type AbsentFile,
  type FileSource,
  type OpenFile,
  type OpenOptions,
  type Pins,
  type ShardProgress,
  type WeightsFile,
} from "../file-source.ts";
import { readChunks } from "../loader.ts";
import { downloadShard } from "./download-shard.ts";
import * as storage from "./model-storage.ts";
import { asStorageError, PartialFile } from "./partial-file.ts";
import { streamShard } from "./streamed-shard.ts";

const shardsAtOnce = 4;
const maxTextBytes = 2 ** 26;

export class StoredSource implements FileSource {
  readonly id: string;
  readonly #base: string;
  readonly pins: Pins;
  readonly #network: UrlSource;
  readonly #shards = new Map<string, WeightsFile>();
  /** Small files as they came, stored once all of them proved readable. */
  readonly #texts = new Map<string, Blob>();
  #isFromStorage = false;
  #whyNotKept: string | null = null;

  constructor(url: string, baseUrl: string, pins: Pins = new Map()) {
    this.#base = modelFolderUrl(url, baseUrl);
    this.pins = pins;
    this.#network = new UrlSource(this.#base, { pins });
    this.id = this.#network.id;
  }

  get whyNotKept(): string | null {
    return this.#whyNotKept;
  }

  open(path: string, options: OpenOptions): Promise<OpenFile | AbsentFile> {
    const shard = this.#shards.get(path);
    if (shard !== undefined) return this.#openShard(shard, options);
    return this.#openOutside(path, options);
  }

  /** Brings in what is missing, several files at once. What is there is not fetched again. */
  async fetchShards(
    files: readonly WeightsFile[],
    onProgress: (progress: ShardProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await storage.whileAlone(this.#base, signal, () => this.#fetchMissing(files, onProgress, signal));
    } catch (error) {
      if (signal.aborted || !isStorageTrouble(error)) throw error;
      this.#whyNotKept = await this.#giveUpKeeping(error);
    }
  }

  /** Says why, and frees what a file that does not fit has taken. Whole files stay. */
  async #giveUpKeeping(error: unknown): Promise<string> {
    const told = await storage.withFigures(asStorageError(error, 0)).catch(() => error);
    await storage.dropPartials(this.#base).catch(() => undefined);
    const why = told instanceof Error ? told.message : String(told);
    return `Not kept in the browser, so it is fetched again next time. ${why}`;
  }

  async #fetchMissing(
    files: readonly WeightsFile[],
    onProgress: (progress: ShardProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (const file of files) this.#shards.set(file.path, file);
    const loaded = new Map<WeightsFile, number>();
    const missing: WeightsFile[] = [];
    for (const file of files) {
      const whole = await storage.hasStored(this.#url(file.path), file);
      loaded.set(file, whole ? file.nbytes : 0);
      if (!whole) missing.push(file);
    }
    signal.throwIfAborted();
    // Space first, so that a download does not break off at its end.
    await storage.requireSpace(await this.#neededBytes(missing));
    await this.#storeTexts();
    if (missing.some(({ md5 }) => md5 === null)) await storage.storeList(this.#base, files);
    let arrivedBytes = 0;
    await inParallel(missing, shardsAtOnce, signal, (file, ownSignal) =>
      this.#download(file, ownSignal, (bytes, arrived) => {
        loaded.set(file, bytes);
        arrivedBytes += arrived;
        const loadedBytes = [...loaded.values()].reduce((sum, part) => sum + part, 0);
        onProgress({ file: file.path, loadedBytes, arrivedBytes });
      }),
    );
    if (missing.length > 0) await storage.dropPartials(this.#base);
  }

  #url(path: string): string {
    return new URL(path, this.#base).href;
  }

  /** What is no known file of weights: from the server, and from storage where it cannot be reached. */
  async #openOutside(path: string, options: OpenOptions): Promise<OpenFile | AbsentFile> {
    try {
      const file = await this.#network.open(path, options);
      return file.found && isText(path) ? await this.#keepText(path, file, options) : file;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      const kept = await storage.findStored(this.#url(path));
      if (kept?.body != null) {
        this.#isFromStorage = true;
        return { found: true, status: kept.status, version: storage.storedVersion(kept), chunks: kept.body };
      }
      // A file came from storage, or our list says what there is: this one the kept model does not have.
      if (!this.#isFromStorage && !(await storage.isListed(this.#base))) throw error;
      return { found: false, reason: "it is not stored, and the server cannot be reached", status: null };
    }
  }

  async #keepText(path: string, file: OpenFile, { signal }: OpenOptions): Promise<OpenFile> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    await readChunks(file.chunks, path, signal, (chunk) => {
      size += chunk.byteLength;
      if (size > maxTextBytes)
        throw new InferscopeError("bad-config", `${path} is larger than ${maxTextBytes} bytes`);
      parts.push(chunk);
    });
    const blob = new Blob(parts);
    this.#texts.set(path, blob);
    return { ...file, chunks: blob.stream() };
  }

  async #openShard(shard: WeightsFile, { signal, fresh = false }: OpenOptions): Promise<OpenFile> {
    const url = this.#url(shard.path);
    if (this.#whyNotKept !== null) {
      if (fresh) await storage.dropStored(url).catch(() => undefined);
      const whole = await storage.hasStored(url, shard).catch(() => false);
      if (!whole) return { found: true, status: 200, chunks: this.#stream(shard, signal) };
    }
    if (fresh) await storage.dropStored(url);
    let kept = await storage.findStored(url);
    if (kept === null) {
      await this.#download(shard, signal, () => undefined);
      kept = await storage.findStored(url);
    }
    if (kept?.body == null)
      throw new InferscopeError("storage-quota", `${shard.path} was stored and is gone again`);
    return { found: true, status: 200, chunks: kept.body };
  }

  #stream(shard: WeightsFile, signal: AbortSignal): OpenFile["chunks"] {
    const url = this.#url(shard.path);
    const pin = this.pins.get(shard.path);
    return streamShard({ fetch: (input, init) => fetch(input, init), url, shard, pin, signal });
  }

  async #download(
    shard: WeightsFile,
    signal: AbortSignal,
    onBytes: (loaded: number, arrived: number) => void,
  ): Promise<void> {
    const url = this.#url(shard.path);
    const folder = await storage.partialsOf(this.#base);
    const partial = await PartialFile.open(folder, await storage.partialName(shard));
    try {
      await downloadShard({
        fetch: (input, init) => fetch(input, init),
        url,
        shard,
        pin: this.pins.get(shard.path),
        partial,
        signal,
        onBytes,
      });
    } finally {
      partial.close();
    }
    await storage.store(url, await partial.blob(), shard.version);
    await partial.remove();
  }

  /** A shard is there twice while it is copied from the partial file to the cache. */
  async #neededBytes(missing: readonly WeightsFile[]): Promise<number> {
    if (missing.length === 0) return 0;
    const folder = await storage.findPartials(this.#base);
    let bytes = 0;
    for (const shard of missing) bytes += shard.nbytes - (await storage.partialBytes(folder, shard));
    const largest = missing.map(({ nbytes }) => nbytes).toSorted((a, b) => b - a);
    return bytes + largest.slice(0, shardsAtOnce).reduce((sum, nbytes) => sum + nbytes, 0);
  }

  async #storeTexts(): Promise<void> {
    for (const [path, blob] of this.#texts) await storage.store(this.#url(path), blob);
    this.#texts.clear();
  }
}

/** Offline, or the server has trouble of its own. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof InferscopeError)) return false;
  const status = error.details?.["status"];
  return error.kind === "network" || (typeof status === "number" && (status >= 500 || status === 429));
}

/** Full, refused by the browser, or broken; not what the network or the file is to blame for. */
function isStorageTrouble(error: unknown): boolean {
  return !(error instanceof InferscopeError) || error.kind === "storage-quota";
}

function isText(path: string): boolean {
  return /\.(?:json|jinja)$/.test(path);
}

/** Rejects with the first failure, once all that began have ended: no file stays open behind it. */
async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const both = AbortSignal.any([signal, controller.signal]);
  const queue = items.values();
  const failures: unknown[] = [];
  const lane = async () => {
    for (const item of queue) {
      if (both.aborted) return;
      try {
        await work(item, both);
      } catch (error) {
        failures.push(error);
        controller.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
