import { afterAll, expect, it } from "vitest";

import { GpuMemory } from "./memory.ts";
import { testDevice } from "./testing/device.ts";
import { Upload } from "./upload.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

const piece = new Uint32Array(2 ** 18);

async function open(signal = new AbortController().signal) {
  const { device: gpu } = await device();
  const memory = new GpuMemory(gpu);
  const seen = { numYields: 0, bytes: 0 };
  const upload = new Upload(gpu, memory, {
    what: "a test",
    signal,
    yieldToEvents: () => {
      seen.numYields += 1;
      return Promise.resolve();
    },
    onBytes: (bytes) => (seen.bytes = bytes),
  });
  return { upload, memory, seen };
}

/** Holds the thread, as packing a piece does. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it("lets the event loop in after each piece that took long, and tells the bytes", async () => {
  const { upload, memory, seen } = await open();
  const buffer = upload.create("pieces", piece.byteLength);
  for (let i = 0; i < 4; i += 1) {
    work(60);
    await upload.write(buffer, 0, piece);
  }
  await upload.finish();
  expect(seen).toEqual({ numYields: 4, bytes: 4 * piece.byteLength });
  memory.destroy();
});

it("ends within a piece when it is cancelled", async () => {
  const controller = new AbortController();
  const { upload, memory } = await open(controller.signal);
  const buffer = upload.create("pieces", piece.byteLength);
  controller.abort();
  work(60);
  await expect(upload.write(buffer, 0, piece)).rejects.toMatchObject({ kind: "aborted" });
  memory.destroy();
});

it("hears of refused calls before the end of everything", async () => {
  const { upload, memory } = await open();
  const buffer = upload.create("too small", 16);
  const write = async () => {
    for (let i = 0; i < 64; i += 1) await upload.write(buffer, 0, piece);
  };
  await expect(write()).rejects.toMatchObject({ kind: "gpu-failure" });
  memory.destroy();
});
