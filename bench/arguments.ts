/** The command line of the lab. Throws with what is wrong, in words. */
import { parseArgs } from "node:util";

import { type AdapterChoice } from "../scripts/browser.ts";

export interface LabArguments {
  readonly rows: number;
  readonly repeats: number;
  /** Null: the experiment's own choice. */
  readonly plans: readonly string[] | null;
  readonly json: string | null;
  readonly markdown: string | null;
  /** Null: the real adapter where there is one, else the software adapter. */
  readonly adapter: AdapterChoice | null;
  readonly runner: "gpu" | "cpu";
  readonly model: string;
  readonly cache: "cold" | "warm";
  /** Write the trace that the Compare view shows before a first own run. */
  readonly record: boolean;
}

export const usage = `npm run lab -- compare [options]

  --rows N           rows of the workload, held out from training (5)
  --repeats R        each row this often, interleaved (1)
  --plans a,b,c      naive-chain, same-answers-chain, parallel, structured, json
  --cache cold|warm  empty the prefix cache before each row (cold)
  --model ID         a bundled model (scope-2m-q4f16_1)
  --adapter A        default, swiftshader or none; without it, the real adapter if there is one
  --runner R         gpu or cpu (gpu; cpu with --adapter none)
  --json FILE        write the report
  --markdown FILE    write the printed text
  --record           write the recorded run that the page shows first`;

export function parseLabArguments(args: readonly string[]): LabArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rows: { type: "string", default: "5" },
      repeats: { type: "string", default: "1" },
      plans: { type: "string" },
      cache: { type: "string", default: "cold" },
      model: { type: "string", default: "scope-2m-q4f16_1" },
      adapter: { type: "string" },
      runner: { type: "string" },
      json: { type: "string" },
      markdown: { type: "string" },
      record: { type: "boolean", default: false },
    },
  });
  const [experiment, ...rest] = positionals;
  if (experiment !== "compare" || rest.length > 0) {
    throw new Error(`there is no experiment "${positionals.join(" ")}": the lab knows compare`);
  }
  const adapter = values.adapter === undefined ? null : oneOf("adapter", values.adapter, adapters);
  const runner = values.runner ?? (adapter === "none" ? "cpu" : "gpu");
  return {
    rows: count("rows", values.rows),
    repeats: count("repeats", values.repeats),
    plans: values.plans === undefined ? null : values.plans.split(","),
    json: values.json ?? null,
    markdown: values.markdown ?? null,
    adapter,
    runner: oneOf("runner", runner, ["gpu", "cpu"]),
    model: values.model,
    cache: oneOf("cache", values.cache, ["cold", "warm"]),
    record: values.record,
  };
}

const adapters: readonly AdapterChoice[] = ["default", "swiftshader", "none"];

function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw new Error(`--${name} is "${text}", use ${values.join(", ")}`);
  return value;
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} is "${text}", use a whole number from 1`);
  return value;
}
