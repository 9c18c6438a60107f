import { describe, expect, it } from "vitest";

import { errorOf } from "../../testing/error-of.ts";
import { PartialFile, partialSize } from "./partial-file.ts";

/** A folder of the origin private file system in memory, with room for so many bytes. */
class MemoryFolder {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  room = Infinity;
  /** What a write says that did not fit: how much of it did, or, as Chrome, an error as a number. */
  answersWithCode = false;

  getFileHandle(name: string, { create = false } = {}) {
    if (!this.files.has(name)) {
      if (!create) return Promise.reject(new DOMException("none", "NotFoundError"));
      this.files.set(name, new Uint8Array(0));
    }
    return Promise.resolve({
      name,
      getFile: () => Promise.resolve(new Blob([this.files.get(name)!])),
      createSyncAccessHandle: () => Promise.resolve(this.#access(name)),
    });
  }

  removeEntry(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }

  #access(name: string) {
    const bytes = () => this.files.get(name)!;
    return {
      getSize: () => bytes().length,
      truncate: (size: number) => void this.files.set(name, bytes().slice(0, size)),
      read: (into: Uint8Array, { at }: { at: number }) => {
        const piece = bytes().subarray(at, at + into.length);
        into.set(piece);
        return piece.length;
      },
      write: (chunk: Uint8Array, { at }: { at: number }) => {
        const taken = [...this.files.values()].reduce((sum, { length }) => sum + length, 0);
        const piece = chunk.subarray(0, Math.max(0, this.room - taken));
        const grown = new Uint8Array(at + piece.length);
        grown.set(bytes().subarray(0, at));
        grown.set(piece, at);
        this.files.set(name, grown);
        return piece.length < chunk.length && this.answersWithCode ? 2 ** 32 - 8 : piece.length;
      },
      close: () => undefined,
    };
  }
}

const folderOf = (memory: MemoryFolder) => memory as unknown as FileSystemDirectoryHandle;
const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

async function bytesOf(partial: PartialFile): Promise<Uint8Array> {
  const pieces: number[] = [];
  await partial.forEach((chunk) => pieces.push(...chunk));
  return Uint8Array.from(pieces);
}

describe("a partial file in segments", () => {
  it("keeps what chunks of any length brought, over several visits, and is one blob", async () => {
    const memory = new MemoryFolder();
    let at = 0;
    for (const length of [1, 99, 100, 250, 550]) {
      const partial = await PartialFile.open(folderOf(memory), "a.part", 100);
      expect(partial.size).toBe(at);
      await partial.append(content.slice(at, (at += length)));
      expect(await bytesOf(partial)).toEqual(content.slice(0, at));
      partial.close();
    }
    expect([...memory.files.values()].every(({ length }) => length <= 100)).toBe(true);
    expect(await partialSize(folderOf(memory), "a.part")).toBe(1000);
    const partial = await PartialFile.open(folderOf(memory), "a.part", 100);
    expect(new Uint8Array(await (await partial.blob()).arrayBuffer())).toEqual(content);
    await partial.remove();
    expect(memory.files.size).toBe(0);
    expect(await partialSize(folderOf(memory), "a.part")).toBe(0);
  });

  it.each([false, true])("takes all of a chunk or nothing where the storage is full (%s)", async (code) => {
    const memory = new MemoryFolder();
    memory.answersWithCode = code;
    const partial = await PartialFile.open(folderOf(memory), "a.part", 100);
    await partial.append(content.slice(0, 150));
    memory.room = 330;
    expect((await errorOf(partial.append(content.slice(150, 400)))).kind).toBe("storage-quota");
    expect(await bytesOf(partial)).toEqual(content.slice(0, 150));
    memory.room = Infinity;
    await partial.append(content.slice(150, 400));
    expect(await bytesOf(partial)).toEqual(content.slice(0, 400));
    partial.clear();
    expect(partial.size).toBe(0);
    await partial.append(content);
    expect(await bytesOf(partial)).toEqual(content);
  });
});
