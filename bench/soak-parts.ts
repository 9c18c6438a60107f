/** The parts of the soak: tests at the long column of their figures, and serving in the browser. */
import { parseArgs } from "node:util";

export interface TestPart {
  readonly name: string;
  /** A test file, and of its tests those whose name holds `test`. */
  readonly file: string;
  readonly test: string;
}

const simulation = "workers/engine/simulation.test.ts";

export const testParts: readonly TestPart[] = [
  { name: "blocks", file: "workers/engine/radix-cache.test.ts", test: "agree with the naive model" },
  { name: "simulation", file: simulation, test: "random traffic" },
  { name: "preemptions", file: simulation, test: "forced preemptions" },
  { name: "aborts", file: simulation, test: "aborts while" },
  { name: "equality", file: simulation, test: "tokens are equal" },
  { name: "samples", file: simulation, test: "n samples" },
  { name: "tokenizer", file: "workers/tokenizer/tokenizer.test.ts", test: "texts back unchanged" },
  { name: "model-files", file: "workers/models/mutated-files.test.ts", test: "mutated folders" },
];

export const partNames: readonly string[] = [...testParts.map(({ name }) => name), "serving"];

export interface SoakArguments {
  readonly only: readonly string[];
  /** For each test, and for serving; null: the full figures, and two hours of serving. */
  readonly minutes: number | null;
}

export const soakUsage = `npm run soak [-- options]

  --only a,b     ${partNames.join(", ")} (all)
  --minutes N    at most N minutes for each test and for serving (no limit; serving 120)`;

export function parseSoakArguments(args: readonly string[]): SoakArguments {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: "string" }, minutes: { type: "string" } },
  });
  const only = values.only === undefined ? partNames : values.only.split(",");
  const unknown = only.find((name) => !partNames.includes(name));
  if (unknown !== undefined) throw new Error(`--only names "${unknown}", use ${partNames.join(", ")}`);
  const minutes = values.minutes === undefined ? null : Number(values.minutes);
  if (minutes !== null && !(Number.isFinite(minutes) && minutes > 0)) {
    throw new Error(`--minutes is "${String(values.minutes)}", use a number above 0`);
  }
  return { only, minutes };
}
