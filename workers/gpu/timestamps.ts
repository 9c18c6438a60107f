/** GPU time of a compute pass from timestamp queries. */

/**
 * Milliseconds between two GPU timestamps in nanoseconds; null where they tell nothing.
 *
 * Chrome rounds timestamps to 100 us, so a short pass may read 0: that is kept (a lower
 * bound, honest when summed over steps). A second stamp before the first (a driver's reset
 * counter) is not a time.
 */
export function elapsedMs(begin: bigint, end: bigint): number | null {
  if (end < begin || (begin === 0n && end === 0n)) return null;
  const nanoseconds = Number(end - begin);
  return nanoseconds > 3.6e12 ? null : nanoseconds / 1e6;
}

/**
 * Brackets one compute pass a step. The stamps are resolved into the step's own result
 * buffer, so that a step needs a single readback.
 */
export class PassTimer {
  readonly #querySet: GPUQuerySet;
  readonly #resolved: GPUBuffer;

  constructor(device: GPUDevice) {
    this.#querySet = device.createQuerySet({ label: "pass timer", type: "timestamp", count: 2 });
    this.#resolved = device.createBuffer({
      label: "pass timer",
      size: 16,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
  }

  get bytes(): number {
    return this.#resolved.size;
  }

  get numBuffers(): number {
    return 1;
  }

  get timestampWrites(): GPUComputePassTimestampWrites {
    return { querySet: this.#querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
  }

  /** Records: begin and end as two u64 at `offset` of `target`. */
  resolve(encoder: GPUCommandEncoder, target: GPUBuffer, offset: number): void {
    encoder.resolveQuerySet(this.#querySet, 0, 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, target, offset, 16);
  }

  destroy(): void {
    this.#querySet.destroy();
    this.#resolved.destroy();
  }
}
