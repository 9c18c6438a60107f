/** The embedded model in Node, on the CPU. */
import { fileURLToPath } from "node:url";

import { createServer, type Plugin } from "vite";

import type { InferenceBackend } from "../../workers/backends/backend.ts";

/** The grammar library is a script of CommonJS that calls itself an ES module: it misses what Node gives those. */
const umdScript: Plugin = {
  name: "umd-script",
  transform: (code, id) =>
    id.includes("web-xgrammar/lib/index.js")
      ? `import { createRequire } from "node:module";
const require = createRequire(import.meta.url), __filename = ${JSON.stringify(id)}, __dirname = "";
${code}`
      : null,
};

export interface EmbeddedEngine {
  readonly backend: InferenceBackend;
  close(): Promise<void>;
}

/** The engine imports its shaders as text, some parts when they are asked for: Vite loads them while it is open. */
export async function loadEmbedded(id: string): Promise<EmbeddedEngine> {
  const vite = await createServer({
    root: fileURLToPath(new URL("../..", import.meta.url)),
    configFile: false,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    ssr: { noExternal: ["@mlc-ai/web-xgrammar"] },
    plugins: [umdScript],
  });
  try {
    const { loadEmbeddedOnCpu } = (await vite.ssrLoadModule("/workers/testing/embedded-on-cpu.ts")) as {
      loadEmbeddedOnCpu: (id: string) => Promise<InferenceBackend>;
    };
    const backend = await loadEmbeddedOnCpu(id);
    return {
      backend,
      close: async () => {
        await backend.unload();
        await vite.close();
      },
    };
  } catch (error) {
    await vite.close();
    throw error;
  }
}
