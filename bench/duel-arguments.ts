/** The command line of `lab -- duel`. Throws with what is wrong, in words. */
import { parseArgs } from "node:util";

import { commonArguments, commonOptions, commonUsage, count, type CommonArguments } from "./arguments.ts";

export interface DuelArguments extends CommonArguments {
  /** Of `inferscope.run("duel", …)`, which checks them. */
  readonly options: Readonly<Record<string, unknown>>;
}

export const duelUsage = `npm run lab -- duel [options]

  --engines a,b      two of paged-gpu, paged-cpu, web-llm (paged-gpu,paged-cpu)
  --models a,b       one id or address for each engine; without it, --model for both
  --plan ID          the plan that both run (structured)
  --workload ID      user-analysis or email-extraction
  --rows N           rows of the workload, held out from training (5)
  --passes P         times that each engine answers all rows, in the order A B, B A, … (2)
${commonUsage}`;

/** `args` begin with "duel". */
export function parseDuelArguments(args: readonly string[]): DuelArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      engines: { type: "string", default: "paged-gpu,paged-cpu" },
      models: { type: "string" },
      plan: { type: "string", default: "structured" },
      workload: { type: "string", default: "user-analysis" },
      rows: { type: "string", default: "5" },
      passes: { type: "string", default: "2" },
      ...commonOptions,
    },
  });
  if (positionals.length !== 1) throw new Error(`"${positionals.slice(1).join(" ")}" is no option of duel`);
  const { engines, models, plan, workload, rows, passes, model } = values;
  return {
    ...commonArguments(values),
    options: {
      engines: engines.split(","),
      ...(models === undefined ? { model } : { models: models.split(",") }),
      plan,
      workload,
      rows: count("rows", rows),
      passes: count("passes", passes),
    },
  };
}
