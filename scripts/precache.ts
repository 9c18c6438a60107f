/**
 * Vite plugin: after the build, lists every file of it and builds the service worker around the
 * list. (`vite-plugin-pwa` does the same with some 270 packages more.)
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { build, type Plugin } from "vite";

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

/** Every file of the build but source maps. Names under `assets/` carry a hash: no revision needed. */
function precacheEntries(folder: string): readonly { url: string; revision: string | null }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".map") && entry.name !== scriptName)
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const url = path.relative(folder, file).split(path.sep).join("/");
      const revision = url.startsWith("assets/") ? null : md5(readFileSync(file));
      return { url, revision };
    })
    .toSorted((a, b) => (a.url < b.url ? -1 : 1));
}

function md5(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}
