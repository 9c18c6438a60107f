/** Where a model folder's files come from: a URL, or a folder that the user picked. */
import { InferscopeError } from "../../protocol/index.ts";

export interface OpenFile {
  readonly found: true;
  /** Of the HTTP answer; null where the source is no server. */
  readonly status: number | null;
  /** The server's word for this content (`ETag`, else `Last-Modified`); null where it says none. */
  readonly version?: string | null;
  readonly chunks: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** SHA-256 by path, 64 hex digits in lower case: what the files must be, whatever the server says. */
export type Pins = ReadonlyMap<string, string>;

/** A file of weights whose length is known. */
export interface WeightsFile {
  /** Relative to the model folder. */
  readonly path: string;
  readonly nbytes: number;
  /** 32 hex digits, lower case; null where nobody tells. Then length and version decide. */
  readonly md5: string | null;
  readonly version?: string | null;
}

export interface AbsentFile {
  readonly found: false;
  /** In words, to follow the file's name: "the server answered 404". */
  readonly reason: string;
  /** Of the HTTP answer; null where the source is no server. */
  readonly status: number | null;
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** Past every HTTP cache: a second try after a wrong hash. */
  readonly fresh?: boolean;
}

export interface FileSource {
  /** What to call the model: the folder's name. */
  readonly id: string;
  readonly pins?: Pins;
  /** Rejects with `network` or `http-status`; a missing file is an answer, not an error. */
  open(path: string, options: OpenOptions): Promise<OpenFile | AbsentFile>;
  /** Why files of weights are read from the network and not kept, in a sentence; null where they are kept. */
  readonly whyNotKept?: string | null;
  /** Brings files of weights in before they are opened, where the source stores them. */
  fetchShards?(
    files: readonly WeightsFile[],
    onProgress: (progress: ShardProgress) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

export interface ShardProgress {
  readonly file: string;
  /** Of all shards, those that were there before included. */
  readonly loadedBytes: number;
  /** Over the network in this load. */
  readonly arrivedBytes: number;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A folder below a URL. `fetch` is injected so that the app's guarded one is used. */
export class UrlSource implements FileSource {
  readonly id: string;
  readonly pins: Pins;
  readonly #base: string;
  readonly #fetch: Fetch;

  constructor(url: string, options: { fetch?: Fetch; baseUrl?: string; pins?: Pins } = {}) {
    this.#base = modelFolderUrl(url, options.baseUrl);
    this.pins = options.pins ?? new Map();
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.id = folderName(this.#base);
  }

  async open(path: string, { signal, fresh = false }: OpenOptions): Promise<OpenFile | AbsentFile> {
    const url = new URL(path, this.#base).href;
    const response = await this.#get(url, { signal, ...(fresh ? { cache: "reload" } : {}) });
    const { status } = response;
    if (status === 404 || status === 403 || status === 410) {
      await response.body?.cancel();
      return { found: false, reason: `the server answered ${status}`, status };
    }
    if (!response.ok) {
      throw new InferscopeError(
        "http-status",
        `${url}: the server answered ${status} ${response.statusText}`.trim(),
        {
          hint:
            status === 401 ? "The model needs a login, which this page does not have." : "Try again later.",
          details: { status, url },
        },
      );
    }
    // A single-page site answers every path with its start page.
    if (response.headers.get("content-type")?.startsWith("text/html") === true) {
      await response.body?.cancel();
      return { found: false, reason: "the server answered with a web page instead of the file", status };
    }
    if (response.body === null) throw new InferscopeError("network", `${url}: the answer has no body`);
    return { found: true, status, version: versionOf(response), chunks: response.body };
  }

  async #get(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(url, init);
    } catch (cause) {
      if (init.signal?.aborted === true) throw aborted();
      if (cause instanceof InferscopeError) throw cause;
      throw new InferscopeError("network", `${url} cannot be reached`, {
        hint: "Check the address and the connection. If it opens in a tab of its own, the server does not allow other pages to read it (CORS): it must send Access-Control-Allow-Origin.",
        details: { url },
        cause,
      });
    }
  }
}

/** A folder picked by the user; nothing leaves the machine. */
export class FolderSource implements FileSource {
  readonly id: string;
  readonly #folder: FileSystemDirectoryHandle;

  constructor(folder: FileSystemDirectoryHandle) {
    this.id = folder.name;
    this.#folder = folder;
  }

  async open(path: string): Promise<OpenFile | AbsentFile> {
    const parts = path.split("/");
    const name = parts.pop() ?? "";
    try {
      let folder = this.#folder;
      for (const part of parts) folder = await folder.getDirectoryHandle(part);
      const handle = await folder.getFileHandle(name);
      return { found: true, status: null, chunks: (await handle.getFile()).stream() };
    } catch (cause) {
      if (cause instanceof Error && (cause.name === "NotFoundError" || cause.name === "TypeMismatchError")) {
        return { found: false, reason: `the folder "${this.id}" has no such file`, status: null };
      }
      throw new InferscopeError("network", `${path} in the folder "${this.id}" cannot be read`, {
        hint: "Pick the folder again to renew the permission.",
        cause,
      });
    }
  }
}

export function versionOf({ headers }: Response): string | null {
  return headers.get("etag") ?? headers.get("last-modified");
}

export const aborted = () => new InferscopeError("aborted", "The load was cancelled");

/**
 * The address of a model folder, with a slash at its end. A page of huggingface.co becomes the
 * address of its files; the address of the config file, that of its folder.
 */
export function modelFolderUrl(url: string, baseUrl?: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url.trim(), baseUrl);
  } catch (cause) {
    throw new InferscopeError("network", `"${url}" is not an address`, {
      hint: "Give the address of a model folder: https://host/path/to/model/",
      cause,
    });
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new InferscopeError("network", `"${url}" cannot be fetched: only http and https are supported`, {
      hint: "For files on this machine, pick the folder instead.",
    });
  }
  let path = parsed.pathname
    .replace(/\/+$/, "")
    .replace(/\/(?:mlc-chat-config|config|model\.safetensors\.index)\.json$|\/model\.safetensors$/, "");
  if (parsed.hostname === "huggingface.co" || parsed.hostname === "www.huggingface.co") {
    const [, owner, name, kind, revision = "main", ...rest] = path.split("/");
    if (
      owner !== undefined &&
      name !== undefined &&
      (kind === undefined || kind === "tree" || kind === "blob" || kind === "resolve")
    ) {
      path = ["", owner, name, "resolve", revision, ...rest].join("/");
    }
  }
  return `${parsed.origin}${path}/`;
}

/** Last part of the path that says something: not `resolve/main`. */
export function folderName(base: string): string {
  const url = new URL(base);
  const parts = url.pathname
    .replace(/\/resolve\/[^/]+\/$/, "/")
    .split("/")
    .filter((part) => part !== "");
  return decodeName(parts.at(-1) ?? url.host);
}

function decodeName(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
