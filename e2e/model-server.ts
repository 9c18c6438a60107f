/**
 * Serves the embedded model under `/good/`, also below a path and with `resolve/main/` behind as
 * Hugging Face does, and copies of it with one fault each.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../public/models/scope-2m-q4f16_1", import.meta.url));

type Files = Map<string, Buffer>;

/** Each changes a healthy copy. */
const faults: Readonly<Record<string, (files: Files) => void>> = {
  good: () => undefined,
  "truncated-shard": (files) => {
    files.set(shardName, file(files, shardName).subarray(0, -100));
  },
  "flipped-byte": (files) => {
    const bytes = Buffer.from(file(files, shardName));
    bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
    files.set(shardName, bytes);
  },
  // As many bytes as before, so only the model's own configuration tells.
  "lying-shapes": (files) => {
    editJson(files, "tensor-cache.json", (text) => {
      const manifest = JSON.parse(text) as { records: { records: { shape: number[] }[] }[] };
      const tensor = manifest.records[0]?.records.find(({ shape }) => shape.length === 2);
      tensor?.shape.reverse();
      return manifest;
    });
  },
  "unknown-architecture": (files) => {
    editJson(files, "mlc-chat-config.json", (text) => {
      return { ...(JSON.parse(text) as object), model_type: "mamba" };
    });
  },
  "no-tokenizer": (files) => {
    files.delete("tokenizer.json");
  },
};

const shardName = "params_shard_0.bin";

function file(files: Files, name: string): Buffer {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`${name} is not in ${folder}`);
  return bytes;
}

function editJson(files: Files, name: string, edit: (text: string) => unknown): void {
  files.set(name, Buffer.from(JSON.stringify(edit(file(files, name).toString()))));
}

export interface ModelServer {
  /** With a slash at its end; a folder's name follows. */
  readonly url: string;
  /** Paths in the order they were asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** `aliases`: other names of the folder without a fault. */
export async function startModelServer(aliases: readonly string[] = []): Promise<ModelServer> {
  const folders = new Map(
    Object.entries(faults).map(([name, change]) => {
      const files: Files = new Map(
        readdirSync(folder).map((entry) => [entry, readFileSync(path.join(folder, entry))]),
      );
      change(files);
      return [name, files];
    }),
  );
  const good = folders.get("good") ?? (new Map() as Files);
  for (const alias of aliases) folders.set(alias, good);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    // Another origin than the app's, which lets it read.
    response.setHeader("Access-Control-Allow-Origin", "*");
    const path = request.url ?? "";
    requests.push(path);
    const parts = path.split("/");
    const name = parts.find((part) => folders.has(part)) ?? "";
    const bytes = folders.get(name)?.get(parts.at(-1) ?? "");
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, requests, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
