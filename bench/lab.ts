/**
 * `npm run lab -- <experiment>`: an experiment from the command line. It opens the built app in a
 * headless browser and calls `window.inferscope`, so it measures what a person on the page would.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";

import { experimentIds, isExperimentId, loadExperiment } from "../app/lab/experiments/index.ts";
import { fieldsOf } from "../app/lab/option.ts";
import { withoutBareMarkdown } from "./arguments.ts";
import { buildIfNeeded } from "./build.ts";
import {
  experimentUsage,
  labUsage,
  parseLabArguments,
  type ExperimentInfo,
  type LabArguments,
} from "./lab-arguments.ts";
import { readFiles, workloadIn } from "./own-workload.ts";
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

const root = fileURLToPath(new URL("..", import.meta.url));
const recordedTrace = path.join(root, "public", "traces", "compare-user-analysis.json");

async function infoOf(id: string): Promise<ExperimentInfo> {
  if (!isExperimentId(id)) {
    throw new Error(`there is no experiment "${id}": the lab knows ${experimentIds.join(", ")}`);
  }
  const { about, options } = await loadExperiment(id);
  return { id, about, fields: fieldsOf(options) };
}

async function lab(args: LabArguments): Promise<void> {
  const { experiment, options } = args;
  const files = args.workload === null ? null : readFiles(args.workload, args.plansFile);
  say(`app: ${await buildIfNeeded(root)}`);
  const app = await openLab(path.join(root, "dist"), args);
  try {
    // What is wrong with the files is said before a model is waited for.
    const own = files === null ? {} : { workload: await workloadIn(app.page, files) };
    if (experiment === "duel") await ownLoad(app.page);
    else await loadModel(app.page, { id: args.model }, args.runner);
    const { report, markdown } = await runExperiment(app.page, experiment, { ...options, ...own });
    deliver(args, report, markdown);
    // The page needs no timeline of the recorded run, which would be most of the file.
    if (args.record) write(recordedTrace, `${JSON.stringify({ ...report, steps: undefined }, rounded)}\n`);
  } finally {
    await app.close();
  }
}

/** Of the experiment that is named, else of all. */
async function usage(args: readonly string[]): Promise<string> {
  const [id = ""] = args;
  if (isExperimentId(id)) return experimentUsage(await infoOf(id));
  return labUsage(await Promise.all(experimentIds.map(infoOf)));
}

await command("lab", usage, async (given) => {
  const args = withoutBareMarkdown(given);
  await lab(parseLabArguments(await infoOf(args[0] ?? ""), args));
});
