import { afterAll, describe, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { strideOf } from "./kernel.ts";
import { matmul } from "./matmul.reference.ts";
import { matmulKernel, type MatmulVariant, type RowTile, rowTiles } from "./matmul.ts";
import { formatOf, pack, partSizes } from "./packed-weight.ts";
import { runKernel } from "./run-kernel.ts";
import { randomFormats, type RandomFormat, randomMatrix, randomValues } from "./testing/random.ts";
import { expectClose, padRows } from "./testing/rows.ts";
import { weightRows } from "./weight.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());
const { hasF16 } = await device();

interface Case {
  readonly shape: readonly [n: number, k: number];
  readonly format: RandomFormat;
  readonly variant: MatmulVariant;
  readonly tile: RowTile;
  readonly numRows: number;
  readonly hasBias?: boolean;
  readonly addsToOut?: boolean;
}

/** Runs the kernel on both halves of the matrix, as for one that is larger than a binding may be. */
async function check(each: Case, tolerance = 1e-5): Promise<void> {
  const { shape, numRows, variant, tile, hasBias = false, addsToOut = false } = each;
  const [n, k] = shape;
  const weight = randomMatrix(n, k, each.format, 5);
  const x = randomValues(numRows * k, 1);
  const bias = hasBias ? randomValues(n, 2) : null;
  const residual = randomValues(numRows * n, 3);
  let out = padRows(residual, n);
  const half = Math.ceil(n / 8) * 4;
  for (const [first, end] of [
    [0, half],
    [half, n],
  ] as const) {
    if (first === end) continue;
    const [weights, scales] = pack(weightRows(weight, first, end));
    const numQuads = Math.ceil((end - first) / 4);
    const kernel = matmulKernel(
      { format: formatOf(weight), shape },
      { numQuads },
      { variant, tile, hasBias, addsToOut },
    );
    // The last tile reads rows beyond numRows.
    const xRows = new Float32Array(Math.ceil(numRows / tile) * tile * strideOf(k));
    xRows.set(padRows(x, k));
    const { floats } = await runKernel(await device(), kernel, {
      inputs: [
        weights!,
        scales ?? null,
        xRows,
        out,
        bias === null ? null : padRows(bias, n),
        partSizes(weight, first, end),
      ],
      output: 4,
      numRows,
    });
    out = floats.slice();
  }
  const expected = matmul({ x, weight, bias, residual: addsToOut ? residual : null });
  expectClose(out, padRows(expected, n), tolerance);
}

describe.each(randomFormats)("%s", (format) => {
  it("K = 172, 130 columns", () =>
    check({ shape: [130, 172], format, variant: "plain", tile: 1, numRows: 3 }));
  it("K = 52, 512 columns, 13 rows in tiles of 8, added to what is there", () =>
    check({ shape: [512, 52], format, variant: "plain", tile: 8, numRows: 13, addsToOut: true }));
});

it.each(rowTiles)("plain, tiles of %i, with a bias, the smallest matrix", (tile) =>
  check({ shape: [6, 1], format: "q4-f16", variant: "plain", tile, numRows: 9, hasBias: true }),
);

// Compiling what has barriers takes a software adapter seconds; `gpu-variants` checks tiles of 8.
it.each<[RowTile, RandomFormat]>([
  [1, "bf16"],
  [2, "q4-f16"],
])("sliced, tiles of %i, %s, with a bias and added to what is there", (tile, format) =>
  check({ shape: [37, 300], format, variant: "sliced", tile, numRows: 9, hasBias: true, addsToOut: true }),
);

describe.skipIf(!hasF16)(`in half precision${hasF16 ? "" : " (this adapter has no shader-f16)"}`, () => {
  it.each(["plain-f16", "sliced-f16"] as const)("%s", async (variant) => {
    for (const format of ["f16", "q4-f16"] as const) {
      await check({ shape: [130, 172], format, variant, tile: 4, numRows: 7 }, 1e-2);
    }
  });
});
