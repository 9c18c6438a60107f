/** Options of `inferscope.run("sweet-spot", options)`, checked: they come from DevTools and command lines. */
import { InferscopeError } from "../../../protocol/index.ts";
import { defaultSeed } from "../workloads/built-in/index.ts";
import { defaultExampleCounts, exampleCounts } from "./levels.ts";
import { defaultAcceptedLoss } from "./recommend.ts";
import type { SweetSpotSettings } from "./sweet-spot.ts";

/** Enough to show that at most two points are lost, where nearly no row changes: 140 where none does. */
export const defaultRows = 150;

/** `{rows, examples, seed, acceptedLoss}`, all optional. Throws `invalid-request` with what would be right. */
export function parseSweetSpotOptions(options: Readonly<Record<string, unknown>>): SweetSpotSettings {
  const {
    rows = defaultRows,
    seed = defaultSeed,
    examples = defaultExampleCounts,
    acceptedLoss = defaultAcceptedLoss,
  } = options;
  if (!isWhole(rows, 1, 1000)) throw invalid("rows", rows, "a whole number from 1 to 1000");
  if (!isWhole(seed, 0, 2 ** 31)) throw invalid("seed", seed, "a whole number from 0");
  if (typeof acceptedLoss !== "number" || !(acceptedLoss >= 0 && acceptedLoss < 1)) {
    throw invalid("acceptedLoss", acceptedLoss, "a share from 0 to 1, 0.02 for two points");
  }
  const counts = new Set<unknown>(Array.isArray(examples) ? examples : []);
  const known = exampleCounts.filter((count) => counts.has(count));
  if (known.length === 0 || known.length !== counts.size) {
    throw invalid("examples", examples, `a list of some of ${exampleCounts.join(", ")}`);
  }
  return { rows, seed, examples: known, acceptedLoss, concurrency: 8 };
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function invalid(name: string, value: unknown, right: string): InferscopeError {
  return new InferscopeError(
    "invalid-request",
    `The sweet spot cannot be looked for: ${name} is ${JSON.stringify(value)}.`,
    {
      hint: `Use ${right}.`,
    },
  );
}
