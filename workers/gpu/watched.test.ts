import { afterEach, expect, it, vi } from "vitest";

import { watch } from "./watched.ts";

afterEach(() => vi.unstubAllGlobals());

/** Memory that really runs out cannot be had in a test: a device that says so. */
it("tells too little memory from a mistake", async () => {
  class OutOfMemory {
    readonly message = "";
  }
  vi.stubGlobal("GPUOutOfMemoryError", OutOfMemory);
  const answers = [null, new OutOfMemory(), null];
  const device = {
    pushErrorScope: () => undefined,
    popErrorScope: () => Promise.resolve(answers.shift()),
  } as unknown as GPUDevice;
  const { result, checked } = watch(device, "the KV pool", () => 7);
  expect(result).toBe(7);
  await expect(checked).rejects.toMatchObject({
    kind: "out-of-memory",
    message: "The graphics device has too little memory for the KV pool.",
  });
});
