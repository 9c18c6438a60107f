/** The command lines of the lab and the bench. They throw with what is wrong, in words. */
import { parseArgs } from "node:util";

import type { AdapterChoice } from "../scripts/browser.ts";

/** What every command that drives the app takes. */
export interface CommonArguments {
  readonly json: string | null;
  readonly markdown: string | null;
  /** Null: the real adapter where there is one, else the software adapter. */
  readonly adapter: AdapterChoice | null;
  readonly runner: "gpu" | "cpu";
  readonly model: string;
}

/** Names of `inferscope.run`. */
const experiments = ["compare", "sweet-spot"] as const;

export interface LabArguments extends CommonArguments {
  readonly experiment: (typeof experiments)[number];
  /** Null: the experiment's own choice. */
  readonly rows: number | null;
  readonly repeats: number;
  /** Null: the experiment's own choice. */
  readonly plans: readonly string[] | null;
  /** File of a workload of one's own; null: the built-in one. */
  readonly workload: string | null;
  /** Exported workload whose plans ask the rows of `workload`; null: that file's own, or two to begin with. */
  readonly plansFile: string | null;
  /** Numbers of examples of the sweet spot; null: the experiment's own choice. */
  readonly examples: readonly number[] | null;
  readonly cache: "cold" | "warm";
  /** Write the trace that the Compare view shows before a first own run. */
  readonly record: boolean;
}

export const commonUsage = `  --model ID         a bundled model (scope-2m-q4f16_1)
  --adapter A        default, swiftshader or none; without it, the real adapter if there is one
  --runner R         gpu or cpu (gpu; cpu with --adapter none)
  --json FILE        write the report
  --markdown [FILE]  write the printed text; without a file it is printed, as always`;

export const commonOptions = {
  model: { type: "string", default: "scope-2m-q4f16_1" },
  adapter: { type: "string" },
  runner: { type: "string" },
  json: { type: "string" },
  markdown: { type: "string" },
} as const;

export const usage = `npm run lab -- <experiment> [options]

  compare            prompt plans on the same rows
  sweet-spot         accuracy against tokens over levels of compression
  cache, batch, rate-limit, claims, duel: see below

  --rows N           rows of the workload, held out from training (compare 5, sweet-spot 150)
  --examples 0,2,4   sweet-spot: numbers of examples, of 0 to 4
  --repeats R        each row this often, interleaved (1)
  --plans a,b,c      naive-chain, same-answers-chain, parallel, structured, json
  --workload FILE    compare: a workload exported from Plans, or rows as CSV or JSON
  --plans FILE.json  compare: the plans and checks of an exported workload, for the rows of --workload
  --cache cold|warm  empty the prefix cache before each row (cold)
${commonUsage}
  --record           write the recorded run that the page shows first`;

export function parseLabArguments(args: readonly string[]): LabArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rows: { type: "string" },
      examples: { type: "string" },
      repeats: { type: "string", default: "1" },
      plans: { type: "string" },
      workload: { type: "string" },
      cache: { type: "string", default: "cold" },
      ...commonOptions,
      record: { type: "boolean", default: false },
    },
  });
  const experiment = experiments.find((name) => name === positionals[0]);
  if (experiment === undefined || positionals.length > 1) {
    throw new Error(
      `there is no experiment "${positionals.join(" ")}": the lab knows ${experiments.join(", ")}, cache, batch, rate-limit, claims, duel`,
    );
  }
  const { plans, workload = null } = values;
  const plansFile = plans?.endsWith(".json") === true ? plans : null;
  if (workload !== null && experiment !== "compare") throw new Error(`${experiment} takes no --workload`);
  if (plansFile !== null && workload === null) {
    throw new Error(`--plans ${plansFile} asks rows of one's own: give them with --workload`);
  }
  return {
    ...commonArguments(values),
    experiment,
    workload,
    plansFile,
    rows: values.rows === undefined ? null : count("rows", values.rows),
    repeats: count("repeats", values.repeats),
    plans: plans === undefined || plansFile !== null ? null : plans.split(","),
    examples: values.examples === undefined ? null : values.examples.split(",").map(Number),
    cache: oneOf("cache", values.cache, ["cold", "warm"]),
    record: values.record,
  };
}

/** Without a `--markdown` that names no file: the text is printed anyway. */
export function withoutBareMarkdown(args: readonly string[]): readonly string[] {
  return args.filter((arg, index) => arg !== "--markdown" || /^[^-]/.test(args[index + 1] ?? ""));
}

/** Checks the values of `commonOptions`. */
export function commonArguments(
  values: { readonly model: string } & Readonly<
    Partial<Record<"adapter" | "runner" | "json" | "markdown", string | undefined>>
  >,
): CommonArguments {
  const adapter = values.adapter === undefined ? null : oneOf("adapter", values.adapter, adapters);
  const runner = values.runner ?? (adapter === "none" ? "cpu" : "gpu");
  return {
    adapter,
    runner: oneOf("runner", runner, ["gpu", "cpu"]),
    model: values.model,
    json: values.json ?? null,
    markdown: values.markdown ?? null,
  };
}

const adapters: readonly AdapterChoice[] = ["default", "swiftshader", "none"];

export function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw new Error(`--${name} is "${text}", use ${values.join(", ")}`);
  return value;
}

export function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} is "${text}", use a whole number from 1`);
  return value;
}
