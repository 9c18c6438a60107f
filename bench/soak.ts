/** `npm run soak`: the tests at the long column of their figures, and hours of serving in the browser. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { buildIfNeeded } from "./build.ts";
import { serveFolder } from "./folder-server.ts";
import { runLargeModel, writeLargeModel } from "./large-model.ts";
import { openApp } from "./page.ts";
import { heapSlope, soakProblems, soakServing, type SoakSlice } from "./serving-soak.ts";
import { command, loadModel, ownLoad, say } from "./session.ts";
import { parseSoakArguments, soakUsage, testParts, type SoakArguments, type TestPart } from "./soak-parts.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

async function soak({ only, minutes }: SoakArguments): Promise<void> {
  const failed: string[] = [];
  const run = async (name: string, part: () => Promise<boolean>): Promise<void> => {
    const start = performance.now();
    const isGood = await part();
    if (!isGood) failed.push(name);
    say(`${isGood ? "ok" : "FAILED"}  ${name}  ${((performance.now() - start) / 1000).toFixed(0)} s`);
  };
  for (const part of testParts) {
    if (only.includes(part.name)) await run(part.name, () => runTests(part, minutes));
  }
  if (only.includes("large-model")) await run("large-model", loadLarge);
  if (only.includes("serving")) await run("serving", () => serve(minutes ?? 120));
  if (failed.length > 0) throw new Error(`failed: ${failed.join(", ")}`);
}

function runner({ project, file, test }: TestPart): readonly string[] {
  const script = (...at: readonly string[]) => path.join(root, "node_modules", ...at);
  return project === "e2e"
    ? [script("@playwright", "test", "cli.js"), "test", file, "-g", test]
    : [script("vitest", "vitest.mjs"), "run", "--project", project, file, "-t", test];
}

async function runTests(part: TestPart, minutes: number | null): Promise<boolean> {
  if (part.project === "e2e") say(`app: ${await buildIfNeeded(root)}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, runner(part), {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        INFERSCOPE_SOAK: "1",
        ...(minutes === null ? {} : { INFERSCOPE_SOAK_MINUTES: String(minutes) }),
      },
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0));
  });
}

/** 1.85 GB of safetensors by address, kept by the browser's storage and not. */
async function loadLarge(): Promise<boolean> {
  say(`app: ${await buildIfNeeded(root)}`);
  const folder = mkdtempSync(path.join(tmpdir(), "inferscope-large-model-"));
  const bytes = writeLargeModel(folder);
  say(`model: ${(bytes / 1e9).toFixed(2)} GB in ${folder}`);
  const server = await serveFolder(folder);
  const answers: string[] = [];
  try {
    for (const keepsNothing of [true, false]) {
      const app = await openApp(path.join(root, "dist"), "swiftshader");
      try {
        await ownLoad(app.page);
        const run = await runLargeModel(app.page, server.url, keepsNothing);
        const stages = Object.entries(run.secondsByStage).map(([name, time]) => `${name} ${time.toFixed(1)}`);
        const peak = run.peakBytes === null ? "unknown" : `${(run.peakBytes / 1e9).toFixed(2)} GB`;
        say(
          `${keepsNothing ? "storage that keeps nothing" : "kept by the storage"}: loaded in ` +
            `${run.loadSeconds.toFixed(0)} s (${stages.join(", ")}), silent for at most ` +
            `${run.longestSilenceSeconds.toFixed(1)} s, 3 tokens in ${run.answerSeconds.toFixed(1)} s, ` +
            `peak memory of the browser ${peak}`,
        );
        answers.push(run.tokenIds.join());
      } finally {
        await app.close();
      }
    }
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
  say(`answers: ${answers.join(" and ")}`);
  return answers.length === 2 && answers[0] === answers[1] && answers[0]?.split(",").length === 3;
}

async function serve(minutes: number): Promise<boolean> {
  say(`app: ${await buildIfNeeded(root)}`);
  const app = await openApp(path.join(root, "dist"), null);
  try {
    await loadModel(app.page, { id: "scope-2m-q4f16_1" }, "gpu");
    const slices = await soakServing(app.page, {
      minutes,
      sliceSeconds: 15,
      seed: 1,
      measuresHeap: true,
      onSlice: (slice) => say(line(slice)),
    });
    const slope = heapSlope(slices);
    say(slope === null ? "heap: not measured" : `heap: ${slope.toFixed(2)} MB an hour`);
    const problems = soakProblems(slices);
    for (const problem of problems) say(problem);
    return problems.length === 0;
  } finally {
    await app.close();
  }
}

function line({
  atMs,
  finished,
  aborted,
  refused,
  preemptions,
  steps,
  gpuMemory,
  heapBytes,
}: SoakSlice): string {
  const heap = heapBytes === null ? "unknown" : `${(heapBytes / 1e6).toFixed(1)} MB`;
  return (
    `${(atMs / 60_000).toFixed(1)} min: ${finished} finished, ${aborted} aborted, ${refused} refused, ` +
    `${preemptions} preemptions, ${steps} steps, ${gpuMemory?.numBuffers ?? 0} GPU buffers, heap ${heap}`
  );
}

await command("soak", soakUsage, (args) => soak(parseSoakArguments(args)));
