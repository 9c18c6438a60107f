/** A file that is being downloaded, in the origin private file system: what arrived outlives the tab. */
import { InferscopeError } from "../../../protocol/index.ts";

const readBytes = 2 ** 22;
const openTries = 20;
const openPauseMs = 100;

export class PartialFile {
  readonly #folder: FileSystemDirectoryHandle;
  readonly #name: string;
  readonly #handle: FileSystemSyncAccessHandle;
  #size: number;

  private constructor(folder: FileSystemDirectoryHandle, name: string, handle: FileSystemSyncAccessHandle) {
    this.#folder = folder;
    this.#name = name;
    this.#handle = handle;
    this.#size = handle.getSize();
  }

  /** Opens or makes the file. A tab that wrote it and has just ended may hold it for a moment. */
  static async open(folder: FileSystemDirectoryHandle, name: string): Promise<PartialFile> {
    const file = await folder.getFileHandle(name, { create: true });
    for (let tries = 1; ; tries += 1) {
      try {
        return new PartialFile(folder, name, await file.createSyncAccessHandle());
      } catch (cause) {
        if (tries === openTries) throw cause;
        await new Promise((resolve) => setTimeout(resolve, openPauseMs));
      }
    }
  }

  /** Bytes that arrived. */
  get size(): number {
    return this.#size;
  }

  /** Throws `storage-quota`. */
  append(chunk: Uint8Array<ArrayBuffer>): void {
    try {
      const written = this.#handle.write(chunk, { at: this.#size });
      if (written < chunk.byteLength) throw storageFull(chunk.byteLength);
    } catch (cause) {
      this.#handle.truncate(this.#size);
      throw asStorageError(cause, chunk.byteLength);
    }
    this.#size += chunk.byteLength;
  }

  clear(): void {
    this.#handle.truncate(0);
    this.#size = 0;
  }

  /** Everything that arrived, in pieces that are only valid during the call. */
  forEach(visit: (chunk: Uint8Array) => void): void {
    const buffer = new Uint8Array(Math.min(readBytes, this.#size));
    for (let at = 0; at < this.#size;) {
      const read = this.#handle.read(buffer, { at });
      if (read === 0) throw new Error(`${this.#name} ended at ${at} of ${this.#size} bytes`);
      visit(buffer.subarray(0, read));
      at += read;
    }
  }

  /** Lets go of the file; it stays. */
  close(): void {
    this.#handle.close();
  }

  /** What is on disk, after `close`. */
  async blob(): Promise<Blob> {
    return (await this.#folder.getFileHandle(this.#name)).getFile();
  }

  async remove(): Promise<void> {
    await this.#folder.removeEntry(this.#name);
  }
}

/** bytes: what was to be written. */
export function asStorageError(cause: unknown, bytes: number): unknown {
  return cause instanceof DOMException && cause.name === "QuotaExceededError"
    ? storageFull(bytes, cause)
    : cause;
}

function storageFull(bytes: number, cause?: unknown): InferscopeError {
  return new InferscopeError("storage-quota", "The browser did not store what arrived.", {
    hint: "Delete stored models under Models, or free disk space. What is complete is kept; load again to go on.",
    details: { bytes },
    cause,
  });
}
