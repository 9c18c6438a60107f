/** From a model's weights to everything that a runner needs on the device, all or nothing. */
import type { ModelConfig } from "../../protocol/index.ts";
import { createYieldToEvents } from "../engine/yield-to-events.ts";
import { deviceLostError, type GpuContext } from "../gpu/device.ts";
import { GpuMemory, withFigure } from "../gpu/memory.ts";
import { Upload } from "../gpu/upload.ts";
import { asGpuError } from "../gpu/watched.ts";
import { HashFiller } from "../kernels/fill-hash.ts";
import { createScratch, type Scratch } from "./gpu-operations.ts";
import { StepSubmitter } from "./gpu-step-submit.ts";
import { chooseVariants, type VariantChoice } from "./gpu-variants.ts";
import { type GpuModelWeights, uploadModel } from "./gpu-weights.ts";
import { WeightMemory } from "./weight-memory.ts";
import type { LoadedWeights } from "./weights.ts";

export interface GpuLoadOptions {
  /** Default: what `chooseVariants` finds on this adapter. */
  readonly choice?: VariantChoice;
  /** Smaller than the device's, to test the splitting of large matrices. */
  readonly mostBytesPerBuffer?: number;
  /** Frees each tensor once it is uploaded: the weights cannot be used afterwards. */
  readonly takesWeights?: boolean;
  readonly signal?: AbortSignal;
  /** At the beginning of each stage, and while it goes on. */
  readonly onProgress?: (progress: GpuLoadProgress) => void;
}

export type GpuLoadProgress =
  /** loadedBytes: written to the device, in its layout. */
  | { readonly stage: "self-check" | "packing"; readonly loadedBytes: number }
  /** share: of the operations whose kernels are compiled, 0 to 1. */
  | { readonly stage: "pipelines"; readonly share: number };

export interface ModelOnGpu {
  readonly choice: VariantChoice;
  /** Owns weights and scratch. */
  readonly memory: GpuMemory;
  readonly weights: GpuModelWeights;
  readonly scratch: Scratch;
  readonly submitter: StepSubmitter;
}

/**
 * Lets the event loop in between. Rejects with `out-of-memory`, `device-limit`, `gpu-failure`,
 * `kernel-compile`, `device-lost` or `aborted`, everything freed.
 */
export async function loadOnGpu(
  context: GpuContext,
  config: ModelConfig,
  weights: LoadedWeights,
  options: GpuLoadOptions,
): Promise<ModelOnGpu> {
  const { device } = context;
  const { signal = new AbortController().signal, onProgress = () => undefined } = options;
  onProgress({ stage: "self-check", loadedBytes: 0 });
  const choice = options.choice ?? (await chooseVariants(context));
  const filler = await HashFiller.create(device, context.shaders);
  const memory = new GpuMemory(device);
  const what = "the model's weights";
  const onBytes = (loadedBytes: number) => onProgress({ stage: "packing", loadedBytes });
  const upload = new Upload(device, memory, {
    what,
    signal,
    yieldToEvents: createYieldToEvents(),
    onBytes,
  });
  const freed = options.takesWeights === true ? new WeightMemory(weights) : null;
  let submitter: StepSubmitter | null = null;
  try {
    onBytes(0);
    const onDevice = await uploadModel(weights, {
      upload,
      config,
      mostBytesPerBuffer:
        options.mostBytesPerBuffer ??
        Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize),
      filler,
      onUploaded: (tensor) => freed?.free(tensor),
    });
    const scratch = upload.run(() => createScratch(memory, config));
    submitter = upload.run(() => new StepSubmitter(device, scratch.samples, context.hasTimestamps));
    await upload.finish();
    context.strayErrors.check(what);
    return { choice, memory, weights: onDevice, scratch, submitter };
  } catch (error) {
    const wanted = memory.bytes;
    submitter?.destroy();
    memory.destroy();
    if (!context.isAlive()) throw deviceLostError(null);
    throw withFigure(asGpuError(error, what), what, wanted);
  } finally {
    filler.destroy();
  }
}
