import { afterAll, expect, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { embedding } from "./embedding.reference.ts";
import { embeddingKernel } from "./embedding.ts";
import { strideOf } from "./kernel.ts";
import { formatOf, pack, partSizes } from "./packed-weight.ts";
import { runKernel } from "./run-kernel.ts";
import { randomFormats, randomMatrix } from "./testing/random.ts";
import { expectClose, padRows, rowWords } from "./testing/rows.ts";
import { weightRows } from "./weight.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

const tokenIds = [0, 511, 3, 170, 169, 172, 3];

it.each(randomFormats)("%s: rows of a matrix in two parts, 512 tokens, K = 172", async (format) => {
  const weight = randomMatrix(512, 172, format, 3);
  const stride = strideOf(172);
  let x = new Float32Array(tokenIds.length * stride).fill(7);
  for (const [first, end] of [
    [0, 172],
    [172, 512],
  ] as const) {
    const part = weightRows(weight, first, end);
    const [weights, scales] = pack(part);
    const kernel = embeddingKernel(
      { format: formatOf(weight), shape: weight.shape, numSteps: partSizes(weight, 0, 512)[1]! },
      { firstColumn: first, numQuads: (end - first) / 4 },
    );
    const result = await runKernel(await device(), kernel, {
      inputs: [weights!, scales ?? null, rowWords(tokenIds.map((tokenId) => ({ tokenId }))), x],
      output: 4,
      numRows: tokenIds.length,
    });
    x = result.floats.slice();
  }
  const expected = padRows(embedding(tokenIds, weight), 172);
  const width = Math.ceil(172 / (format.startsWith("q4") ? 32 : 8)) * (format.startsWith("q4") ? 32 : 8);
  // Zero up to the weight's last step; what lies beyond is never written.
  for (let row = 0; row < tokenIds.length; row += 1) {
    expectClose(
      x.subarray(row * stride, row * stride + width),
      expected.subarray(row * stride, row * stride + width),
      0,
    );
  }
  expect(x.length).toBe(expected.length);
});
