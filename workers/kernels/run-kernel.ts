/** Runs one kernel on given data: for tests, the self-check and the micro-benchmark. */
import type { GpuContext } from "../gpu/device.ts";
import { GpuMemory } from "../gpu/memory.ts";
import { ReadbackRing } from "../gpu/readback.ts";
import { watched, watchedAsync } from "../gpu/watched.ts";
import type { Kernel } from "./kernel.ts";

type Data = Float32Array | Uint32Array;

export interface KernelRun {
  /** Content of each binding after the pass uniform; null where the kernel has none. */
  readonly inputs: readonly (Data | null)[];
  /** Binding number whose content is wanted. */
  readonly output: number;
  readonly numRows: number;
}

export interface KernelResult {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
}

/** Rejects with `kernel-compile`, `gpu-failure` or `out-of-memory`. */
export async function runKernel(context: GpuContext, kernel: Kernel, run: KernelRun): Promise<KernelResult> {
  const prepared = await PreparedKernel.create(context, kernel, run);
  try {
    return await prepared.run();
  } finally {
    prepared.destroy();
  }
}

/** A kernel with its data on the device, to be run once for its result and many times for its speed. */
export class PreparedKernel {
  readonly #device: GPUDevice;
  readonly #memory: GpuMemory;
  readonly #what: string;
  /** Records so many dispatches. */
  readonly #record: (count: number) => GPUCommandEncoder;
  readonly #output: GPUBuffer;

  static async create(context: GpuContext, kernel: Kernel, run: KernelRun): Promise<PreparedKernel> {
    const { device } = context;
    const shader = await context.shaders.compile(kernel);
    const memory = new GpuMemory(device);
    const what = `kernel ${kernel.label}`;
    try {
      return await watched(device, what, () => {
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
        return new PreparedKernel(device, memory, what, record, output);
      });
    } catch (error) {
      memory.destroy();
      throw error;
    }
  }

  private constructor(
    device: GPUDevice,
    memory: GpuMemory,
    what: string,
    record: (count: number) => GPUCommandEncoder,
    output: GPUBuffer,
  ) {
    this.#device = device;
    this.#memory = memory;
    this.#what = what;
    this.#record = record;
    this.#output = output;
  }

  async run(): Promise<KernelResult> {
    const readback = new ReadbackRing(this.#device, 1);
    try {
      const bytes = await watchedAsync(this.#device, this.#what, () => {
        const encoder = this.#record(1);
        const read = readback.record(encoder, this.#output, this.#output.size);
        this.#device.queue.submit([encoder.finish()]);
        return read();
      });
      return { words: new Uint32Array(bytes), floats: new Float32Array(bytes) };
    } finally {
      readback.destroy();
    }
  }

  /** Microseconds of one dispatch, by the wall clock over so many in one submit. */
  async time(count: number): Promise<number> {
    const start = performance.now();
    await watchedAsync(this.#device, this.#what, () => {
      this.#device.queue.submit([this.#record(count).finish()]);
      return this.#device.queue.onSubmittedWorkDone();
    });
    return ((performance.now() - start) * 1000) / count;
  }

  destroy(): void {
    this.#memory.destroy();
  }
}
