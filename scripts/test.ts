/**
 * `npm test`: everything, in two lanes (two cores), ending with what took how long and with
 * `N passed, N failed` counted from the runners' own reports. A static check counts as one test.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { playwrightTimes, slowest, vitestTimes, type FileTime } from "./test-times.ts";

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Where the runner writes its JSON report, and how to count it; without one the exit code counts. */
  readonly report?: {
    readonly file: string;
    readonly count: (json: unknown) => Counts;
    readonly times: (json: unknown) => readonly FileTime[];
  };
  readonly env?: Readonly<Record<string, string>>;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

interface Outcome extends Counts {
  readonly name: string;
  readonly seconds: number;
  /** Null where the runner reports no files. */
  readonly files: readonly FileTime[] | null;
}

const results = "test-results";
const bin = (name: string) => path.join("node_modules", ".bin", name);

const types = (project: string): Step => ({ name: `types ${project}`, command: [bin("tsc"), "-p", project] });

const vitest = (project: string): Step => {
  const file = path.join(results, `${project}.json`);
  return {
    name: project,
    command: [
      bin("vitest"),
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ],
    report: {
      file,
      count: (json) => {
        const { numPassedTests, numFailedTests } = json as { numPassedTests: number; numFailedTests: number };
        return { passed: numPassedTests, failed: numFailedTests };
      },
      times: (json) => vitestTimes(json, process.cwd()),
    },
  };
};

const e2eFile = path.join(results, "e2e.json");
const e2e: Step = {
  name: "e2e",
  command: [bin("playwright"), "test"],
  env: { PLAYWRIGHT_JSON_OUTPUT_NAME: e2eFile },
  report: {
    file: e2eFile,
    count: (json) => {
      const { stats } = json as { stats: { expected: number; unexpected: number; flaky: number } };
      return { passed: stats.expected, failed: stats.unexpected + stats.flaky };
    },
    times: playwrightTimes,
  },
};

/** By content, so that a fresh checkout of what was looked at is not looked at again. */
const cached = (name: "eslint" | "prettier", args: readonly string[]): Step["command"] => [
  bin(name),
  ...args,
  "--cache",
  "--cache-strategy",
  "content",
  "--cache-location",
  path.join(".cache", name, "cache"),
];

const lanes: readonly (readonly Step[])[] = [
  [
    types("protocol"),
    types("workers/engine"),
    types("workers"),
    types("app/lab"),
    types("app"),
    types("tsconfig.tools.json"),
    { name: "lint", command: cached("eslint", ["."]) },
    { name: "format", command: cached("prettier", ["--check", "--log-level", "warn", "."]) },
    {
      name: "import rules",
      command: [
        bin("depcruise"),
        "--config",
        ".dependency-cruiser.cjs",
        ...["app", "workers", "protocol", "bench", "node", "e2e", "scripts"],
      ],
    },
    { name: "unused code", command: [bin("knip")] },
    vitest("unit"),
  ],
  [{ name: "build", command: [bin("vite"), "build"] }, e2e],
];
/** For the lane that is done first. */
const whenFree: readonly Step[] = [vitest("gpu"), vitest("ui")];

function runStep(step: Step): Promise<Outcome> {
  const start = performance.now();
  const [command, ...args] = step.command;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...step.env },
    });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    const end = (exitCode: number | null, message = "") => {
      const seconds = (performance.now() - start) / 1000;
      const counts = count(step, exitCode);
      const mark = counts.failed === 0 ? "ok" : "FAILED";
      console.log(`${mark.padEnd(7)}${step.name.padEnd(24)}${seconds.toFixed(1)} s`);
      if (counts.failed > 0) console.log(Buffer.concat(output).toString() + message);
      resolve({ name: step.name, seconds, files: fileTimes(step), ...counts });
    };
    child.on("error", (error) => end(1, error.message));
    child.on("close", (code) => end(code));
  });
}

/** A runner that exits non-zero has failed, whatever its report counted. */
function count(step: Step, exitCode: number | null): Counts {
  if (step.report === undefined) return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  try {
    const counts = step.report.count(JSON.parse(readFileSync(step.report.file, "utf8")));
    return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function fileTimes({ report }: Step): readonly FileTime[] | null {
  if (report === undefined) return null;
  try {
    return report.times(JSON.parse(readFileSync(report.file, "utf8")));
  } catch {
    return null;
  }
}

/** Its own steps, then what is left of `others`, which both lanes take from. */
async function runLane(steps: readonly Step[], others: Step[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of steps) outcomes.push(await runStep(step));
  for (let step = others.shift(); step !== undefined; step = others.shift()) {
    outcomes.push(await runStep(step));
  }
  return outcomes;
}

function sayTimes(outcomesOfLanes: readonly (readonly Outcome[])[]): void {
  console.log("\nseconds");
  for (const [index, lane] of outcomesOfLanes.entries()) {
    const sum = lane.reduce((total, { seconds }) => total + seconds, 0);
    const steps = lane.map(({ name, seconds }) => `${name} ${seconds.toFixed(0)}`).join(", ");
    console.log(`lane ${index + 1}: ${sum.toFixed(0)} (${steps})`);
  }
  for (const { name, files } of outcomesOfLanes.flat()) {
    if (files !== null) console.log(`slowest of ${name}: ${slowest(files)}`);
  }
  console.log("");
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const others = [...whenFree];
const outcomesOfLanes = await Promise.all(lanes.map((steps) => runLane(steps, others)));
const outcomes = outcomesOfLanes.flat();
sayTimes(outcomesOfLanes);
const total = (key: "passed" | "failed") => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
for (const outcome of outcomes.filter(({ failed }) => failed > 0)) {
  console.log(`${outcome.name}: ${outcome.failed} failed`);
}
console.log(`${total("passed")} passed, ${total("failed")} failed`);
process.exitCode = total("failed") === 0 ? 0 : 1;
