/**
 * Collects the packages whose code or files end up in a build, from every bundle of it (the app's, each
 * worker's, the service worker's), and writes their licences beside it. (`rollup-plugin-license` sees the
 * app's own bundle alone, no fonts, and brings moment and lodash.)
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import type { Plugin } from "vite";

import { noticesOf, packageFolder, writeNotices, type Notice } from "./license-notices.ts";

export const licensesName = "licenses.txt";

export class BundledPackages {
  readonly #root: string;
  readonly #folders = new Set<string>();

  /** root: of the repository. */
  constructor(root: string) {
    this.#root = root;
  }

  /** For every bundle whose packages are to be collected. */
  plugin(): Plugin {
    return {
      name: "inferscope-licenses",
      generateBundle: (_options, bundle) => {
        for (const output of Object.values(bundle)) {
          const files = output.type === "chunk" ? Object.keys(output.modules) : output.originalFileNames;
          for (const file of files) this.#note(file);
        }
      },
    };
  }

  /** Writes the file. Throws where a package has no licence text. */
  write(outDir: string): void {
    const notices = noticesOf([...this.#folders].toSorted(), path.join(this.#root, "scripts/licenses"));
    writeFileSync(path.join(outDir, licensesName), writeNotices([...this.#own(), ...notices]));
  }

  #note(file: string): void {
    const folder = packageFolder(file);
    if (folder !== null) this.#folders.add(path.resolve(this.#root, folder));
  }

  #own(): readonly Notice[] {
    const text = readFileSync(path.join(this.#root, "LICENSE"), "utf8").trim();
    return [
      { name: "Inferscope", license: "MIT", text },
      { name: "scope-2m, the embedded model: weights, tokenizer and data", license: "MIT", text },
    ];
  }
}
