/** A file of weights handed on as it comes, for storage that keeps nothing. Cuts are resumed as for kept files. */
import { InferscopeError } from "../../../protocol/index.ts";
import { downloadShard, type ShardDownload } from "./download-shard.ts";

/**
 * No more is fetched than is read. Errors as `downloadShard`'s, but that a file is never started
 * again: what was handed on cannot be taken back, so a wrong hash is `corrupt-shard` at once, and a
 * server that has no ranges is `truncated-shard` after a cut.
 */
export function streamShard(
  download: Omit<ShardDownload, "partial" | "onBytes">,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = new AbortController();
  let wake = (): void => undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(stream) {
      let size = 0;
      const partial = {
        canRestart: false,
        get size() {
          return size;
        },
        async append(chunk: Uint8Array<ArrayBuffer>) {
          stream.enqueue(chunk);
          size += chunk.byteLength;
          if ((stream.desiredSize ?? 0) <= 0) await new Promise<void>((resolve) => (wake = resolve));
        },
        forEach: () => undefined,
        clear() {
          if (size === 0) return;
          const { path, nbytes } = download.shard;
          throw new InferscopeError("truncated-shard", `${path} was cut after ${size} of ${nbytes} bytes`, {
            hint: "The server does not go on where a download stopped. Load again.",
          });
        },
      };
      const signal = AbortSignal.any([download.signal, reader.signal]);
      downloadShard({ ...download, signal, partial, onBytes: () => undefined }).then(
        () => stream.close(),
        (error: unknown) => {
          if (!reader.signal.aborted) stream.error(error);
        },
      );
    },
    pull: () => wake(),
    cancel() {
      reader.abort();
      wake();
    },
  });
}
