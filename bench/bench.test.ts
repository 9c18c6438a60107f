import { spawnSync } from "node:child_process";

import { expect, it } from "vitest";

it("refuses an option that it does not know, and exits with 1", () => {
  const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "bench/bench.ts", "--fast"], {
    encoding: "utf8",
  });
  expect(stderr).toMatch(/^bench: .*--fast/m);
  expect(status).toBe(1);
}, 240_000);
