import { afterAll, expect, it } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import { testDevice } from "./testing/device.ts";
import { failCall } from "./testing/failing-calls.ts";
import { watch, watched, watchedAsync } from "./watched.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

const refused = (gpu: GPUDevice) => gpu.createBuffer({ size: 16, usage: 0 });
const fine = (gpu: GPUDevice) => gpu.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE });

it("hears of a refused call, and of none that another work makes meanwhile", async () => {
  const { device: gpu } = await device();
  const [first, second] = [
    watch(gpu, "the first", () => fine(gpu)),
    watch(gpu, "a step", () => refused(gpu)),
  ];
  await first.checked;
  await expect(second.checked).rejects.toMatchObject({
    kind: "gpu-failure",
    message: expect.stringMatching(/failed in a step: .*usage/i) as string,
  });
  await watch(gpu, "what comes after", () => fine(gpu)).checked;
});

it("makes what a call throws typed, keeps our own errors, and leaves no scope open", async () => {
  const { device: gpu } = await device();
  const throwing = (error: Error) => () => {
    throw error;
  };
  const typed = new InferscopeError("device-limit", "too large");
  expect(() => watch(gpu, "a step", throwing(new TypeError("no")))).toThrow(/failed in a step: no/);
  expect(() => watch(gpu, "a step", throwing(typed))).toThrow(typed);
  await expect(gpu.popErrorScope()).rejects.toThrow();
});

it("a promise of the device counts once its calls were taken", async () => {
  const { device: gpu } = await device();
  const done = () => {
    refused(gpu);
    return gpu.queue.onSubmittedWorkDone();
  };
  await expect(watchedAsync(gpu, "a wait", done)).rejects.toMatchObject({ kind: "gpu-failure" });
});

it.each(["pushErrorScope", "popErrorScope"] as const)("a failing %s fails the work", async (kind) => {
  const { device: gpu } = await device();
  for (const n of [1, 2, 3]) {
    const failing = failCall(kind, n, "throws");
    await expect(Promise.resolve().then(() => watched(gpu, "a step", () => fine(gpu)))).rejects.toMatchObject(
      {
        kind: "gpu-failure",
      },
    );
    failing.restore();
  }
});
