import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseRange, portArgument, startServer, type RunningServer } from "./server.ts";

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "inferscope-server-"));
  const root = path.join(folder, "dist");
  mkdirSync(path.join(root, "assets"), { recursive: true });
  writeFileSync(path.join(folder, "secret.txt"), "secret");
  writeFileSync(path.join(root, "index.html"), "<!doctype html>");
  writeFileSync(
    path.join(root, "weights.bin"),
    Uint8Array.from({ length: 100 }, (_, i) => i),
  );
  writeFileSync(path.join(root, "assets", "a.wasm"), "");
  writeFileSync(path.join(root, ".env"), "secret");
  mkdirSync(path.join(root, ".git"));
  writeFileSync(path.join(root, ".git", "config"), "secret");
  symlinkSync(path.join(root, ".env"), path.join(root, "env.txt"));
  writeFileSync(path.join(root, "a.js.map"), "{}");
  symlinkSync(path.join(folder, "secret.txt"), path.join(root, "link.txt"));
  server = await startServer({ root, port: 0 });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const get = (file: string, headers: Record<string, string> = {}) => fetch(server.url + file, { headers });

/** A request path as it is: `fetch` would normalise `..` away before sending. */
function rawStatus(target: string, host = "localhost"): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("server", () => {
  it("sends isolation and policy with pages, files and errors", async () => {
    for (const file of ["", "weights.bin", "missing.js"]) {
      const { headers } = await get(file);
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("cross-origin-embedder-policy")).toBe("require-corp");
      expect(headers.get("content-security-policy")).toContain("default-src 'self'");
    }
  });

  it("names the types", async () => {
    expect((await get("")).headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect((await get("assets/a.wasm")).headers.get("content-type")).toBe("application/wasm");
    expect((await get("weights.bin")).headers.get("content-type")).toBe("application/octet-stream");
  });

  it("answers a missing file with a plain 404, never with the page", async () => {
    const response = await get("models/none/tensor-cache.json");
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  });

  it("serves ranges", async () => {
    const response = await get("weights.bin", { Range: "bytes=10-19" });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe("bytes 10-19/100");
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    expect((await get("weights.bin", { Range: "bytes=100-" })).status).toBe(416);
  });

  it.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/link.txt",
    "/..%5csecret.txt",
    "/%252e%252e/secret.txt",
    "/assets/../../secret.txt",
    "/.env",
    "/%2eenv",
    "/.git/config",
    "/assets/..%2f.env",
    "/env.txt",
    "/%00",
    "/%zz",
    "secret.txt",
  ])("gives nothing outside of its folder and nothing hidden: %s", async (target) => {
    const text = await rawStatus(target);
    expect(text).toMatch(/^HTTP\/1.1 40[04]/);
    expect(text).not.toContain("secret");
  });

  it("gives source maps", async () => {
    expect((await get("a.js.map")).status).toBe(200);
  });

  it.each(["localhost", "127.0.0.1:80", "[::1]:4173", "LOCALHOST"])("answers as %s", async (host) => {
    expect(await rawStatus("/", host)).toMatch(/^HTTP\/1.1 200/);
  });

  it.each(["evil.example", "evil.example:80", "localhost.evil.example", "192.168.1.5", ""])(
    "does not answer as %s",
    async (host) => {
      const text = await rawStatus("/", host);
      expect(text).toMatch(/^HTTP\/1.1 421/);
      expect(text).not.toContain("doctype");
    },
  );

  it("answers nothing but GET and HEAD", async () => {
    expect((await fetch(server.url, { method: "POST" })).status).toBe(405);
    const head = await fetch(`${server.url}weights.bin`, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("100");
    expect(await head.text()).toBe("");
  });

  it("confirms an unchanged file", async () => {
    const etag = (await get("weights.bin")).headers.get("etag") ?? "";
    expect((await get("weights.bin", { "If-None-Match": etag })).status).toBe(304);
  });

  it("says that nothing is built", async () => {
    await expect(startServer({ root: path.join(folder, "none"), port: 0 })).rejects.toThrow("npm run build");
  });

  it("refuses a given port that is taken", async () => {
    await expect(startServer({ root: path.join(folder, "dist"), port: server.port })).rejects.toThrow(
      "EADDRINUSE",
    );
  });
});

describe("parseRange", () => {
  it.each([
    [undefined, null],
    ["bytes=0-0", { start: 0, end: 0 }],
    ["bytes=5-", { start: 5, end: 9 }],
    ["bytes=-3", { start: 7, end: 9 }],
    ["bytes=-30", { start: 0, end: 9 }],
    ["bytes=2-100", { start: 2, end: 9 }],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=5-2", null],
    ["bytes=0-1,4-5", null],
    ["lines=0-1", null],
  ])("%s of ten bytes", (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });
});

describe("portArgument", () => {
  it("reads both forms and refuses what is no port", () => {
    expect(portArgument([])).toBeUndefined();
    expect(portArgument(["--port", "8080"])).toBe(8080);
    expect(portArgument(["--port=0"])).toBe(0);
    expect(() => portArgument(["--port"])).toThrow();
    expect(() => portArgument(["--port", "http"])).toThrow();
  });
});
