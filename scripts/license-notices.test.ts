import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { noticesOf, packageFolder, writeNotices } from "./license-notices.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "inferscope-licenses-"));
afterAll(() => rmSync(root, { recursive: true }));

function addPackage(name: string, files: Readonly<Record<string, string>>): string {
  const folder = path.join(root, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify({ name, version: "1.2.3", license: "MIT" }),
  );
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return folder;
}

describe("packageFolder", () => {
  it.each([
    ["/r/node_modules/react/index.js", "/r/node_modules/react"],
    ["/r/node_modules/@a/b/lib/x.js?worker", "/r/node_modules/@a/b"],
    ["/r/node_modules/a/node_modules/b/x.js", "/r/node_modules/a/node_modules/b"],
    ["\0/r/node_modules/a/x.js?commonjs-es-import", "/r/node_modules/a"],
    ["node_modules/@fontsource-variable/inter/files/a.woff2", "node_modules/@fontsource-variable/inter"],
    ["\0vite/preload-helper.js", "node_modules/vite"],
    ["\0rolldown/runtime.js", "node_modules/rolldown"],
    ["/r/app/main.tsx", null],
  ])("of %j", (file, folder) => {
    expect(packageFolder(file)).toBe(folder);
  });
});

describe("noticesOf", () => {
  it("takes every licence file of a package", () => {
    const folder = addPackage("two", {
      "LICENSE.md": "the licence",
      NOTICE: "the notice",
      "license.js": "code",
    });
    expect(noticesOf([folder], root)).toMatchObject([
      {
        name: "two 1.2.3",
        license: "MIT",
        text: expect.stringMatching(/the licence[^]*the notice/) as string,
      },
    ]);
  });

  it("stops the build for packages without a text, and names each", () => {
    const folders = [
      addPackage("bare", {}),
      addPackage("fine", { LICENCE: "fine" }),
      addPackage("empty", {}),
    ];
    expect(() => noticesOf(folders, root)).toThrow(/no licence text for bare, empty: put it into/);
  });

  it("stops it too where the text that is named here is gone", () => {
    expect(() => noticesOf([addPackage("wouter", {})], root)).toThrow("wouter");
    writeFileSync(path.join(root, "unlicense.txt"), "free");
    expect(noticesOf([addPackage("wouter", {})], root)).toMatchObject([{ text: "free" }]);
  });
});

it("writes a text once, under all its names", () => {
  const text = writeNotices([
    { name: "b 1", license: "MIT", text: "same" },
    { name: "a 1", license: "ISC", text: "same" },
    { name: "c 1", license: "MIT", text: "other" },
  ]);
  expect(text).toContain("a 1 (ISC)\nb 1 (MIT)\n\nsame\n");
  expect(text).toContain("c 1 (MIT)\n\nother\n");
  expect(text.match(/same/g)).toHaveLength(1);
});
