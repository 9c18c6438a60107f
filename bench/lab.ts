/**
 * `npm run lab -- <experiment>`: an experiment from the command line. It opens the built app in a
 * headless browser and calls `window.inferscope`, so it measures what a person on the page would.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";

import {
  parseLabArguments,
  usage,
  withoutBareMarkdown,
  type CommonArguments,
  type LabArguments,
} from "./arguments.ts";
import { buildIfNeeded } from "./build.ts";
import { claimsUsage, parseClaimsArguments } from "./claims-arguments.ts";
import { duelUsage, parseDuelArguments } from "./duel-arguments.ts";
import { parseServingArguments, servingExperiments, servingUsage } from "./serving-arguments.ts";
import {
  command,
  deliver,
  loadModel,
  openLab,
  ownLoad,
  rounded,
  runExperiment,
  say,
  write,
} from "./session.ts";
import { readFiles, workloadIn, type WorkloadFiles } from "./own-workload.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const recordedTrace = path.join(root, "public", "traces", "compare-user-analysis.json");

async function lab(
  experiment: string,
  args: CommonArguments,
  options: Readonly<Record<string, unknown>>,
  files: WorkloadFiles | null = null,
): Promise<object> {
  say(`app: ${await buildIfNeeded(root)}`);
  const app = await openLab(path.join(root, "dist"), args);
  try {
    // What is wrong with the files is said before a model is waited for.
    const own = files === null ? {} : { workload: await workloadIn(app.page, files) };
    if (experiment === "duel") await ownLoad(app.page);
    else await loadModel(app.page, { id: args.model }, args.runner);
    const { report, markdown } = await runExperiment(app.page, experiment, { ...options, ...own });
    deliver(args, report, markdown);
    return report;
  } finally {
    await app.close();
  }
}

async function compare(args: LabArguments): Promise<void> {
  const files = args.workload === null ? null : readFiles(args.workload, args.plansFile);
  const report = await lab(args.experiment, args, optionsOf(args), files);
  // The page needs no timeline of the recorded run, which would be most of the file.
  if (args.record) write(recordedTrace, `${JSON.stringify({ ...report, steps: undefined }, rounded)}\n`);
}

async function claims(given: readonly string[]): Promise<void> {
  const args = parseClaimsArguments(given);
  const { ids, repeats, policy } = args;
  await lab("claims", args, { repeats, policy, ...(ids === null ? {} : { ids }) });
}

async function duel(given: readonly string[]): Promise<void> {
  const args = parseDuelArguments(given);
  await lab("duel", args, args.options);
}

/** Of `inferscope.run`. */
function optionsOf({
  experiment,
  rows,
  repeats,
  cache,
  plans,
  examples,
}: LabArguments): Record<string, unknown> {
  const chosen = rows === null ? {} : { rows };
  switch (experiment) {
    case "compare":
      return { ...chosen, repeats, cache, ...(plans === null ? {} : { plans }) };
    case "sweet-spot":
      return { ...chosen, ...(examples === null ? {} : { examples }) };
  }
}

async function serving(given: readonly string[]): Promise<void> {
  const args = parseServingArguments(given);
  await lab(args.experiment, args, args.options);
}

await command("lab", [usage, claimsUsage, servingUsage, duelUsage].join("\n\n"), (given) => {
  const args = withoutBareMarkdown(given);
  const [experiment] = args;
  if (experiment === "claims") return claims(args);
  if (experiment === "duel") return duel(args);
  const isServing = servingExperiments.some((name) => name === experiment);
  return isServing ? serving(args) : compare(parseLabArguments(args));
});
