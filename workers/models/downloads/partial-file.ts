/**
 * A file that is being downloaded, in the origin private file system: what arrived outlives the tab.
 * It is kept in segments. Where the browser keeps files in memory (private windows), a file that
 * grows is copied again and again: a write beyond 1 GB held the thread for 6 s, with one segment.
 */
import { InferscopeError } from "../../../protocol/index.ts";
import { createYieldToEvents } from "../../engine/yield-to-events.ts";

const readBytes = 2 ** 22;
const mostMsWithoutEvents = 50;
const openTries = 20;
const openPauseMs = 100;

interface Segment {
  readonly handle: FileSystemSyncAccessHandle;
  size: number;
}

export class PartialFile {
  readonly #folder: FileSystemDirectoryHandle;
  readonly #name: string;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];
  #isClosed = false;

  /** Opens or makes the file. A tab that wrote it and has just ended may hold it for a moment. */
  static async open(
    folder: FileSystemDirectoryHandle,
    name: string,
    segmentBytes = 2 ** 27,
  ): Promise<PartialFile> {
    const segments: Segment[] = [];
    for (const file of await segmentFiles(folder, name)) segments.push(await openSegment(file));
    return new PartialFile(folder, name, segmentBytes, segments);
  }

  private constructor(
    folder: FileSystemDirectoryHandle,
    name: string,
    segmentBytes: number,
    segments: Segment[],
  ) {
    this.#folder = folder;
    this.#name = name;
    this.#segmentBytes = segmentBytes;
    this.#segments = segments;
  }

  /** Bytes that arrived. */
  get size(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** All of the chunk or nothing. Throws `storage-quota`. */
  async append(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    const sizes = this.#segments.map(({ size }) => size);
    try {
      for (let done = 0; done < chunk.byteLength;) {
        const segment = await this.#lastSegment();
        const piece = chunk.subarray(done, done + this.#segmentBytes - segment.size);
        const written = segment.handle.write(piece, { at: segment.size });
        // Chrome answers with an error's code as an unsigned number, above four billion, where it
        // keeps files in memory and that runs out (at 1.4 GB, of which its figures tell nothing).
        if (written !== piece.byteLength) throw storageFull(chunk.byteLength);
        segment.size += written;
        done += written;
      }
    } catch (cause) {
      if (!this.#isClosed) this.#segments.forEach((segment, index) => cutTo(segment, sizes[index] ?? 0));
      throw asStorageError(cause, chunk.byteLength);
    }
  }

  clear(): void {
    for (const segment of this.#segments) cutTo(segment, 0);
  }

  /** Everything that arrived, in pieces that are only valid during the call; lets the event loop in between. */
  async forEach(visit: (chunk: Uint8Array) => void): Promise<void> {
    const yieldToEvents = createYieldToEvents();
    const buffer = new Uint8Array(Math.min(readBytes, this.size));
    let lastYieldMs = performance.now();
    for (const { handle, size } of this.#segments) {
      for (let at = 0; at < size;) {
        const read = handle.read(buffer, { at });
        if (read === 0) throw new Error(`${this.#name} ended at ${at} of ${size} bytes`);
        visit(buffer.subarray(0, read));
        at += read;
        if (performance.now() - lastYieldMs < mostMsWithoutEvents) continue;
        await yieldToEvents();
        lastYieldMs = performance.now();
      }
    }
  }

  /** Lets go of the file; it stays. */
  close(): void {
    this.#isClosed = true;
    for (const { handle } of this.#segments) handle.close();
  }

  /** What is kept, after `close`. */
  async blob(): Promise<Blob> {
    const files = await segmentFiles(this.#folder, this.#name);
    return new Blob(await Promise.all(files.map((file) => file.getFile())));
  }

  async remove(): Promise<void> {
    const files = await segmentFiles(this.#folder, this.#name);
    for (const { name } of files) await this.#folder.removeEntry(name);
  }

  /** The one that has room; those behind it are empty. */
  async #lastSegment(): Promise<Segment> {
    const known = this.#segments.find(({ size }) => size < this.#segmentBytes);
    if (known !== undefined) return known;
    const name = segmentName(this.#name, this.#segments.length);
    const opened = await openSegment(await this.#folder.getFileHandle(name, { create: true }));
    if (this.#isClosed) {
      opened.handle.close();
      throw new InferscopeError("aborted", "The download was given up.");
    }
    this.#segments.push(opened);
    return opened;
  }
}

/** Bytes that arrived of a file; 0 where there is none. */
export async function partialSize(folder: FileSystemDirectoryHandle, name: string): Promise<number> {
  try {
    await folder.getFileHandle(name);
    const files = await segmentFiles(folder, name);
    const sizes = await Promise.all(files.map(async (file) => (await file.getFile()).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}

const segmentName = (name: string, index: number) => (index === 0 ? name : `${name}.${index}`);

/** In order; the first is made where it is missing. */
async function segmentFiles(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemFileHandle[]> {
  const files = [await folder.getFileHandle(name, { create: true })];
  for (;;) {
    try {
      files.push(await folder.getFileHandle(segmentName(name, files.length)));
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotFoundError") return files;
      throw error;
    }
  }
}

async function openSegment(file: FileSystemFileHandle): Promise<Segment> {
  for (let tries = 1; ; tries += 1) {
    try {
      const handle = await file.createSyncAccessHandle();
      return { handle, size: handle.getSize() };
    } catch (cause) {
      if (tries === openTries) throw cause;
      await new Promise((resolve) => setTimeout(resolve, openPauseMs));
    }
  }
}

/** Also what a write that failed may have left behind the size. */
function cutTo(segment: Segment, size: number): void {
  segment.handle.truncate(size);
  segment.size = size;
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
