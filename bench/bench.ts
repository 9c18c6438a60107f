/**
 * `npm run bench`: what batching, the prefix cache and continuous batching gain and what a step
 * costs, on the embedded model and on a larger shape with random weights.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { benchUsage, parseBenchArguments, type BenchArguments } from "./bench-arguments.ts";
import { buildIfNeeded } from "./build.ts";
import type { AppPage } from "./page.ts";
import { writeRandomWeights } from "./random-weights.ts";
import { command, deliver, loadModel, openLab, runExperiment, say } from "./session.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Fewer and shorter than the embedded model's: ten times the parameters, ten times the time. */
const largerOptions = { passes: 2, decodeTokens: 12, weights: "random" };

async function bench(args: BenchArguments): Promise<void> {
  say(`app: ${await buildIfNeeded(root)}`);
  // A copy of the app with the random weights beside it: models load from the page's own origin.
  const folder = mkdtempSync(path.join(os.tmpdir(), "inferscope-bench-"));
  let app: AppPage | null = null;
  try {
    cpSync(path.join(root, "dist"), folder, { recursive: true });
    const larger = args.shape === null ? null : await writeRandomWeights(folder, args.shape);
    app = await openLab(folder, args);
    const passes = args.passes === null ? {} : { passes: args.passes };
    const { page } = app;
    await loadModel(page, { id: args.model }, args.runner);
    const first = await runExperiment(page, "bench", { quick: args.quick, ...passes });
    let second: typeof first | null = null;
    if (larger !== null) {
      await loadModel(page, { url: `${larger}/` }, args.runner);
      second = await runExperiment(page, "bench", { quick: args.quick, ...largerOptions, ...passes });
    }
    const markdown = [first, second].flatMap((run) => (run === null ? [] : [run.markdown])).join("\n\n");
    deliver(args, { ...first.report, larger: second?.report ?? null }, markdown);
  } finally {
    await app?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await command("bench", benchUsage, (args) => bench(parseBenchArguments(args)));
