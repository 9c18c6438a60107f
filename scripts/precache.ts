/**
 * Vite plugin: after the build, lists every file of it and builds the service worker around the
 * list. (`vite-plugin-pwa` does the same with some 270 packages more.)
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { build, type Plugin } from "vite";

import type { PrecacheEntry } from "../workers/precache-check.ts";

const scriptName = "service-worker.js";

export function precache(): Plugin {
  let outDir = "";
  return {
    name: "inferscope-precache",
    apply: "build",
    configResolved: (config) => {
      outDir = path.resolve(config.root, config.build.outDir);
    },
    closeBundle: async (error) => {
      if (error === undefined) await buildServiceWorker(outDir);
    },
  };
}

async function buildServiceWorker(outDir: string): Promise<void> {
  await build({
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    define: { __PRECACHE__: JSON.stringify(precacheEntries(outDir)) },
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
