/** Serves the embedded model under `/good/`, and copies of it with one fault each. */
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

/** The URL of the server with a slash at its end; a folder's name follows. */
export async function startModelServer(): Promise<{ url: string; close(): Promise<void> }> {
  const folders = new Map(
    Object.entries(faults).map(([name, change]) => {
      const files: Files = new Map(
        readdirSync(folder).map((entry) => [entry, readFileSync(path.join(folder, entry))]),
      );
      change(files);
      return [name, files];
    }),
  );
  const server = createServer((request, response) => {
    // Another origin than the app's, which lets it read.
    response.setHeader("Access-Control-Allow-Origin", "*");
    const [, name = "", entry = ""] = (request.url ?? "").split("/");
    const bytes = folders.get(name)?.get(entry);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
