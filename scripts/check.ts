/**
 * `npm run check`: what a change needs before it is shown to anybody, in under a minute on an idle
 * machine: types of all parts, lint and format of what changed, the import rules, and the unit tests
 * that reach what changed. `npm test` is everything.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const bin = (name: string) => path.join("node_modules", ".bin", name);

/** Against the branch that changes go to, and what is not committed yet; what was deleted is not looked at. */
function changedFiles(base: string): readonly string[] {
  const lists = [
    ["diff", "--name-only", "--diff-filter=d", `${base}...HEAD`],
    ["diff", "--name-only", "--diff-filter=d", "HEAD"],
    ["ls-files", "--others", "--exclude-standard"],
  ].map((command) => {
    const { status, stdout } = spawnSync("git", command, { encoding: "utf8" });
    // Without that branch (a fresh copy): what is not committed is all there is.
    return status === 0 ? stdout.split("\n") : [];
  });
  return [...new Set(lists.flat())].filter((file) => file !== "" && existsSync(file));
}

const changed = changedFiles(process.argv[2] ?? "main");
const scripts = changed.filter((file) => /\.(ts|tsx|js|cjs)$/.test(file) && !file.startsWith("training/"));
const tested = scripts.filter((file) => /\.tsx?$/.test(file));
const folders = ["app", "workers", "protocol", "bench", "node", "e2e", "scripts"];

const types = ["protocol", "workers/engine", "workers", "app", "tsconfig.tools.json"].map(
  (project): Step => ({ name: `types ${project}`, command: [bin("tsc"), "-p", project] }),
);
const few = (name: string, files: readonly string[], command: Step["command"]): readonly Step[] =>
  files.length === 0 ? [] : [{ name, command: [...command, ...files] }];

/** Two lanes: two cores. */
const lanes: readonly (readonly Step[])[] = [
  [
    ...types,
    { name: "import rules", command: [bin("depcruise"), "--config", ".dependency-cruiser.cjs", ...folders] },
  ],
  [
    ...few("format", changed, [bin("prettier"), "--check", "--ignore-unknown", "--log-level", "warn"]),
    ...few("lint", scripts, [
      bin("eslint"),
      "--cache",
      "--cache-location",
      ".cache/eslint",
      "--cache-strategy",
      "content",
    ]),
    ...few("unit tests of what changed", tested, [
      bin("vitest"),
      "related",
      "--run",
      "--project",
      "unit",
      "--passWithNoTests",
    ]),
  ],
];

function runStep({ name, command: [command, ...args] }: Step): Promise<boolean> {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    const end = (isRight: boolean, message = "") => {
      console.log(
        (isRight ? "ok" : "FAILED").padEnd(8) +
          `${name.padEnd(30)}${((performance.now() - start) / 1000).toFixed(1)} s`,
      );
      if (!isRight) console.log(Buffer.concat(output).toString() + message);
      resolve(isRight);
    };
    child.on("error", (error) => end(false, error.message));
    child.on("close", (code) => end(code === 0));
  });
}

async function runLane(steps: readonly Step[]): Promise<boolean> {
  let areRight = true;
  for (const step of steps) areRight = (await runStep(step)) && areRight;
  return areRight;
}

console.log(`${changed.length} changed files`);
const results = await Promise.all(lanes.map(runLane));
process.exitCode = results.every(Boolean) ? 0 : 1;
