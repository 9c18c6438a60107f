/** The command line of `lab -- claims`. Throws with what is wrong, in words. */
import { parseArgs } from "node:util";

import { commonArguments, commonOptions, commonUsage, count, type CommonArguments } from "./arguments.ts";
import { parsePolicy, type PolicyArgument } from "./policy-argument.ts";

export interface ClaimsArguments extends CommonArguments {
  /** Null: all. */
  readonly ids: readonly number[] | null;
  readonly repeats: number;
  /** As given; the engine checks it. */
  readonly policy: PolicyArgument;
}

export const claimsUsage = `npm run lab -- claims [options]

  --ids 1,3,11       claims to measure (all 14)
  --repeats R        times that each arm of a timed claim is measured (9)
  --policy a=b,…     engine policy of the run: prefixCache=false,batching=none
${commonUsage}`;

/** `args` begin with "claims". */
export function parseClaimsArguments(args: readonly string[]): ClaimsArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ids: { type: "string" },
      repeats: { type: "string", default: "9" },
      policy: { type: "string" },
      ...commonOptions,
    },
  });
  if (positionals.length !== 1) throw new Error(`"${positionals.slice(1).join(" ")}" is no option of claims`);
  return {
    ...commonArguments(values),
    ids: values.ids === undefined ? null : values.ids.split(",").map((id) => count("ids", id)),
    repeats: count("repeats", values.repeats),
    policy: parsePolicy(values.policy),
  };
}
