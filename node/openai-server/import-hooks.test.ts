import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire, type LoadHookContext, type ResolveHookContext } from "node:module";
import { pathToFileURL } from "node:url";

import { afterAll, describe, expect, it } from "vitest";

import { load, resolve } from "./import-hooks.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "inferscope-hooks-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, "a b.wgsl");
writeFileSync(file, 'fn "main"\n`x`');
const url = pathToFileURL(file).href;
function textOf({ source }: { readonly source?: unknown }): string {
  if (typeof source !== "string") throw new Error("no text");
  return source;
}
const none = {} as ResolveHookContext & LoadHookContext;

describe("importing the workers' code in Node", () => {
  it("gives a shader as text", async () => {
    const next = (specifier: string) => Promise.resolve({ url: new URL(specifier, url).href });
    const resolved = await resolve("./a b.wgsl?raw", none, next);
    expect(resolved).toEqual({ url: `${url}?raw`, format: "module", shortCircuit: true });
    const loaded = await load(resolved.url, none, () => Promise.reject(new Error("not asked")));
    expect(loaded).toMatchObject({ format: "module", shortCircuit: true });
    const module = (await import(`data:text/javascript,${encodeURIComponent(textOf(loaded))}`)) as {
      default: string;
    };
    expect(module.default).toBe('fn "main"\n`x`');
  });

  it("gives the grammar library what a script of CommonJS has", async () => {
    const library = createRequire(import.meta.url).resolve("@mlc-ai/web-xgrammar");
    const next = () => Promise.reject(new Error("not asked"));
    const loaded = await load(pathToFileURL(library).href, none, next);
    expect(loaded).toMatchObject({ format: "module", shortCircuit: true });
    expect(loaded.source).toMatch(
      /^import \{ createRequire \} from "node:module";\nconst require = createRequire/,
    );
    expect(loaded.source).toContain(`__filename = ${JSON.stringify(library)}, __dirname = ""`);
    expect(textOf(loaded).length).toBeGreaterThan(1_000_000);
  });

  it("leaves everything else to Node", async () => {
    const resolved = { url: "file:///a.js", shortCircuit: true };
    expect(await resolve("./a.js", none, () => Promise.resolve(resolved))).toBe(resolved);
    const loaded = { format: "module", source: "", shortCircuit: true };
    expect(await load("file:///a.js", none, () => Promise.resolve(loaded))).toBe(loaded);
  });
});
