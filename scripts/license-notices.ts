/** The licence texts of what a build holds: read from the packages, or named here where they bring none. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface Notice {
  /** With its version where that is known. */
  readonly name: string;
  readonly license: string;
  readonly text: string;
}

/** A part of a package that has a licence of its own, or a package that brings no text: whose text is here. */
interface Part {
  readonly name: string;
  readonly license: string;
  /** Below `scripts/licenses/`, or of another package. */
  readonly text: string;
}

/** Packages without a text of their own. The copyright is that of their repository. */
const withoutText: Readonly<Record<string, string>> = {
  "@cfworker/json-schema": "cfworker-json-schema.txt",
  "@mlc-ai/web-xgrammar": "apache-2.0.txt",
  wouter: "unlicense.txt",
};

/**
 * What packages hold inside their own bundles, by their source maps and repositories. (LLVM's C++ library,
 * also in the WebAssembly, asks for no notice in compiled form.)
 */
const grammarParts: readonly Part[] = [
  {
    name: "XGrammar, Copyright (c) 2024 by XGrammar Contributors",
    license: "Apache-2.0",
    text: "apache-2.0.txt",
  },
  { name: "DLPack (in XGrammar)", license: "Apache-2.0", text: "apache-2.0.txt" },
  { name: "picojson (in XGrammar)", license: "BSD-2-Clause", text: "picojson.txt" },
  { name: "Emscripten (in XGrammar)", license: "MIT", text: "emscripten.txt" },
  { name: "musl (in XGrammar)", license: "MIT", text: "musl.txt" },
];
const partsOf: Readonly<Record<string, readonly Part[]>> = {
  "@mlc-ai/web-xgrammar": grammarParts,
  "@mlc-ai/web-llm": [
    ...grammarParts,
    { name: "@mlc-ai/web-runtime (in WebLLM)", license: "Apache-2.0", text: "apache-2.0.txt" },
    { name: "@mlc-ai/web-tokenizers (in WebLLM)", license: "Apache-2.0", text: "apache-2.0.txt" },
    { name: "Hugging Face tokenizers (in WebLLM)", license: "Apache-2.0", text: "apache-2.0.txt" },
    { name: "SentencePiece (in WebLLM)", license: "Apache-2.0", text: "apache-2.0.txt" },
    { name: "tslib (in WebLLM)", license: "0BSD", text: "../../node_modules/tslib/LICENSE.txt" },
    { name: "loglevel (in WebLLM)", license: "MIT", text: "../../node_modules/loglevel/LICENSE-MIT" },
  ],
};

/** The package's folder that a module or file lies in; null for our own code. */
export function packageFolder(file: string): string | null {
  const clean = file
    .replace(/^\0/, "")
    .replace(/[?#].*$/, "")
    .replaceAll("\\", "/");
  // Helpers that bundlers write into what they build.
  if (/^\0?(vite|commonjsHelpers)/.test(clean)) return "node_modules/vite";
  if (/^\0?rolldown\//.test(clean)) return "node_modules/rolldown";
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/./.exec(clean);
  return match?.[1] ?? null;
}

/** What the packages in the given folders ask for. Throws an `Error` that names each one without a text. */
export function noticesOf(folders: Iterable<string>, textFolder: string): readonly Notice[] {
  const notices: Notice[] = [];
  const missing: string[] = [];
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(folder, "package.json"), "utf8"),
    ) as {
      name: string;
      version: string;
      license?: string;
    };
    const own = textIn(folder) ?? read(textFolder, withoutText[name]);
    if (own === null) missing.push(name);
    else notices.push({ name: `${name} ${version}`, license: license ?? "see the text", text: own });
    for (const part of partsOf[name] ?? []) {
      const text = read(textFolder, part.text);
      if (text === null) missing.push(part.name);
      else notices.push({ ...part, text });
    }
  }
  if (missing.length === 0) return notices;
  throw new Error(
    `no licence text for ${missing.join(", ")}: put it into scripts/licenses and name it in scripts/license-notices.ts`,
  );
}

/** One file: each text once, under the names of all that it is for. */
export function writeNotices(notices: readonly Notice[]): string {
  const byText = new Map<string, Set<string>>();
  for (const { name, license, text } of notices) {
    const names = byText.get(text) ?? new Set();
    byText.set(text, names.add(`${name} (${license})`));
  }
  const parts = [...byText].map(([text, names]) => `${[...names].toSorted().join("\n")}\n\n${text}\n`);
  const rule = `${"-".repeat(80)}\n\n`;
  const head = "What Inferscope is built from, and the licences of it.\n\n";
  return (
    head +
    parts
      .toSorted()
      .map((part) => rule + part)
      .join("\n")
  );
}

function textIn(folder: string): string | null {
  const names = readdirSync(folder).filter((name) =>
    /^(licen[cs]e|copying|notice|ofl)([-.].*)?$/i.test(name),
  );
  const texts = names.toSorted().map((name) => readFileSync(path.join(folder, name), "utf8"));
  // Vite lists behind its own licence those of its own build, which is not in ours.
  const own = texts.map((text) => (text.split("\n# Licenses of bundled dependencies")[0] ?? text).trim());
  return own.length === 0 ? null : own.join("\n\n");
}

function read(folder: string, name: string | undefined): string | null {
  if (name === undefined) return null;
  const file = path.join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
}
