import { afterAll, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { pagedAttention } from "./paged-attention.reference.ts";
import { pagedAttentionKernel } from "./paged-attention.ts";
import { headStrideOf } from "./rope-kv.ts";
import { runKernel } from "./run-kernel.ts";
import { randomValues } from "./testing/random.ts";
import { expectClose, padRows, rowWords } from "./testing/rows.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

/** A whole prompt, a later chunk of one and two decodes; no context is a multiple of a block. */
const mixed = [
  { numQueries: 7, contextLen: 7 },
  { numQueries: 5, contextLen: 38 },
  { numQueries: 1, contextLen: 131 },
  { numQueries: 1, contextLen: 1 },
];

it.each([
  ["heads of 8, grouped by 3", { numHeads: 6, numKvHeads: 2, headDim: 8 }, 16, "plain"],
  ["heads of 10, blocks of 5", { numHeads: 2, numKvHeads: 2, headDim: 10 }, 5, "plain"],
  ["heads of 64", { numHeads: 3, numKvHeads: 1, headDim: 64 }, 16, "plain"],
  ["blocks of 1", { numHeads: 1, numKvHeads: 1, headDim: 12 }, 1, "plain"],
  ["heads of 8, grouped by 3", { numHeads: 6, numKvHeads: 2, headDim: 8 }, 16, "wide"],
  ["heads of 64, blocks of 5", { numHeads: 3, numKvHeads: 1, headDim: 64 }, 5, "wide"],
  ["heads of 256", { numHeads: 1, numKvHeads: 1, headDim: 256 }, 16, "wide"],
] as const)("%s, %o, blocks of %i, %s", async (_, shape, blockSize, variant) => {
  const { numHeads, numKvHeads, headDim } = shape;
  const numBlocksOf = (contextLen: number) => Math.ceil(contextLen / blockSize);
  const numBlocks = mixed.reduce((sum, { contextLen }) => sum + numBlocksOf(contextLen), 0) + 3;
  // A permutation of the pool, dealt out: neighbours in a sequence are not neighbours in memory.
  const shuffled = Array.from({ length: numBlocks }, (__, i) => i).sort(
    (a, b) => ((a * 7) % 11) - ((b * 7) % 11),
  );
  const sequences = mixed.map((each) => ({
    ...each,
    blockTable: shuffled.splice(0, numBlocksOf(each.contextLen)),
  }));
  let tableStart = 0;
  const rows = sequences.flatMap(({ numQueries, contextLen, blockTable }) => {
    const start = tableStart;
    tableStart += blockTable.length;
    return Array.from({ length: numQueries }, (__, i) => ({
      position: contextLen - numQueries + i,
      tableStart: start,
    }));
  });
  const stride = headStrideOf(headDim);
  const heads = (values: Float32Array) => padRows(values, headDim, stride);
  const queries = randomValues(rows.length * numHeads * headDim, 1).map((x) => x * 4);
  const numValues = numBlocks * blockSize * numKvHeads * headDim;
  const cache = { keys: randomValues(numValues, 2), values: randomValues(numValues, 3) };
  const expected = padRows(
    pagedAttention({ shape, blockSize, queries, sequences, cache }),
    numHeads * headDim,
  );
  const { floats } = await runKernel(await device(), pagedAttentionKernel({ ...shape, blockSize, variant }), {
    inputs: [
      rowWords(rows),
      Uint32Array.from(sequences.flatMap(({ blockTable }) => blockTable)),
      heads(queries),
      heads(cache.keys),
      heads(cache.values),
      new Float32Array(expected.length),
    ],
    output: 6,
    numRows: rows.length,
  });
  expectClose(floats, expected);
});
