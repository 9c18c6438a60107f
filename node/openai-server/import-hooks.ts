/**
 * Lets Node import the workers' code as it stands: shaders as text (`?raw`), and the grammar library, a
 * script of CommonJS that calls itself an ES module and misses what Node gives those.
 */
import { readFile } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";

const raw = "?raw";

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (!specifier.endsWith(raw)) return next(specifier, context);
  const { url } = await next(specifier.slice(0, -raw.length), context);
  return { url: url + raw, format: "module", shortCircuit: true };
};

export const load: LoadHook = async (url, context, next) => {
  if (url.endsWith(raw)) {
    const text = await readFile(fileURLToPath(url.slice(0, -raw.length)), "utf8");
    return { format: "module", source: `export default ${JSON.stringify(text)};`, shortCircuit: true };
  }
  if (url.includes("/@mlc-ai/web-xgrammar/lib/index.js")) {
    const code = await readFile(fileURLToPath(url), "utf8");
    const source = `import { createRequire } from "node:module";
const require = createRequire(import.meta.url), __filename = ${JSON.stringify(fileURLToPath(url))}, __dirname = "";
${code}`;
    return { format: "module", source, shortCircuit: true };
  }
  return next(url, context);
};
