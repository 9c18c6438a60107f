/** A ring of mappable buffers: results of one step can be read while the next one runs. */
export class ReadbackRing {
  readonly #device: GPUDevice;
  readonly #slots: { buffer: GPUBuffer | null; busy: boolean }[];
  #next = 0;
  #destroyed = false;

  constructor(device: GPUDevice, numSlots = 3) {
    this.#device = device;
    this.#slots = Array.from({ length: numSlots }, () => ({ buffer: null, busy: false }));
  }

  get bytes(): number {
    return this.#slots.reduce((sum, slot) => sum + (slot.buffer?.size ?? 0), 0);
  }

  get numBuffers(): number {
    return this.#slots.filter(({ buffer }) => buffer !== null).length;
  }

  /**
   * Records a copy of `size` bytes of `source`. Call the returned function after `submit`; it
   * resolves with a copy of the bytes and frees the slot.
   */
  record(encoder: GPUCommandEncoder, source: GPUBuffer, size: number): () => Promise<ArrayBuffer> {
    const slot = this.#slots[this.#next % this.#slots.length];
    this.#next += 1;
    if (slot === undefined || slot.busy || this.#destroyed) {
      throw new Error("more steps in flight than the readback ring holds");
    }
    const bytes = Math.ceil(size / 4) * 4;
    if (slot.buffer === null || slot.buffer.size < bytes) {
      slot.buffer?.destroy();
      slot.buffer = this.#device.createBuffer({
        label: "readback",
        size: Math.max(1024, 2 ** Math.ceil(Math.log2(bytes))),
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
    }
    const { buffer } = slot;
    slot.busy = true;
    encoder.copyBufferToBuffer(source, 0, buffer, 0, bytes);
    return async () => {
      try {
        await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
        const copy = buffer.getMappedRange(0, bytes).slice(0);
        buffer.unmap();
        return copy;
      } finally {
        slot.busy = false;
      }
    };
  }

  /** After a step that failed: whatever state its buffer is in, none is used again. */
  reset(): void {
    for (const slot of this.#slots) {
      slot.buffer?.destroy();
      slot.buffer = null;
      slot.busy = false;
    }
  }

  destroy(): void {
    this.#destroyed = true;
    this.reset();
  }
}
