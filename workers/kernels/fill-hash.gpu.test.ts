import { afterAll, expect, it } from "vitest";

import { GpuMemory } from "../gpu/memory.ts";
import { ReadbackRing } from "../gpu/readback.ts";
import { testDevice } from "../gpu/testing/device.ts";
import { Upload } from "../gpu/upload.ts";
import { HashFiller } from "./fill-hash.ts";
import { type HashedFormat, type HashedMatrix, materialized } from "./hashed-weight.ts";
import { fillWeight, pack } from "./packed-weight.ts";
import { dequantize, weightRows } from "./weight.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

/** What is in a buffer, to its last whole word. */
async function contents(gpu: GPUDevice, buffer: GPUBuffer, length: number): Promise<Uint32Array> {
  const ring = new ReadbackRing(gpu, 1);
  const encoder = gpu.createCommandEncoder();
  const read = ring.record(encoder, buffer, buffer.size);
  gpu.queue.submit([encoder.finish()]);
  const words = new Uint32Array(await read());
  ring.destroy();
  return words.subarray(0, length);
}

it.each<[HashedFormat, number, number]>([
  ["q4-f16", 130, 172],
  ["q4-bf16", 13, 31],
  ["f16", 37, 50],
  ["bf16", 6, 129],
])("%s of %i x %i, whole and in parts, is what its description says", async (stored, n, k) => {
  const { device: gpu, shaders } = await device();
  const matrix: HashedMatrix = { format: "hashed", stored, shape: [n, k], seed: 7 };
  const weight = materialized(matrix);
  const filler = await HashFiller.create(gpu, shaders);
  for (const most of [2 ** 20, 4096]) {
    const memory = new GpuMemory(gpu);
    const upload = new Upload(gpu, memory, {
      what: "a matrix",
      signal: new AbortController().signal,
      yieldToEvents: () => Promise.resolve(),
      onBytes: () => undefined,
    });
    const { parts } = await fillWeight(upload, "matrix", matrix, most, filler);
    await upload.finish();
    expect(parts.length > 1).toBe(most === 4096 && n > 20);
    for (const { firstColumn, numQuads, buffers } of parts) {
      const expected = pack(weightRows(weight, firstColumn, Math.min(n, firstColumn + numQuads * 4)));
      for (const [index, buffer] of buffers.entries()) {
        const words = expected[index]!;
        expect(await contents(gpu, buffer, words.length)).toEqual(words);
      }
    }
    memory.destroy();
  }
  filler.destroy();
});

it("products with unit-sized vectors are about unit-sized", () => {
  for (const stored of ["f16", "bf16", "q4-f16", "q4-bf16"] as const) {
    const values = dequantize(materialized({ format: "hashed", stored, shape: [64, 960], seed: 3 }));
    const rowNorm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / 64);
    expect(rowNorm).toBeGreaterThan(0.45);
    expect(rowNorm).toBeLessThan(1.1);
  }
});
