/**
 * Vite plugin: after the build, writes the licences of all that is in it, lists every file of it and
 * builds the service worker around the list. (`vite-plugin-pwa` does the same with some 270 packages more.)
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { build, type Plugin } from "vite";

import type { PrecacheEntry } from "../workers/precache-check.ts";
import type { BundledPackages } from "./licenses.ts";

const scriptName = "service-worker.js";

export function precache(packages: BundledPackages): Plugin {
  let outDir = "";
  return {
    name: "inferscope-precache",
    apply: "build",
    configResolved: (config) => {
      outDir = path.resolve(config.root, config.build.outDir);
    },
    closeBundle: async (error) => {
      if (error !== undefined) return;
      // Once without a list: its packages' licences are among the files of the list.
      await buildServiceWorker(outDir, [], packages.plugin());
      packages.write(outDir);
      await buildServiceWorker(outDir, precacheEntries(outDir));
    },
  };
}

async function buildServiceWorker(
  outDir: string,
  entries: readonly PrecacheEntry[],
  ...plugins: readonly Plugin[]
): Promise<void> {
  await build({
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    plugins: [...plugins],
    define: { __PRECACHE__: JSON.stringify(entries) },
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2023",
      rolldownOptions: {
        input: "workers/service-worker.ts",
        // A classic script: not every browser has module service workers.
        output: { format: "iife", entryFileNames: scriptName },
      },
    },
  });
}

/**
 * Every file of the build but source maps, with its hash. Names under `assets/` carry one: no revision
 * needed, and the browser may take them from its HTTP cache.
 */
function precacheEntries(folder: string): readonly PrecacheEntry[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".map") && entry.name !== scriptName)
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const url = path.relative(folder, file).split(path.sep).join("/");
      const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
      return { url, revision: url.startsWith("assets/") ? null : sha256, sha256 };
    })
    .toSorted((a, b) => (a.url < b.url ? -1 : 1));
}
