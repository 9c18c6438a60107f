import { afterAll, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { runKernel } from "./run-kernel.ts";
import { siluMul } from "./silu-mul.reference.ts";
import { siluMulKernel } from "./silu-mul.ts";
import { randomValues } from "./testing/random.ts";
import { expectClose, padRows } from "./testing/rows.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

it.each([
  [1, 1],
  [86, 3],
  [172, 9],
])("width %i, %i rows, gates from -120 to 120", async (width, numRows) => {
  const gateUp = randomValues(numRows * 2 * width, 1).map((value, i) => value * (i % 7 === 0 ? 120 : 3));
  const { floats } = await runKernel(await device(), siluMulKernel(width), {
    inputs: [padRows(gateUp, 2 * width), new Float32Array(padRows(gateUp, 2 * width).length)],
    output: 2,
    numRows,
  });
  const expected = padRows(siluMul(gateUp, width), width);
  expectClose(floats.slice(0, expected.length), expected);
});
