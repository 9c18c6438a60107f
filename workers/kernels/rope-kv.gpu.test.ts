import { afterAll, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { ropeFrequencies } from "./rope-frequencies.ts";
import { ropeKv } from "./rope-kv.reference.ts";
import { headStrideOf, ropeKvKernel } from "./rope-kv.ts";
import { runKernel } from "./run-kernel.ts";
import { randomValues } from "./testing/random.ts";
import { expectClose, padRows, rowWords } from "./testing/rows.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

const stretched = { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositionEmbeddings: 64 };
// Two chunks of prompts and a decode row, in no order of their slots.
const positions = [0, 1, 2, 77, 78, 1000];
const slotMapping = [33, 34, 35, 7, 0, 18];
const numSlots = 40;

it.each([
  ["heads of 8, grouped", { numHeads: 6, numKvHeads: 2, headDim: 8 }, null, null],
  ["heads of 10, no multiple of 4", { numHeads: 4, numKvHeads: 4, headDim: 10 }, null, null],
  ["heads of 2", { numHeads: 1, numKvHeads: 1, headDim: 2 }, null, null],
  ["heads of 64, stretched", { numHeads: 3, numKvHeads: 1, headDim: 64 }, stretched, null],
  ["heads of 18, normed", { numHeads: 2, numKvHeads: 1, headDim: 18 }, null, 1e-5],
] as const)("%s", async (_, shape, scaling, eps) => {
  const { numHeads, numKvHeads, headDim } = shape;
  const numRows = positions.length;
  const width = (numHeads + 2 * numKvHeads) * headDim;
  const stride = headStrideOf(headDim);
  const qkv = randomValues(numRows * width, 1);
  const norms = randomValues(2 * headDim, 2);
  const frequencies = ropeFrequencies(headDim, 10_000, scaling);
  const before = randomValues(numSlots * numKvHeads * headDim, 3);
  const cache = { keys: before.slice(), values: before.slice() };
  const queries = ropeKv({
    shape,
    qkv,
    positions,
    slotMapping,
    frequencies,
    qkNorm: eps === null ? null : { q: norms.slice(0, headDim), k: norms.slice(headDim), eps },
    cache,
  });
  const turns = positions.flatMap((position) =>
    [...frequencies].flatMap((f) => [Math.cos(position * f), Math.sin(position * f)]),
  );
  const heads = (values: Float32Array) => padRows(values, headDim, stride);
  const inputs = [
    rowWords(positions.map((position, i) => ({ position, slot: slotMapping[i]! }))),
    Float32Array.from(turns),
    padRows(qkv, width),
    new Float32Array(numRows * numHeads * stride),
    heads(before),
    heads(before),
    eps === null ? null : norms,
  ];
  const outputs = [
    [4, queries],
    [5, cache.keys],
    [6, cache.values],
  ] as const;
  for (const [output, expected] of outputs) {
    const { floats } = await runKernel(await device(), ropeKvKernel(shape, eps), { inputs, output, numRows });
    // A buffer is a multiple of 16 bytes.
    expectClose(floats.slice(0, heads(expected).length), heads(expected));
  }
});
