/** GPU buffers with an account: the bytes shown are the bytes created. */
import { InferscopeError } from "../../protocol/index.ts";
import { watched } from "./watched.ts";

/** Storage that shaders read and write, that we upload to and, in tests, copy out of. */
export const storageUsage = (): GPUBufferUsageFlags =>
  GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;

/**
 * Owns buffers. One owner has one lifetime (weights, the KV pool, scratch), so that
 * `destroy()` frees all of it, also half-way through a failed load.
 *
 * Invariant: `bytes` is the sum of `size` over the buffers that live.
 */
export class GpuMemory {
  readonly #device: GPUDevice;
  readonly #buffers = new Set<GPUBuffer>();
  #bytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get numBuffers(): number {
    return this.#buffers.size;
  }

  /** A zeroed buffer of at least `size` bytes, rounded up to 16. */
  create(label: string, size: number, usage: GPUBufferUsageFlags = storageUsage()): GPUBuffer {
    const bytes = Math.max(16, Math.ceil(size / 16) * 16);
    const most = this.#device.limits.maxBufferSize;
    if (bytes > most) {
      throw new InferscopeError(
        "device-limit",
        `${label} needs a buffer of ${bytes} bytes; this device allows ${most}.`,
        { details: { buffer: label, bytes, most } },
      );
    }
    const buffer = this.#device.createBuffer({ label, size: bytes, usage });
    this.#buffers.add(buffer);
    this.#bytes += buffer.size;
    return buffer;
  }

  /** A buffer with this content. */
  upload(label: string, data: Uint32Array | Float32Array | Int32Array): GPUBuffer {
    const buffer = this.create(label, data.byteLength);
    this.#device.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
    return buffer;
  }

  free(buffer: GPUBuffer): void {
    if (!this.#buffers.delete(buffer)) return;
    this.#bytes -= buffer.size;
    buffer.destroy();
  }

  destroy(): void {
    for (const buffer of [...this.#buffers]) this.free(buffer);
  }
}

/**
 * Runs `allocate` and rejects with `out-of-memory` where the device had too little, or with
 * `gpu-failure`. What `allocate` created in `memory` is then freed.
 */
export async function withinMemory<T>(
  device: GPUDevice,
  memory: GpuMemory,
  what: string,
  allocate: () => T,
): Promise<T> {
  try {
    return await watched(device, what, allocate);
  } catch (error) {
    const wanted = memory.bytes;
    memory.destroy();
    throw withFigure(error, what, wanted);
  }
}

/** Tells how much was wanted where there was too little. */
export function withFigure(error: unknown, what: string, bytes: number): unknown {
  if (!(error instanceof InferscopeError && error.kind === "out-of-memory")) return error;
  return new InferscopeError(
    "out-of-memory",
    `The graphics device has too little memory for ${what} (${(bytes / 2 ** 20).toFixed(0)} MiB wanted).`,
    { hint: "Choose a smaller model or a smaller KV pool.", details: { bytes }, cause: error },
  );
}
