import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { serveArguments } from "./arguments.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "inferscope-serve-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (text: string) => {
  const name = path.join(folder, "key.txt");
  writeFileSync(name, text);
  return name;
};
const read = (args: readonly string[], environment: Record<string, string> = {}) =>
  serveArguments(args, environment);

describe("npm run serve", () => {
  it("listens to this machine and this app's own pages unless it is told otherwise", () => {
    const { host, port, model, access } = read([]);
    expect({ host, port, model }).toEqual({ host: "127.0.0.1", port: 8000, model: "scope-2m-q4f16_1" });
    expect(access).toMatchObject({ key: null, hosts: [] });
    for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
      for (const app of [4173, 4193, 5173]) expect(access.origins).toContain(`http://${name}:${app}`);
      expect(access.origins).not.toContain(`http://${name}:4194`);
    }
    expect(access.origins).not.toContain("*");
  });

  it("lets further pages in, and any page only where that is asked for", () => {
    const { access } = read(["--origin", "https://lab.example/", "--origin=http://box:81"]);
    expect(access.origins).toEqual(
      expect.arrayContaining(["https://lab.example", "http://box:81", "http://localhost:4173"]),
    );
    expect(read(["--origin", "*"]).access.origins).toBe("*");
  });

  it.each([
    "lab.example",
    "https://lab.example/app",
    "null",
    "file:///tmp",
    "https://a@b",
    "http://a?b",
    "",
    "data:x",
  ])("refuses %s as a page", (origin) => {
    expect(() => read([`--origin=${origin}`])).toThrow(/--origin is ".*", use what the address bar shows/);
  });

  it("takes the key from a file or the environment, the file first, without the line's end", () => {
    expect(read([], { INFERSCOPE_KEY: "from-environment" }).access.key).toBe("from-environment");
    const name = file("from-file\n");
    expect(read(["--key-file", name], { INFERSCOPE_KEY: "other" }).access.key).toBe("from-file");
  });

  it.each([["--key", "secret-1"], ["--api-key", "secret-1"], ["--key=secret-1"]])(
    "refuses a key on the command line, with the reason: %s",
    (...args) => {
      expect(() => read(args)).toThrow(/\(ps\).*--key-file FILE.*INFERSCOPE_KEY/);
      expect(() => read(args)).not.toThrow(/secret-1/);
    },
  );

  it("refuses a key that is none", () => {
    expect(() => read(["--key-file", file(" \n")])).toThrow(/there is no key in .*key\.txt/);
    expect(() => read([], { INFERSCOPE_KEY: "" })).toThrow("there is no key in INFERSCOPE_KEY");
    expect(() => read([], { INFERSCOPE_KEY: "two words" })).toThrow("more than printable ASCII");
    expect(() => read([], { INFERSCOPE_KEY: "schlüssel" })).toThrow("more than printable ASCII");
    expect(() => read(["--key-file", path.join(folder, "none")])).toThrow("ENOENT");
  });

  it("listens to other machines only with a key", () => {
    for (const host of ["0.0.0.0", "192.168.1.5", "::"]) {
      expect(() => read(["--host", host])).toThrow(/needs a key/);
      expect(read(["--host", host], { INFERSCOPE_KEY: "k" }).host).toBe(host);
    }
    for (const host of ["localhost", "127.0.0.1", "::1"]) expect(read(["--host", host]).host).toBe(host);
  });

  it("answers to further names, whatever their case", () => {
    expect(read(["--allow-host", "GPU.local", "--allow-host", "box"]).access.hosts).toEqual([
      "gpu.local",
      "box",
    ]);
  });

  it.each(["", " ", "http", "-1", "65536", "1.5"])("refuses %j as a port", (port) => {
    expect(() => read([`--port=${port}`])).toThrow("use a number from 0 to 65535");
  });
  it("takes the least and the largest port", () => {
    expect(read(["--port", "0"]).port).toBe(0);
    expect(read(["--port", "65535"]).port).toBe(65_535);
  });

  it.each(["../secret", "a/b", ""])("refuses %j as a model", (model) => {
    expect(() => read([`--model=${model}`])).toThrow("is no model's name");
  });

  it("refuses what it does not know", () => {
    expect(() => read(["--orgin", "*"])).toThrow("--orgin");
  });
});
