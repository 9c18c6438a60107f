/** Builds the app when `dist/` is missing or older than a source. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

const sources = ["app", "workers", "protocol", "public", "index.html", "vite.config.ts", "package.json"];

export async function buildIfNeeded(root: string): Promise<"built" | "up to date"> {
  const built = path.join(root, "dist", "index.html");
  const newest = Math.max(...sources.map((source) => newestChange(path.join(root, source))));
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return "up to date";
  await run(root, path.join(root, "node_modules", "vite", "bin", "vite.js"), ["build", "--logLevel", "warn"]);
  return "built";
}

/** Milliseconds since the Unix epoch; 0 where there is nothing. */
function newestChange(file: string): number {
  if (!existsSync(file)) return 0;
  const stats = statSync(file);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(file).map((entry) => newestChange(path.join(file, entry))));
}

function run(cwd: string, script: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`the build failed:\n${output.trim()}`)),
    );
  });
}
