import type { AbsentFile, FileSource, OpenFile } from "../models/file-source.ts";

export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** A model folder in memory. `opened` lists what was asked for, in order. */
export class MemorySource implements FileSource {
  readonly id: string;
  readonly opened: string[] = [];
  readonly #files: Files;
  readonly #chunkSize: number;

  constructor(files: Files, options: { id?: string; chunkSize?: number } = {}) {
    this.id = options.id ?? "memory";
    this.#files = files;
    this.#chunkSize = options.chunkSize ?? 65_536;
  }

  open(path: string): Promise<OpenFile | AbsentFile> {
    this.opened.push(path);
    const bytes = this.#files.get(path);
    if (bytes === undefined) return Promise.resolve({ found: false, reason: "not there", status: null });
    const chunkSize = this.#chunkSize;
    let offset = 0;
    const chunks = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (offset >= bytes.length) controller.close();
        else controller.enqueue(bytes.subarray(offset, (offset += chunkSize)));
      },
    });
    return Promise.resolve({ found: true, status: null, chunks });
  }
}
