/**
 * One file of weights from a server into a partial file. A cut is resumed by `Range`, without
 * `If-Range` (which would cost a preflight that hosts refuse): the hashes decide whether what was
 * put together is right, and where there are none, the server's word for the version.
 */
import { createMD5, createSHA256, type IHasher } from "hash-wasm";

import { InferscopeError } from "../../../protocol/index.ts";
import { aborted, versionOf, type WeightsFile } from "../file-source.ts";
import {
  abortable,
  assertPinned,
  corruptShard,
  isWrongShard,
  readChunks,
  tooLong,
  truncatedShard,
} from "../loader.ts";

export interface ShardDownload {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly url: string;
  readonly shard: WeightsFile;
  /** SHA-256, where it is pinned. */
  readonly pin: string | undefined;
  readonly partial: Arrived;
  readonly signal: AbortSignal;
  /** Bytes of the shard that are there, and how many of them came just now. */
  readonly onBytes: (loaded: number, arrived: number) => void;
}

/** What arrived so far: a `PartialFile`, or a stream that hands it on and keeps nothing. */
export interface Arrived {
  readonly size: number;
  append(chunk: Uint8Array<ArrayBuffer>): Promise<void> | void;
  forEach(visit: (chunk: Uint8Array) => void): Promise<void> | void;
  clear(): void;
  /** Whether what arrived can be taken back after a mistake of the server; default: it can. */
  readonly canRestart?: boolean;
}

/** Tries without a byte in between before the download is given up. */
const triesWithoutProgress = 5;
const firstBackoffMs = 200;
const longestBackoffMs = 8000;

/**
 * Fills the partial file and verifies it; a wrong one is fetched once more from its start.
 * Throws `corrupt-shard` or `truncated-shard`, naming it (nothing is kept then), `network`,
 * `http-status`, `storage-quota`, `aborted` (what arrived is kept).
 */
export async function downloadShard(download: ShardDownload): Promise<void> {
  const resumed = download.partial.size > 0;
  try {
    await fill(download);
  } catch (error) {
    if (!isWrongShard(error) || download.partial.canRestart === false) throw error;
    // Parts of two versions do not fit together; and a proxy may have damaged one.
    download.partial.clear();
    download.onBytes(0, 0);
    try {
      await fill(download);
    } catch (again) {
      if (isWrongShard(again)) download.partial.clear();
      throw again;
    }
  }
  if (resumed) download.onBytes(download.partial.size, 0);
}

async function fill(download: ShardDownload): Promise<void> {
  const { partial, shard, signal, onBytes } = download;
  const hashers = await Hashers.create(download);
  // Without a hash or a version nobody can tell whether the rest belongs to it.
  if (partial.size > shard.nbytes || !canResume(download)) partial.clear();
  await partial.forEach((chunk) => {
    if (signal.aborted) throw aborted();
    hashers.update(chunk);
  });
  onBytes(partial.size, 0);
  let failures = 0;
  let endedAt = -1;
  while (partial.size < shard.nbytes) {
    const before = partial.size;
    try {
      await transfer(download, hashers);
      // The server ended before the manifest's length: asked once more, then believed.
      if (partial.size < shard.nbytes && partial.size === endedAt) {
        throw truncatedShard(shard, partial.size);
      }
      endedAt = partial.size;
    } catch (error) {
      if (signal.aborted) throw aborted();
      if (!isCut(error)) throw error;
      failures = partial.size > before ? 1 : failures + 1;
      if (failures > triesWithoutProgress) throw givenUp(shard, partial.size, error);
      await pause(Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1)), signal);
    }
  }
  hashers.check(shard);
}

function canResume({ shard, pin }: ShardDownload): boolean {
  return shard.md5 !== null || pin !== undefined || typeof shard.version === "string";
}

/** The hashes that are known beforehand, over what arrives. */
class Hashers {
  readonly #md5: IHasher | null;
  readonly #sha256: IHasher | null;
  readonly #pin: string;

  private constructor(md5: IHasher | null, sha256: IHasher | null, pin: string) {
    this.#md5 = md5;
    this.#sha256 = sha256;
    this.#pin = pin;
    this.init();
  }

  static async create({ shard, pin }: ShardDownload): Promise<Hashers> {
    const md5 = shard.md5 === null ? null : await createMD5();
    return new Hashers(md5, pin === undefined ? null : await createSHA256(), pin ?? "");
  }

  init(): void {
    this.#md5?.init();
    this.#sha256?.init();
  }

  update(chunk: Uint8Array): void {
    this.#md5?.update(chunk);
    this.#sha256?.update(chunk);
  }

  /** Throws `corrupt-shard`. */
  check({ path, md5 }: WeightsFile): void {
    const actual = this.#md5?.digest("hex") ?? null;
    if (md5 !== null && actual !== null && actual !== md5) throw corruptShard({ path, md5 }, actual);
    if (this.#sha256 !== null) assertPinned(path, this.#pin, this.#sha256.digest("hex"));
  }
}

/** One answer of the server, from where the partial file ends. */
async function transfer(download: ShardDownload, hashers: Hashers): Promise<void> {
  const { partial, shard, signal, onBytes } = download;
  const chunks = await openAt(download, partial.size);
  if (chunks === null) throw truncatedShard(shard, partial.size);
  if (chunks.start === 0 && partial.size > 0) {
    partial.clear();
    hashers.init();
    onBytes(0, 0);
  }
  await readChunks(chunks.body, shard.path, signal, async (chunk) => {
    if (partial.size + chunk.byteLength > shard.nbytes) throw tooLong(shard);
    await partial.append(chunk);
    hashers.update(chunk);
    onBytes(partial.size, chunk.byteLength);
  });
}

interface Answer {
  readonly start: number;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Null where the server has nothing from there on. */
async function openAt({ fetch, url, signal, shard }: ShardDownload, start: number): Promise<Answer | null> {
  // Not kept in the HTTP cache as well: that would be every byte twice on the disk.
  const init: RequestInit = { signal, cache: "no-store" };
  if (start > 0) init.headers = { Range: `bytes=${start}-` };
  let response: Response;
  try {
    response = await abortable(fetch(url, init), signal);
  } catch (cause) {
    if (signal.aborted) throw aborted();
    throw new InferscopeError("network", `${url} cannot be reached`, { details: { url }, cause });
  }
  const { status, body } = response;
  if (status === 206 && shard.md5 === null && (shard.version ?? null) !== versionOf(response)) {
    await body?.cancel();
    throw new InferscopeError("corrupt-shard", `${shard.path} was changed on the server meanwhile`, {
      hint: "Load again: it is fetched from its start.",
    });
  }
  if (status === 206 && body !== null) return { start: rangeStart(response) ?? start, body };
  if (status === 200 && body !== null) return { start: 0, body };
  await body?.cancel();
  if (status === 416) return null;
  throw new InferscopeError("http-status", `${shard.path}: the server answered ${status}`, {
    hint: "Load again to go on where it stopped; the finished parts are kept.",
    details: { status, url },
  });
}

/** Hosts that do not expose the header are believed: the hash decides. */
function rangeStart(response: Response): number | null {
  const match = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
  return match?.[1] === undefined ? null : Number(match[1]);
}

function isCut(error: unknown): boolean {
  if (!(error instanceof InferscopeError)) return false;
  const status = error.details?.["status"];
  return error.kind === "network" || (typeof status === "number" && (status >= 500 || status === 429));
}

function givenUp(shard: WeightsFile, loaded: number, cause: unknown): InferscopeError {
  if (cause instanceof InferscopeError && cause.kind !== "network") return cause;
  return new InferscopeError("network", `The download of ${shard.path} was cut again and again`, {
    hint: "Check the connection and load again: it goes on where it stopped.",
    details: { loaded, nbytes: shard.nbytes },
    cause,
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return abortable(new Promise((resolve) => setTimeout(resolve, ms)), signal);
}
