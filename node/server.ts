/**
 * Serves the built app from `dist/` on 127.0.0.1: isolation and content policy on every
 * response, byte ranges, plain 404s (routes live in the URL's hash, so no file stands in
 * for another; hidden files are none). It answers as this machine alone. `startServer` is what tests, the lab and the bench use, with port 0.
 */
import { createReadStream, existsSync, realpathSync, statSync, type Stats } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { securityHeaders } from "../scripts/headers.ts";
import { askedName, isLocalName } from "./hosts.ts";

export const defaultPort = 4173;
const host = "127.0.0.1";
export const portsTried = 20;

export interface ServerOptions {
  /** Folder to serve; default: the repository's `dist/`. */
  readonly root?: string;
  /** 0 lets the system choose. A port that is given is the port or an error. */
  readonly port?: number;
}

export interface RunningServer {
  /** With a slash at the end. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const mimeTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".jsonl": "application/x-ndjson; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".wasm": "application/wasm",
  ".bin": "application/octet-stream",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
  ".wgsl": "text/plain; charset=utf-8",
};

/** Starts the server. Rejects when `root` holds no `index.html` or the given port is taken. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const root = options.root ?? fileURLToPath(new URL("../dist", import.meta.url));
  if (!existsSync(path.join(root, "index.html"))) {
    throw new Error(`there is no built app in ${root}: run "npm run build" first, or "npm start" for both`);
  }
  const realRoot = realpathSync(root);
  const server = createServer((request, response) => answer(realRoot, request, response));
  const port = await listen(server, options.port);
  return {
    url: `http://${host}:${port}/`,
    port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

/** The given port, or the first free one from `defaultPort` on. */
async function listen(server: Server, port: number | undefined): Promise<number> {
  if (port !== undefined) return bind(server, port);
  for (let candidate = defaultPort; ; candidate += 1) {
    try {
      return await bind(server, candidate);
    } catch (error) {
      if (!isTaken(error) || candidate >= defaultPort + portsTried) throw error;
    }
  }
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      // A TCP server's address is an AddressInfo; the string form is for pipes.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

function answer(root: string, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders({ dev: false })))
    response.setHeader(name, value);
  const name = askedName(request.headers.host);
  if (!isLocalName(name)) {
    plain(response, 421, `This server does not answer as "${name}". Ask it by localhost.`);
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    plain(response, 405, "Only GET and HEAD are answered here.");
    return;
  }
  const file = resolveFile(root, request.url ?? "/");
  if (file === null) {
    plain(response, 404, "Not found.");
    return;
  }

  const { size, mtimeMs } = file.stats;
  const etag = `"${size.toString(16)}-${Math.trunc(mtimeMs).toString(16)}"`;
  response.setHeader(
    "Content-Type",
    mimeTypes[path.extname(file.path).toLowerCase()] ?? "application/octet-stream",
  );
  response.setHeader("ETag", etag);
  response.setHeader("Accept-Ranges", "bytes");
  // Built scripts carry a hash in their name; everything else is asked for again each time.
  const immutable = path.relative(root, file.path).startsWith(`assets${path.sep}`);
  response.setHeader("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304).end();
    return;
  }

  const range = parseRange(request.headers.range, size);
  if (range === "unsatisfiable") {
    response.setHeader("Content-Range", `bytes */${size}`);
    plain(response, 416, "The range lies outside the file.");
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range !== null) response.setHeader("Content-Range", `bytes ${start}-${end}/${size}`);
  response.setHeader("Content-Length", end - start + 1);
  response.writeHead(range === null ? 200 : 206);
  if (request.method === "HEAD" || size === 0) {
    response.end();
    return;
  }
  const stream = createReadStream(file.path, { start, end });
  stream.on("error", () => response.destroy());
  response.on("close", () => stream.destroy());
  stream.pipe(response);
}

/** The file behind a request path, or `null`: missing, malformed, hidden (`.name`), or outside of `root`. */
function resolveFile(root: string, url: string): { path: string; stats: Stats } | null {
  try {
    const pathname = decodeURIComponent(url.split(/[?#]/, 1)[0] ?? "/");
    if (!pathname.startsWith("/") || pathname.includes("\0")) return null;
    const wanted = path.join(root, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    const real = realpathSync(wanted); // follows links, so a link out of `root` shows as what it is
    if (!real.startsWith(root + path.sep)) return null;
    if (
      path
        .relative(root, real)
        .split(path.sep)
        .some((part) => part.startsWith("."))
    )
      return null;
    const stats = statSync(real);
    return stats.isFile() ? { path: real, stats } : null;
  } catch {
    return null;
  }
}

/** One byte range, both ends inclusive. `null`: no range, or a form we may ignore (RFC 9110, 14.2). */
export function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null) return null;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Number(last);
    return length === 0 || size === 0
      ? "unsatisfiable"
      : { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size) return "unsatisfiable";
  return end < start ? null : { start, end };
}

function plain(response: ServerResponse, status: number, message: string): void {
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("Content-Length", Buffer.byteLength(`${message}\n`));
  response.writeHead(status).end(`${message}\n`);
}

/** `--port 8080` or `--port=8080`; throws on anything that is no port. */
export function portArgument(args: readonly string[]): number | undefined {
  const at = args.findIndex((arg) => arg === "--port" || arg.startsWith("--port="));
  if (at === -1) return undefined;
  const arg = args[at] ?? "";
  const text = arg.includes("=") ? arg.slice(arg.indexOf("=") + 1) : (args[at + 1] ?? "");
  const port = Number(text);
  if (text === "" || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`--port wants a number from 0 to 65535, not "${text}"`);
  }
  return port;
}

async function main(): Promise<void> {
  try {
    const port = portArgument(process.argv.slice(2));
    const server = await startServer(port === undefined ? {} : { port });
    console.log(`Inferscope is at ${server.url}`);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => void server.close().finally(() => process.exit(0)));
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(isTaken(error) ? `${message}: that port is taken, choose another with --port` : message);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
