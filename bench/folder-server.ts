/** Serves a folder to other origins, with ranges, from disk: files of gigabytes. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

export interface FolderServer {
  /** With a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveFolder(folder: string): Promise<FolderServer> {
  const server = createServer(({ url = "/", method, headers }, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "Range");
    if (method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    const file = path.join(folder, path.basename(decodeURIComponent(new URL(url, "http://x").pathname)));
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const { size, mtimeMs } = statSync(file);
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      "Content-Type": "application/octet-stream",
      "Content-Length": size - start,
      ETag: `"${size}-${mtimeMs}"`,
      ...(start > 0 ? { "Content-Range": `bytes ${start}-${size - 1}/${size}` } : {}),
    });
    const stream = createReadStream(file, { start, highWaterMark: 2 ** 20 });
    response.on("close", () => stream.destroy());
    stream.on("error", () => response.destroy());
    stream.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/${path.basename(folder)}/`, close };
}
