/** What the commands share: the app in a browser, a model in it, files written. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import type { Page } from "playwright";

import type { Inferscope, ModelInfo, ModelSource, RunnerName } from "../protocol/index.ts";
import type { CommonArguments } from "./arguments.ts";
import { openApp, type AppPage } from "./page.ts";

declare global {
  interface Window {
    inferscope: Inferscope;
    labProgress: (line: string) => Promise<void>;
  }
}

/** To the terminal, leaving standard output to the result. */
export const say = (line: string): void => console.error(line);

/** The page loads the embedded model by itself; a load asked for meanwhile would race with that. */
export async function ownLoad(page: Page): Promise<void> {
  await page
    .waitForFunction(() => window.inferscope.capabilities() !== null, undefined, { timeout: 60_000 })
    .catch(() => undefined);
}

export async function loadModel(page: Page, source: ModelSource, runner: RunnerName): Promise<ModelInfo> {
  await ownLoad(page);
  const info = await page.evaluate(([model, on]) => window.inferscope.load(model, { runner: on }), [
    source,
    runner,
  ] as const);
  say(
    `model: ${info.id} (${String(info.quantization)}), ${String(info.numParams)} parameters, runner ${String(info.runner)}`,
  );
  return info;
}

/** Runs an experiment of the page and has its report written out, saying how far it is. */
export async function runExperiment(
  page: Page,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<{ readonly report: object; readonly markdown: string }> {
  return page.evaluate(
    async ([experiment, given]) => {
      const report = await window.inferscope.run(experiment, {
        ...given,
        onEvent: (event: { type: string; done?: number; total?: number; label?: string }) => {
          if (event.type === "progress")
            void window.labProgress(
              `${experiment}: ${String(event.done)} of ${String(event.total)} ${event.label ?? ""}`,
            );
        },
      });
      const markdown = await window.inferscope.run("markdown", { report });
      return { report: report as object, markdown: String(markdown) };
    },
    [name, options] as const,
  );
}

/** The built app in a browser that reports its progress here. */
export async function openLab(root: string, args: CommonArguments): Promise<AppPage> {
  const app = await openApp(root, args.adapter);
  say(`browser adapter: ${app.adapter}, runner: ${args.runner}`);
  await app.page.exposeFunction("labProgress", say);
  return app;
}

/** What was asked for: the text on the terminal, report and text in files. */
export function deliver(args: CommonArguments, report: unknown, markdown: string): void {
  console.log(markdown);
  if (args.json !== null) write(args.json, `${JSON.stringify(report, null, 1)}\n`);
  if (args.markdown !== null) write(args.markdown, `${markdown}\n`);
}

export function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, text);
  say(`wrote ${file}`);
}

/** Microseconds are more than any clock of a page resolves. */
export function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1e6) / 1e6 : value;
}

/** Runs a command of the terminal: `usage` when asked for help; a failure is said and exits with 1. */
export async function command(
  name: string,
  usage: string | ((args: readonly string[]) => Promise<string>),
  run: (args: readonly string[]) => Promise<void>,
): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("help")) {
    console.log(typeof usage === "string" ? usage : await usage(args));
    return;
  }
  try {
    await run(args);
  } catch (error) {
    say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
