/** The command lines of `lab -- cache`, `batch` and `rate-limit`. They throw with what is wrong, in words. */
import { parseArgs } from "node:util";

import { commonArguments, commonOptions, commonUsage, count, type CommonArguments } from "./arguments.ts";
import { parsePolicy } from "./policy-argument.ts";

export const servingExperiments = ["cache", "batch", "rate-limit"] as const;
export type ServingExperiment = (typeof servingExperiments)[number];

export interface ServingArguments extends CommonArguments {
  readonly experiment: ServingExperiment;
  /** Of `inferscope.run`, which checks the values. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** How the text of an option becomes a value of `inferscope.run`, and the name of it there. */
type Reader = readonly [name: string, read: (text: string, flag: string) => unknown];

const whole = (text: string, flag: string): number => count(flag, text);
const word = (text: string): string => text;
const policy: Reader = ["policy", parsePolicy];
const load: Readonly<Record<string, Reader>> = {
  requests: ["requests", whole],
  source: ["source", word],
  "max-tokens": ["maxTokens", whole],
  lengths: ["lengths", word],
  seed: ["seed", whole],
  arrivals: ["arrivals", word],
  rate: ["ratePerSecond", positive],
};

const flags: Readonly<Record<ServingExperiment, Readonly<Record<string, Reader>>>> = {
  cache: { repeats: ["repeats", whole], requests: ["requests", whole], policy },
  batch: {
    ...load,
    sweep: ["sweep", concurrencies],
    policy,
  },
  "rate-limit": {
    ...load,
    rpm: ["requestsPerMinute", limit],
    tpm: ["tokensPerMinute", limit],
    window: ["windowSeconds", whole],
    concurrency: ["concurrency", whole],
    attempts: ["attempts", whole],
    policy,
  },
};

export const servingUsage = `npm run lab -- cache [options]     a timestamp at the front, in the middle and at the end of a prompt

  --repeats R        pairs of measured requests at each place (5)
  --requests N       requests of the hit rate by request (8)

npm run lab -- batch [options]     the same arrivals under continuous, static and no batching, and a sweep

  --sweep 1,2,4,8    requests at once in the sweep; none for no sweep

npm run lab -- rate-limit [options]     sequential against parallel, within rate limits

  --rpm N --tpm N    requests and tokens a minute, or none (500, 200000)
  --window S         seconds in which the limits are enforced, 1 to 60 (60)
  --concurrency N    requests in flight in the parallel arm (8)
  --attempts N       attempts of a request, the first included (4)

Of batch and rate-limit:

  --requests N       how many are sent (batch 16, rate-limit 100)
  --source S         mixed, user-analysis or email-extraction (mixed)
  --max-tokens N     output tokens of a request at most (48)
  --arrivals A       burst, poisson or fixed (burst)
  --rate R           requests a second, where they do not come in a burst (8)
  --lengths L        natural, same or mixed (batch mixed, rate-limit natural)
  --seed N           of rows, arrival times and drawn lengths (20)

Of all three:

  --policy a=b,…     engine policy of the run: prefixCache=false,maxNumSeqs=8
${commonUsage}`;

/** `args` begin with the experiment's name. */
export function parseServingArguments(args: readonly string[]): ServingArguments {
  const [experiment] = servingExperiments.filter((name) => name === args[0]);
  if (experiment === undefined) throw new Error(`there is no experiment "${args[0] ?? ""}"`);
  const readers = flags[experiment];
  const own = Object.fromEntries(Object.keys(readers).map((flag) => [flag, { type: "string" as const }]));
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...own, ...commonOptions },
  });
  if (positionals.length !== 1) {
    throw new Error(`"${positionals.slice(1).join(" ")}" is no option of ${experiment}`);
  }
  const given: Readonly<Record<string, string | undefined>> = values;
  const options = Object.entries(readers).flatMap(([flag, [name, read]]) => {
    const text = given[flag];
    return text === undefined ? [] : [[name, read(text, flag)] as const];
  });
  return { ...commonArguments(values), experiment, options: Object.fromEntries(options) };
}

function limit(text: string, flag: string): number | null {
  return text === "none" ? null : count(flag, text);
}

function positive(text: string, flag: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${flag} is "${text}", use a number above 0`);
  return value;
}

function concurrencies(text: string, flag: string): readonly number[] {
  return text === "none" ? [] : text.split(",").map((each) => count(flag, each));
}
