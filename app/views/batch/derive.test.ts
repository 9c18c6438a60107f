import { describe, expect, it } from "vitest";

import { defaultPolicy } from "../../../protocol/index.ts";
import { defaultLoad } from "../../lab/load/load.ts";
import { StepLog } from "../../lab/load/step-log.ts";
import { summarizeLoad } from "../../lab/load/summary.ts";
import { stepTrace } from "../../lab/testing/traces.ts";
import { modeFinding } from "../../lab/experiments/batch/findings.ts";
import {
  blocksOf,
  comparedFigures,
  describeSegment,
  engineProblem,
  parseWhole,
  poolMebibytes,
  sameBatchHint,
  type Batching,
  type ShownMode,
} from "./derive.ts";

function mode(batching: Batching, wallMs: number) {
  const policy = { ...defaultPolicy, batching };
  const summary = {
    ...summarizeLoad([]),
    wallMs,
    numOutputTokens: 10,
    outputTokensPerSecond: 10_000 / wallMs,
  };
  const steps = { numSteps: 1, numSharedSteps: 0, mostSequences: 1, meanSequences: 1 };
  const measured = { policy, summary, steps, numEvictions: 0, errors: [], aborted: false, requests: [] };
  return { batching, policy, log: new StepLog(), measured } satisfies ShownMode;
}

const finding = (...modes: readonly ReturnType<typeof mode>[]) =>
  modeFinding(modes.map(({ measured }) => measured));

describe("what two modes come to", () => {
  it("is said in a sentence", () => {
    expect(finding(mode("continuous", 1000), mode("static", 1500))).toBe(
      "Static batches took 1.5 times as long as continuous batching for the same arrivals: 1,500 ms against 1,000 ms.",
    );
    expect(finding(mode("continuous", 1000), mode("none", 1010))).toContain("took as long as");
    expect(finding(mode("static", 500), mode("continuous", 1000))).toContain("took 0.5 times as long as");
    expect(finding(mode("continuous", 1000))).toBeNull();
    const cut = { ...mode("static", 100).measured, aborted: true };
    expect(modeFinding([mode("continuous", 1000).measured, cut])).toBeNull();
  });

  it("stands side by side with the change", () => {
    const [wall, rate] = comparedFigures([mode("continuous", 1000), mode("static", 1500)]);
    expect(wall).toMatchObject({ values: ["1,000 ms", "1,500 ms"], change: "+50%" });
    expect(rate?.change).toBe("−33%");
  });
});

it("says when both modes would run the same steps", () => {
  expect(sameBatchHint(defaultLoad, defaultPolicy)).toContain("All 8 requests fit into one batch of 32");
  expect(sameBatchHint(defaultLoad, { ...defaultPolicy, maxNumSeqs: 4 })).toBeNull();
  expect(sameBatchHint({ ...defaultLoad, arrivals: "poisson" }, defaultPolicy)).toBeNull();
});

it("describes a segment with its step and batch", () => {
  const log = new StepLog();
  log.addLane("req-1", "1 user", 1000);
  log.add(stepTrace(7, { startMs: 1005, rows: "req-1:prefill:48:16 other:decode" }));
  expect(describeSegment(log, 0)).toBe("1 user (req-1) · in the queue · 5 ms at 0 ms");
  expect(describeSegment(log, 1)).toBe("1 user (req-1) · 16 prompt tokens from the prefix cache at 5 ms");
  expect(describeSegment(log, 2)).toBe(
    "1 user (req-1) · prefill of 48 tokens · 10 ms at 5 ms · step 7 with 2 sequences",
  );
});

describe("what was typed", () => {
  it("is a whole number or said to be none", () => {
    expect(parseWhole("maxNumSeqs", " 12 ")).toEqual({ value: 12 });
    expect(parseWhole("maxNumSeqs", "1.5")).toEqual({
      problem: 'maxNumSeqs is "1.5", it must be a whole number',
    });
    expect(parseWhole("maxNumSeqs", "")).toHaveProperty("problem");
  });

  it("as MiB becomes whole blocks", () => {
    expect(blocksOf("1", defaultPolicy, 1024)).toEqual({ value: 64 });
    expect(poolMebibytes({ ...defaultPolicy, numBlocks: 64 }, 1024)).toBe(1);
    expect(blocksOf("0.001", defaultPolicy, 1024)).toEqual({
      problem: "0.001 MiB hold no block: 16 tokens take 16384 bytes",
    });
    expect(blocksOf("x", defaultPolicy, 1024)).toHaveProperty("problem");
  });
});

it("says what another engine lacks", () => {
  const capabilities = { batching: "queue" } as never;
  expect(engineProblem(capabilities)).toContain("one request at a time");
  expect(engineProblem({ batching: "continuous" } as never)).toBeNull();
});
