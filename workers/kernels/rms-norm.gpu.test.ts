import { afterAll, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { rmsNorm } from "./rms-norm.reference.ts";
import { rmsNormKernel } from "./rms-norm.ts";
import { runKernel } from "./run-kernel.ts";
import { sampleInputWords } from "./sample.ts";
import { randomValues } from "./testing/random.ts";
import { expectClose, padRows } from "./testing/rows.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

it.each([
  [8, 1, "plain"],
  [44, 19, "plain"],
  [172, 5, "plain"],
  [44, 3, "wide"],
  [2044, 2, "wide"],
] as const)("width %i, %i rows, %s", async (width, numRows, variant) => {
  const x = randomValues(numRows * width, 1).map((value, i) => value * 10 ** ((i % 5) - 2));
  const weight = randomValues(width, 2);
  const { floats } = await runKernel(
    await device(),
    rmsNormKernel({ width, eps: 1e-5, variant, gathers: false }),
    {
      inputs: [padRows(x, width), padRows(weight, width), padRows(x, width).fill(7)],
      output: 3,
      numRows,
    },
  );
  expectClose(floats, padRows(rmsNorm(x, weight, 1e-5), width));
});

it.each(["plain", "wide"] as const)("gathers the rows that samples name, %s", async (variant) => {
  const [width, picked] = [172, [4, 0, 3]];
  const x = randomValues(5 * width, 1);
  const weight = randomValues(width, 2);
  const samples = new Uint32Array(picked.length * sampleInputWords);
  for (const [i, row] of picked.entries()) samples[i * sampleInputWords] = row;
  const { floats } = await runKernel(
    await device(),
    rmsNormKernel({ width, eps: 0.1, variant, gathers: true }),
    {
      inputs: [padRows(x, width), padRows(weight, width), padRows(x.slice(0, 3 * width), width), samples],
      output: 3,
      numRows: picked.length,
    },
  );
  const rows = picked.flatMap((row) => [...x.subarray(row * width, (row + 1) * width)]);
  expectClose(floats, padRows(rmsNorm(Float32Array.from(rows), weight, 0.1), width));
});
