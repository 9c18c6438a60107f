/** GPU time of single dispatches: each gets a compute pass of its own between two timestamps. */
import { elapsedMs } from "./timestamps.ts";

/** WebGPU's limit of a query set is 4,096 queries. */
const mostDispatches = 2048;

export interface DispatchTime {
  readonly label: string;
  /** Null where the timestamps tell nothing. */
  readonly ms: number | null;
}

/** Made and used within error scopes; what is wrong with it comes out of a step. */
export class DispatchTimer {
  readonly #querySet: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #read: GPUBuffer;
  #labels: string[] = [];
  #numUntimed = 0;

  constructor(device: GPUDevice) {
    const count = 2 * mostDispatches;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const buffer = (usage: number) =>
      device.createBuffer({ label: "dispatch timer", size: count * 8, usage });
    this.#querySet = device.createQuerySet({ label: "dispatch timer", type: "timestamp", count });
    this.#resolved = buffer(QUERY_RESOLVE | COPY_SRC);
    this.#read = buffer(MAP_READ | COPY_DST);
  }

  /** A pass for one dispatch; the caller ends it. */
  beginPass(encoder: GPUCommandEncoder, label: string): GPUComputePassEncoder {
    const index = this.#labels.length;
    if (index >= mostDispatches) {
      this.#numUntimed += 1;
      return encoder.beginComputePass({ label });
    }
    this.#labels.push(label);
    return encoder.beginComputePass({
      label,
      timestampWrites: {
        querySet: this.#querySet,
        beginningOfPassWriteIndex: 2 * index,
        endOfPassWriteIndex: 2 * index + 1,
      },
    });
  }

  /** After the last pass, before `finish`. */
  resolve(encoder: GPUCommandEncoder): void {
    const count = 2 * this.#labels.length;
    encoder.resolveQuerySet(this.#querySet, 0, count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#read, 0, count * 8);
  }

  /** After `submit`: the times since the last `take`. */
  async take(): Promise<{ readonly times: readonly DispatchTime[]; readonly numUntimed: number }> {
    const [labels, numUntimed] = [this.#labels, this.#numUntimed];
    this.#labels = [];
    this.#numUntimed = 0;
    const bytes = labels.length * 16;
    await this.#read.mapAsync(GPUMapMode.READ, 0, bytes);
    const stamps = new BigUint64Array(this.#read.getMappedRange(0, bytes).slice(0));
    this.#read.unmap();
    const times = labels.map((label, index) => ({
      label,
      ms: elapsedMs(stamps[2 * index] ?? 0n, stamps[2 * index + 1] ?? 0n),
    }));
    return { times, numUntimed };
  }

  destroy(): void {
    this.#querySet.destroy();
    this.#resolved.destroy();
    this.#read.destroy();
  }
}
