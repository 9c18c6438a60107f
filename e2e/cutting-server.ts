/** Serves a model of several shards, logs what was asked, and cuts answers at random points. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { parseRange } from "../node/server.ts";

const folder = fileURLToPath(new URL("../public/models/scope-2m-q0f16", import.meta.url));
const texts = ["mlc-chat-config.json", "tokenizer.json", "tokenizer_config.json"];
const shardCount = 6;

export interface ShardRequest {
  readonly path: string;
  readonly start: number;
  /** Bytes that were sent before the end or the cut. */
  sent: number;
}

export interface CuttingServer {
  /** Of the model's folder. */
  readonly url: string;
  readonly shards: ReadonlyMap<string, Buffer>;
  readonly requests: ShardRequest[];
  /** Answers that are still to be cut. */
  cuts: number;
  /** Whether the server stands still after the last of them. */
  stallsAfterCuts: boolean;
  /** Answers every range with the whole file. */
  ignoresRange: boolean;
  /** The `Last-Modified` of every answer; null sends none. */
  lastModified: string | null;
  /** Answers nothing at all, so that a download stands still. */
  stalls: boolean;
  /** Ends the standstill; who waits for an answer is cut off and may ask again. */
  goOn(): void;
  close(): Promise<void>;
}

/** A folder's files by name: `shards` are cut and logged, the others are not. */
export interface ServedModel {
  readonly shards: Map<string, Buffer>;
  readonly files: Map<string, Buffer>;
}

export async function startCuttingServer(
  random: () => number,
  { shards, files }: ServedModel = splitEmbedded(),
): Promise<CuttingServer> {
  const hanging: ServerResponse[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    const name = (request.url ?? "").split("/").at(-1) ?? "";
    const shard = shards.get(name);
    if (state.lastModified !== null) response.setHeader("Last-Modified", state.lastModified);
    if (state.stalls) {
      hanging.push(response);
      return;
    }
    if (shard !== undefined) sendShard(state, request, response, { name, bytes: shard, random });
    else response.writeHead(files.has(name) ? 200 : 404).end(files.get(name));
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const state: CuttingServer = {
    url: `http://127.0.0.1:${port}/scope/resolve/main/`,
    shards,
    requests: [],
    cuts: 0,
    stallsAfterCuts: false,
    ignoresRange: false,
    lastModified: null,
    stalls: false,
    goOn: () => {
      state.stalls = false;
      for (const response of hanging.splice(0)) response.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return state;
}

function sendShard(
  state: CuttingServer,
  request: IncomingMessage,
  response: ServerResponse,
  { name, bytes, random }: { name: string; bytes: Buffer; random: () => number },
): void {
  const range = state.ignoresRange ? null : parseRange(request.headers.range, bytes.length);
  if (range === "unsatisfiable") {
    response.writeHead(416).end();
    return;
  }
  const start = range?.start ?? 0;
  const rest = bytes.subarray(start);
  const entry: ShardRequest = { path: name, start, sent: rest.length };
  state.requests.push(entry);
  response.writeHead(range === null ? 200 : 206, { "Content-Length": rest.length });
  if (state.cuts === 0) {
    response.end(rest);
    return;
  }
  state.cuts -= 1;
  state.stalls = state.stallsAfterCuts && state.cuts === 0;
  entry.sent = Math.floor(random() * rest.length);
  // Time to arrive before the cut, so that something is there to go on from.
  response.write(rest.subarray(0, entry.sent), () => setTimeout(() => response.destroy(), 30));
}

interface ManifestRecord {
  dataPath: string;
  format: string;
  nbytes: number;
  md5sum: string;
  records: { byteOffset: number; nbytes: number }[];
}

function splitEmbedded(): ServedModel {
  const shards = new Map<string, Buffer>();
  const files = new Map<string, Buffer>(texts.map((name) => [name, readFileSync(path.join(folder, name))]));
  files.set("tensor-cache.json", splitModel(shards));
  return { shards, files };
}

/** The model's one shard as several, between tensors. Returns the manifest. */
function splitModel(shards: Map<string, Buffer>): Buffer {
  const manifest = JSON.parse(readFileSync(path.join(folder, "tensor-cache.json"), "utf8")) as {
    records: ManifestRecord[];
  };
  const whole = manifest.records[0];
  if (whole === undefined) throw new Error("the embedded model has no shard");
  const bytes = readFileSync(path.join(folder, whole.dataPath));
  const perShard = Math.ceil(whole.records.length / shardCount);
  const records = Array.from({ length: shardCount }, (_, index) => {
    const tensors = whole.records.slice(index * perShard, (index + 1) * perShard);
    const start = tensors[0]?.byteOffset ?? 0;
    const last = tensors.at(-1);
    const part = bytes.subarray(start, (last?.byteOffset ?? 0) + (last?.nbytes ?? 0));
    const dataPath = `params_shard_${index}.bin`;
    shards.set(dataPath, part);
    return {
      ...whole,
      dataPath,
      nbytes: part.length,
      md5sum: createHash("md5").update(part).digest("hex"),
      records: tensors.map((tensor) => ({ ...tensor, byteOffset: tensor.byteOffset - start })),
    };
  });
  return Buffer.from(JSON.stringify({ ...manifest, records }));
}
