/**
 * Bringing much data to the device: in pieces, so that the thread stays alive, with no more under
 * way than a few pieces, and with every refused call heard.
 */
import { InferscopeError } from "../../protocol/index.ts";
import type { GpuMemory } from "./memory.ts";
import { watch } from "./watched.ts";

/** Bytes that may be on their way before the device is waited for: they are in memory once more. */
const mostBytesUnderWay = 2 ** 25;
/** How long the thread is held at most, give or take a piece. */
const mostMsWithoutEvents = 50;

export interface UploadOptions {
  /** For messages: what all of it is. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Back to the event loop, so that heartbeats and messages get through. */
  readonly yieldToEvents: () => Promise<void>;
  /** Bytes written so far. */
  readonly onBytes: (bytes: number) => void;
}

export class Upload {
  readonly memory: GpuMemory;
  readonly #device: GPUDevice;
  readonly #options: UploadOptions;
  #checks: Promise<void>[] = [];
  #bytesUnderWay = 0;
  #bytes = 0;
  #lastYieldMs = performance.now();

  constructor(device: GPUDevice, memory: GpuMemory, options: UploadOptions) {
    this.#device = device;
    this.memory = memory;
    this.#options = options;
  }

  /** Calls to the device, synchronous ones; what it refuses comes out of `write` or `finish`. */
  run<Result>(work: () => Result): Result {
    const { result, checked } = watch(this.#device, this.#options.what, work);
    this.#checks.push(checked);
    return result;
  }

  /** A zeroed buffer, see `GpuMemory.create`. */
  create(label: string, size: number): GPUBuffer {
    return this.run(() => this.memory.create(label, size));
  }

  /** Rejects with `aborted`, `gpu-failure` or `out-of-memory`. The data may be reused afterwards. */
  async write(buffer: GPUBuffer, offset: number, data: Uint32Array<ArrayBuffer>): Promise<void> {
    this.run(() => this.#device.queue.writeBuffer(buffer, offset, data));
    await this.wrote(data.byteLength);
  }

  /** Accounts for bytes that were written or made on the device, and waits where it is time to. */
  async wrote(bytes: number): Promise<void> {
    this.#bytes += bytes;
    this.#bytesUnderWay += bytes;
    this.#options.onBytes(this.#bytes);
    if (this.#bytesUnderWay >= mostBytesUnderWay) await this.finish();
    if (performance.now() - this.#lastYieldMs < mostMsWithoutEvents) return;
    await this.#options.yieldToEvents();
    this.#lastYieldMs = performance.now();
    if (this.#options.signal.aborted) throw new InferscopeError("aborted", "The load was cancelled");
  }

  /** Resolves when all that was written has arrived. */
  async finish(): Promise<void> {
    // What is written waits in staging memory for the next submit.
    const arrived = this.run(() => {
      this.#device.queue.submit([]);
      return this.#device.queue.onSubmittedWorkDone();
    });
    const checks = this.#checks;
    this.#checks = [];
    this.#bytesUnderWay = 0;
    await Promise.all([...checks, arrived]);
  }
}
