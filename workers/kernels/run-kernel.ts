/** Runs one kernel on given data: for tests, the self-check and the micro-benchmark. */
import type { GpuContext } from "../gpu/device.ts";
import { GpuMemory } from "../gpu/memory.ts";
import { ReadbackRing } from "../gpu/readback.ts";
import type { Kernel } from "./kernel.ts";

type Data = Float32Array | Uint32Array;

export interface KernelRun {
  /** Content of each binding after the pass uniform; null where the kernel has none. */
  readonly inputs: readonly (Data | null)[];
  /** Binding number whose content is wanted. */
  readonly output: number;
  readonly numRows: number;
  /** Dispatches to time, 0 for none. */
  readonly repeats?: number;
}

export interface KernelResult {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
  /** Of one dispatch, by the wall clock over `repeats` dispatches in one submit; the best of three. */
  readonly microseconds: number | null;
}

export async function runKernel(context: GpuContext, kernel: Kernel, run: KernelRun): Promise<KernelResult> {
  const { device } = context;
  const memory = new GpuMemory(device);
  const readback = new ReadbackRing(device, 1);
  try {
    const shader = await context.shaders.compile(kernel);
    const pass = memory.create("pass", 256, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    device.queue.writeBuffer(pass, 0, Uint32Array.of(run.numRows, 0, 0, 0));
    const buffers = run.inputs.map((data) => (data === null ? null : memory.upload("input", data)));
    const group = device.createBindGroup({
      layout: shader.layout,
      entries: [pass, ...buffers].flatMap((buffer, binding) =>
        buffer === null ? [] : [{ binding, resource: binding === 0 ? { buffer, size: 16 } : { buffer } }],
      ),
    });
    const output = buffers[run.output - 1];
    if (output === null || output === undefined) throw new Error(`binding ${run.output} has no buffer`);
    const record = (count: number) => {
      const encoder = device.createCommandEncoder();
      const compute = encoder.beginComputePass();
      compute.setPipeline(shader.pipeline);
      compute.setBindGroup(0, group, [0]);
      for (let i = 0; i < count; i += 1) compute.dispatchWorkgroups(...kernel.dispatch(run.numRows));
      compute.end();
      return encoder;
    };
    const encoder = record(1);
    const read = readback.record(encoder, output, output.size);
    device.queue.submit([encoder.finish()]);
    const bytes = await read();
    let microseconds: number | null = null;
    const repeats = run.repeats ?? 0;
    for (let trial = 0; repeats > 0 && trial < 3; trial += 1) {
      const commands = record(repeats).finish();
      const start = performance.now();
      device.queue.submit([commands]);
      await device.queue.onSubmittedWorkDone();
      const each = ((performance.now() - start) * 1000) / repeats;
      microseconds = microseconds === null ? each : Math.min(microseconds, each);
    }
    return { words: new Uint32Array(bytes), floats: new Float32Array(bytes), microseconds };
  } finally {
    readback.destroy();
    memory.destroy();
  }
}
