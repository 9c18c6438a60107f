/** How fast this device reads its memory: the denominator of every roofline figure. */
import type { MemoryBandwidth } from "../../protocol/index.ts";
import bandwidthCode from "./bandwidth.wgsl?raw";
import type { GpuContext } from "./device.ts";
import { GpuMemory, withinMemory } from "./memory.ts";
import { ReadbackRing } from "./readback.ts";
import { fillTemplate } from "./shader.ts";
import { watched, watchedAsync } from "./watched.ts";

/** Far beyond any cache of a GPU. */
const wantedBytes = 2 ** 29;
/** A CPU that poses as a GPU takes long, and its caches are smaller. */
const softwareBytes = 2 ** 26;
const numInvocations = 2 ** 17;
const workgroupSize = 256;
/** Sweeps in the longer of the two submits that are compared. */
const manySweeps = 9;
const numTrials = 3;
const what = "the bandwidth measurement";

/**
 * Reads a buffer of hashed words from end to end, `vec4<u32>` by `vec4<u32>`. The time of one
 * sweep is the slope between submits of one and of nine sweeps, the best of three of each, so
 * that what a submit costs by itself cancels. `bytes`: size of the buffer, default 512 MiB or
 * what the device allows.
 *
 * Rejects with `out-of-memory` or `gpu-failure`. Wrong while anything else runs on the device.
 */
export async function measureBandwidth(
  context: GpuContext,
  bytes = defaultBytes(context),
): Promise<MemoryBandwidth & { readonly checksum: number }> {
  const { device } = context;
  const memory = new GpuMemory(device);
  const readback = new ReadbackRing(device, 1);
  try {
    const { words, sums } = await withinMemory(device, memory, what, () => ({
      words: memory.create("bandwidth words", bytes),
      sums: memory.create("bandwidth sums", numInvocations * 4),
    }));
    const fill = await kernel(context, "FILL", [words]);
    const sweep = await kernel(context, "SWEEP", [words, sums]);
    const sweptSums = await watchedAsync(device, what, () => {
      device.queue.submit([fill(1).finish()]);
      const encoder = sweep(1);
      const read = readback.record(encoder, sums, sums.size);
      device.queue.submit([encoder.finish()]);
      return read();
    });
    const checksum = new Uint32Array(sweptSums).reduce((all, sum) => all ^ sum, 0) >>> 0;
    const time = async (sweeps: number): Promise<number> => {
      let start = 0;
      await watchedAsync(device, what, () => {
        const commands = sweep(sweeps).finish();
        start = performance.now();
        device.queue.submit([commands]);
        return device.queue.onSubmittedWorkDone();
      });
      return performance.now() - start;
    };
    let [one, many] = [Infinity, Infinity];
    for (let trial = 0; trial < numTrials; trial += 1) {
      one = Math.min(one, await time(1));
      many = Math.min(many, await time(manySweeps));
    }
    const sweepMs = many > one ? (many - one) / (manySweeps - 1) : many / manySweeps;
    return { bytesPerSecond: (words.size * 1000) / sweepMs, bytes: words.size, sweepMs, checksum };
  } finally {
    readback.destroy();
    memory.destroy();
  }
}

function defaultBytes({ adapter, device: { limits } }: GpuContext): number {
  const wanted = adapter.isSoftware ? softwareBytes : wantedBytes;
  return Math.min(wanted, limits.maxBufferSize, limits.maxStorageBufferBindingSize);
}

/** Records a pass of so many dispatches over the buffers. */
async function kernel(
  { device, shaders }: GpuContext,
  flag: "FILL" | "SWEEP",
  buffers: readonly GPUBuffer[],
): Promise<(count: number) => GPUCommandEncoder> {
  const numVectors = Math.floor((buffers[0]?.size ?? 0) / 16);
  const { pipeline, layout } = await shaders.compile({
    label: `bandwidth ${flag.toLowerCase()}`,
    code: fillTemplate(bandwidthCode, 1, [flag]),
    constants: { numVectors, numInvocations },
    bindings: flag === "FILL" ? ["read-write"] : ["read", "read-write"],
  });
  const group = await watched(device, what, () =>
    device.createBindGroup({
      layout,
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  );
  return (count) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < count; i += 1) pass.dispatchWorkgroups(numInvocations / workgroupSize);
    pass.end();
    return encoder;
  };
}
