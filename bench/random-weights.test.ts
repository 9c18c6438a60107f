import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect, it } from "vitest";

import { loadModel } from "../workers/models/load-model.ts";
import { MemorySource } from "../workers/testing/memory-source.ts";
import { shapes, writeRandomWeights } from "./random-weights.ts";

it("writes a folder that loads, with the shape that its name says", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "random-weights-"));
  try {
    const name = await writeRandomWeights(folder, "22m");
    const files = new Map(
      readdirSync(path.join(folder, name)).map((file) => [
        file,
        Uint8Array.from(readFileSync(path.join(folder, name, file))),
      ]),
    );
    const model = await loadModel(new MemorySource(files), () => undefined, new AbortController().signal);
    expect(model.description.config).toMatchObject(shapes["22m"]);
    expect(model.numParams / 1e6).toBeCloseTo(22, 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
