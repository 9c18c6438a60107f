/** The parts of the soak: tests at the long column of their figures, and serving in the browser. */
import { parseArgs } from "node:util";

export interface TestPart {
  readonly name: string;
  /** Where it runs: in Node, in a browser with WebGPU, or on the built app. */
  readonly project: "unit" | "gpu" | "e2e";
  /** A test file, and of its tests those whose name holds `test`. */
  readonly file: string;
  readonly test: string;
}

const simulation = "workers/engine/simulation.test.ts";

export const testParts: readonly TestPart[] = [
  {
    project: "unit",
    name: "blocks",
    file: "workers/engine/radix-cache.test.ts",
    test: "agree with the naive model",
  },
  { project: "unit", name: "simulation", file: simulation, test: "random traffic" },
  { project: "unit", name: "preemptions", file: simulation, test: "forced preemptions" },
  { project: "unit", name: "aborts", file: simulation, test: "aborts while" },
  { project: "unit", name: "equality", file: simulation, test: "tokens are equal" },
  { project: "unit", name: "samples", file: simulation, test: "n samples" },
  {
    project: "unit",
    name: "threads",
    file: "app/client/simulation.test.ts",
    test: "page, worker and engine",
  },
  {
    project: "unit",
    name: "tokenizer",
    file: "workers/tokenizer/tokenizer.test.ts",
    test: "texts back unchanged",
  },
  {
    project: "unit",
    name: "model-files",
    file: "workers/models/mutated-files.test.ts",
    test: "mutated folders",
  },
  {
    project: "unit",
    name: "server-streams",
    file: "workers/backends/openai/stream.test.ts",
    test: "server streams split",
  },
  {
    project: "unit",
    name: "coverage",
    file: "app/lab/statistics/coverage.test.ts",
    test: "intervals cover",
  },
  {
    project: "unit",
    name: "verdicts",
    file: "app/lab/statistics/noise.test.ts",
    test: "claims tested on noise",
  },
  {
    project: "gpu",
    name: "gpu-faults",
    file: "workers/backends/gpu-faults.gpu.test.ts",
    test: "the n-th call",
  },
  {
    project: "gpu",
    name: "gpu-equality",
    file: "workers/backends/random-policies.gpu.test.ts",
    test: "answer as alone",
  },
  { project: "e2e", name: "accessibility", file: "e2e/views.spec.ts", test: "is accessible and is quiet" },
  { project: "e2e", name: "plans-accessibility", file: "e2e/plans.spec.ts", test: "accessible and fits" },
  { project: "e2e", name: "lessons", file: "e2e/learn.spec.ts", test: "is accessible before, at and after" },
];

export const partNames: readonly string[] = [...testParts.map(({ name }) => name), "large-model", "serving"];

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
