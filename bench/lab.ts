/**
 * `npm run lab -- compare`: the comparison from the command line. It opens the built app in a
 * headless browser and calls `window.inferscope`, so it measures what a person on the page would.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { type Page } from "playwright";

import { type Inferscope } from "../protocol/index.ts";
import { parseLabArguments, usage, type LabArguments } from "./arguments.ts";
import { buildIfNeeded } from "./build.ts";
import { openApp } from "./page.ts";

declare global {
  interface Window {
    inferscope: Inferscope;
    labProgress: (line: string) => Promise<void>;
  }
}

const root = fileURLToPath(new URL("..", import.meta.url));
const recordedTrace = path.join(root, "public", "traces", "compare-user-analysis.json");
const say = (line: string): void => console.error(line);

async function compare(args: LabArguments): Promise<void> {
  say(`app: ${await buildIfNeeded(root)}`);
  const app = await openApp(path.join(root, "dist"), args.adapter);
  try {
    say(`browser adapter: ${app.adapter}, runner: ${args.runner}`);
    await app.page.exposeFunction("labProgress", say);
    await load(app.page, args);
    const { report, markdown } = await run(app.page, args);
    console.log(markdown);
    if (args.json !== null) write(args.json, `${JSON.stringify(report, null, 1)}\n`);
    if (args.markdown !== null) write(args.markdown, `${markdown}\n`);
    if (args.record) write(recordedTrace, `${JSON.stringify(report, rounded)}\n`);
  } finally {
    await app.close();
  }
}

/** The page loads the embedded model by itself; a load asked for meanwhile would race with that. */
async function load(page: Page, { model, runner }: LabArguments): Promise<void> {
  await page
    .waitForFunction(() => window.inferscope.capabilities() !== null, undefined, { timeout: 60_000 })
    .catch(() => undefined);
  const info = await page.evaluate(([id, on]) => window.inferscope.load({ id }, { runner: on }), [
    model,
    runner,
  ] as const);
  say(
    `model: ${info.id} (${String(info.quantization)}), ${String(info.numParams)} parameters, runner ${String(info.runner)}`,
  );
}

async function run(page: Page, args: LabArguments): Promise<{ report: unknown; markdown: string }> {
  const { rows, repeats, plans, cache } = args;
  return page.evaluate(
    async (options) => {
      const report = await window.inferscope.run("compare", {
        ...options,
        onEvent: (event: { type: string; done?: number; total?: number }) => {
          if (event.type === "sample-done")
            void window.labProgress(`run ${String(event.done)} of ${String(event.total)}`);
        },
      });
      const markdown = await window.inferscope.run("markdown", { report });
      return { report, markdown: String(markdown) };
    },
    { rows, repeats, cache, ...(plans === null ? {} : { plans }) },
  );
}

/** Microseconds are more than any clock of a page resolves. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1e6) / 1e6 : value;
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, text);
  say(`wrote ${file}`);
}

const args = process.argv.slice(2);
if (args.length === 0 || args.includes("--help") || args.includes("help")) {
  console.log(usage);
} else {
  try {
    await compare(parseLabArguments(args));
  } catch (error) {
    say(`lab: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
