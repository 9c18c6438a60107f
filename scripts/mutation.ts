/**
 * `npm run test:mutation [-- --only engine,files] [-- --fresh]`: how many small faults put into
 * the code the unit tests notice, folder by folder. What is known from the last run is kept under
 * `.cache/mutation`; `--fresh` forgets it (do so after a change in helpers of tests, which Stryker
 * does not look at). Scores and survivors go to docs/mutation.json, the table into docs/mutation.md.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { folderOf, folders, minScore, type MutatedFolder } from "./mutation/folders.ts";
import { type FolderScore, scoreOf } from "./mutation/score.ts";

const summaryFile = "docs/mutation.json";
const pageFile = "docs/mutation.md";

type Summary = Record<string, FolderScore & { readonly date: string; readonly commit: string }>;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    fresh: { type: "boolean", default: false },
    concurrency: { type: "string", default: "2" },
    /** Globs of files instead of the folder's own: prints survivors, records nothing. */
    mutate: { type: "string" },
  },
});
const chosen = values.only === undefined ? folders : values.only.split(",").map(folderOf);

const failed: string[] = [];
for (const folder of chosen) {
  const score = scoreOf(await runStryker(folder));
  if (values.mutate === undefined) record(folder, score);
  else console.log(score.survivors.join("\n"));
  const { mutants, killed, timedOut, survived, uncovered } = score;
  console.log(
    `${folder.name.padEnd(8)} ${score.score.toFixed(2)} %: ${mutants} mutants, ${killed} killed, ` +
      `${timedOut} timed out, ${survived} survived, ${uncovered} uncovered`,
  );
  if (score.score < minScore) failed.push(folder.name);
}
if (failed.length > 0) {
  console.error(`below ${minScore} %: ${failed.join(", ")}`);
  process.exitCode = 1;
}

async function runStryker(folder: MutatedFolder): Promise<Parameters<typeof scoreOf>[0]> {
  const cache = path.join(".cache", "mutation", folder.name);
  mkdirSync(cache, { recursive: true });
  const jsonFile = path.join(cache, "report.json");
  const config = {
    packageManager: "npm",
    plugins: ["@stryker-mutator/vitest-runner", path.resolve("scripts/mutation/ignore-messages.js")],
    testRunner: "vitest",
    vitest: { configFile: "scripts/mutation/vitest.config.ts", related: false },
    mutate: values.mutate?.split(",") ?? folder.mutate,
    ignorers: ["messages"],
    coverageAnalysis: "perTest",
    incremental: values.mutate === undefined,
    incrementalFile: path.join(cache, "incremental.json"),
    force: values.fresh,
    concurrency: Number(values.concurrency),
    timeoutMS: 5_000,
    timeoutFactor: 2,
    dryRunTimeoutMinutes: 20,
    tempDirName: path.join(cache, "tmp"),
    ignorePatterns: ["dist", "reports", "test-results", "playwright-report", "training", "docs", "e2e"],
    reporters: ["json", "html", "progress-append-only"],
    jsonReporter: { fileName: jsonFile },
    htmlReporter: { fileName: path.join(cache, "report.html") },
    allowEmpty: true,
  };
  const configFile = path.join(cache, "stryker.config.json");
  writeFileSync(configFile, JSON.stringify(config, null, 2));
  const stryker = path.join("node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const child = spawn(process.execPath, [stryker, "run", configFile], {
    stdio: "inherit",
    env: { ...process.env, INFERSCOPE_MUTATION: folder.name },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`Stryker ended with ${code} in ${folder.name}`);
  return JSON.parse(readFileSync(jsonFile, "utf8")) as Parameters<typeof scoreOf>[0];
}

function record(folder: MutatedFolder, score: FolderScore): void {
  const summary = JSON.parse(readFileSync(summaryFile, "utf8")) as Summary;
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim();
  summary[folder.name] = { ...score, date: new Date().toISOString().slice(0, 10), commit };
  writeFileSync(summaryFile, `${JSON.stringify(summary, null, 2)}\n`);
  const [start, end] = ["<!-- scores -->\n", "<!-- /scores -->"];
  const page = readFileSync(pageFile, "utf8");
  const [before = "", rest = ""] = page.split(start);
  const after = rest.slice(rest.indexOf(end));
  writeFileSync(pageFile, `${before}${start}${table(summary)}${after}`);
}

function table(summary: Summary): string {
  const head = "| folder | mutants | killed | timed out | survived | uncovered | score | on |\n";
  const rows = folders.flatMap(({ name, what }) => {
    const each = summary[name];
    if (each === undefined) return [];
    const { mutants, killed, timedOut, survived, uncovered, score, date, commit } = each;
    return [
      `| ${what} | ${mutants} | ${killed} | ${timedOut} | ${survived} | ${uncovered} | ${score.toFixed(2)} % | ${date}, ${commit} |\n`,
    ];
  });
  return `\n${head}| --- | --- | --- | --- | --- | --- | --- | --- |\n${rows.join("")}\n`;
}
