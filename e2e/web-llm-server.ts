/**
 * A model of WebLLM's from a loopback folder: the embedded model's own files, and libraries that
 * are none, damaged, or of another version. A library that runs exists on WebLLM's host only.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../public/models/scope-2m-q4f16_1", import.meta.url));
/** Where WebLLM looks below an address without a revision. */
const below = "/tiny/resolve/main/";
const shard = "params_shard_0.bin";

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const name = (text: string) => [text.length, ...Buffer.from(text)];
const libraries: Readonly<Record<string, Buffer>> = {
  "page.wasm": Buffer.from("<!doctype html><title>Not found</title>"),
  "text.wasm": Buffer.from("version https://git-lfs.github.com/spec/v1"),
  // A type section that promises more than there is.
  "truncated.wasm": Buffer.from([...header, 1, 40, 3]),
  // Sound, but it has none of the functions that the runtime calls.
  "empty.wasm": Buffer.from(header),
  // With a memory, exported as "memory", and nothing else.
  "memory.wasm": Buffer.from([
    ...header,
    ...[5, 3, 1, 0, 1],
    ...[7, 3 + name("memory").length, 1, ...name("memory"), 2, 0],
  ]),
  // It wants a function that this version's runtime does not have: () => (), from `env`.
  "other-version.wasm": Buffer.from([
    ...header,
    ...[1, 4, 1, 0x60, 0, 0],
    ...[2, 1 + name("env").length + name("TVMOld").length + 2, 1, ...name("env"), ...name("TVMOld"), 0, 0],
  ]),
};

export interface WebLlmServer {
  readonly url: string;
  /** Paths in the order in which they were asked for. */
  readonly requests: string[];
  /** Replaces files of the model; null for one that is missing. */
  readonly changed: Map<string, Buffer | null>;
  /** Answers nothing to requests that end so. */
  stallAt: string | null;
  close(): Promise<void>;
}

export async function startWebLlmServer(): Promise<WebLlmServer> {
  const files = new Map(readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file))]));
  const changed = new Map<string, Buffer | null>();
  const requests: string[] = [];
  const state = { stallAt: null as string | null };
  const server = createServer((request, response) => {
    const asked = request.url ?? "";
    requests.push(asked);
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (state.stallAt !== null && asked.endsWith(state.stallAt)) return;
    const file = asked.startsWith(below) ? asked.slice(below.length) : "";
    const bytes = changed.has(file)
      ? changed.get(file)
      : (files.get(file) ?? libraries[asked.replace("/libraries/", "")]);
    response.writeHead(bytes == null ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    requests,
    changed,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

const file = (entry: string) => readFileSync(path.join(folder, entry));

/** Damaged copies of the model's files. */
export const damaged = {
  shortShard: file(shard).subarray(0, -100),
  flippedShard: Buffer.from(file(shard)).fill(1, 5000, 5001),
  brokenConfig: Buffer.from("{"),
  foreignConfig: Buffer.from('{"model_type": "llama"}'),
  brokenManifest: Buffer.from('{"records": []}'),
};
