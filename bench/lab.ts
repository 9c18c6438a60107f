/**
 * `npm run lab -- <experiment>`: an experiment from the command line. It opens the built app in a
 * headless browser and calls `window.inferscope`, so it measures what a person on the page would.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";

import { parseLabArguments, usage, type LabArguments } from "./arguments.ts";
import { buildIfNeeded } from "./build.ts";
import { command, deliver, loadModel, openLab, rounded, runExperiment, say, write } from "./session.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const recordedTrace = path.join(root, "public", "traces", "compare-user-analysis.json");

async function lab(args: LabArguments): Promise<void> {
  say(`app: ${await buildIfNeeded(root)}`);
  const app = await openLab(path.join(root, "dist"), args);
  try {
    await loadModel(app.page, { id: args.model }, args.runner);
    const { report, markdown } = await runExperiment(app.page, args.experiment, optionsOf(args));
    deliver(args, report, markdown);
    if (args.record) write(recordedTrace, `${JSON.stringify(report, rounded)}\n`);
  } finally {
    await app.close();
  }
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

await command("lab", usage, (args) => lab(parseLabArguments(args)));
