/** The model on the GPU, behind `ModelRunner`: one upload, one submit, one readback a step. */
import {
  type GpuMemoryUse,
  InferscopeError,
  type KernelProfile,
  type KernelReport,
  type ModelConfig,
} from "../../protocol/index.ts";
import type {
  FailedSample,
  KvShape,
  ModelRunner,
  RunnerOutput,
  SampledToken,
  SequenceInput,
} from "../engine/model-runner.ts";
import { deviceLostError, type DeviceLoss, type GpuContext } from "../gpu/device.ts";
import { GpuMemory, withinMemory } from "../gpu/memory.ts";
import { asGpuError, watch, type Watched } from "../gpu/watched.ts";
import { maxRowsPerDispatch } from "../kernels/kernel.ts";
import { ropeFrequencies } from "../kernels/rope-frequencies.ts";
import { headStrideOf } from "../kernels/rope-kv.ts";
import { readSample } from "../kernels/sample.ts";
import { type GpuLoadOptions, type GpuLoadProgress, loadOnGpu, type ModelOnGpu } from "./gpu-load.ts";
import {
  buildOperations,
  type KernelVariants,
  type KvLayer,
  mostSamples,
  type Scratch,
} from "./gpu-operations.ts";
import { StepEncoder } from "./gpu-step-encoder.ts";
import type { StepResult, StepSubmitter, SubmittedStep } from "./gpu-step-submit.ts";
import { createRopeTable, planStep, type RopeTable } from "./gpu-step.ts";
import type { GpuModelWeights } from "./gpu-weights.ts";
import { KernelProfiler } from "./kernel-profiler.ts";
import { logitsNotFinite, nothingAllowed } from "./not-finite.ts";
import type { LoadedWeights } from "./weights.ts";

/** What the KV pool may take where the device does not tell how much memory it has. */
const mostKvBytes = 2 ** 31;

/** How long after a failed read the news of a lost device is waited for. */
const lossNoticeMs = 500;

export interface GpuRunnerOptions extends GpuLoadOptions {
  /** Rows computed at once; longer steps are looped. */
  readonly rowsPerRange?: number;
}

export class GpuModelRunner implements ModelRunner {
  readonly vocabSize: number;
  readonly contextWindow: number;
  readonly kvBytesPerToken: number;
  /** What the self-check and the micro-benchmark found. */
  readonly kernels: readonly KernelReport[];
  readonly #context: GpuContext;
  readonly #config: ModelConfig;
  readonly #rowsPerRange: number;
  #onProgress: (progress: GpuLoadProgress) => void;
  readonly #variants: KernelVariants;
  readonly #memory: GpuMemory;
  readonly #kvMemory: GpuMemory;
  readonly #weights: GpuModelWeights;
  readonly #scratch: Scratch;
  readonly #submitter: StepSubmitter;
  readonly #rope: RopeTable;
  #step: { encoder: StepEncoder; blockSize: number; numBlocks: number } | null = null;
  #profiler: KernelProfiler | null = null;
  #loss: DeviceLoss | null = null;
  #isDestroyed = false;

  /** Uploads the weights; see `loadOnGpu`. */
  static async create(
    context: GpuContext,
    config: ModelConfig,
    weights: LoadedWeights,
    options: GpuRunnerOptions = {},
  ): Promise<GpuModelRunner> {
    const loaded = await loadOnGpu(context, config, weights, options);
    return new GpuModelRunner(context, config, loaded, options);
  }

  private constructor(
    context: GpuContext,
    config: ModelConfig,
    { memory, weights, scratch, submitter, choice }: ModelOnGpu,
    { rowsPerRange = maxRowsPerDispatch, onProgress = () => undefined }: GpuRunnerOptions,
  ) {
    this.#context = context;
    this.#config = config;
    this.#rowsPerRange = rowsPerRange;
    this.#onProgress = onProgress;
    this.#memory = memory;
    this.#weights = weights;
    this.#scratch = scratch;
    this.#submitter = submitter;
    this.#kvMemory = new GpuMemory(context.device);
    this.#rope = createRopeTable(ropeFrequencies(config.headDim, config.ropeTheta, config.ropeScaling));
    this.vocabSize = config.vocabSize;
    this.contextWindow = config.contextWindow;
    this.kvBytesPerToken = 2 * config.numLayers * this.#kvBytesPerSlot();
    this.kernels = choice.reports;
    this.#variants = choice.variants;
    void context.lost.then((loss) => (this.#loss = loss));
  }

  /** Of all buffers that live: weights, activations, KV pool, step parameters, readback. */
  get memoryUse(): GpuMemoryUse {
    const parts = [this.#memory, this.#kvMemory, this.#submitter, this.#step?.encoder];
    return {
      bytes: parts.reduce((sum, part) => sum + (part?.bytes ?? 0), 0),
      numBuffers: parts.reduce((sum, part) => sum + (part?.numBuffers ?? 0), 0),
    };
  }

  maxNumBlocks(blockSize: number): number {
    const { limits } = this.#context.device;
    const bytesPerBlock = blockSize * this.#kvBytesPerSlot();
    const perBuffer = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / bytesPerBlock;
    const inAll = mostKvBytes / (blockSize * this.kvBytesPerToken);
    return Math.max(1, Math.floor(Math.min(perBuffer, inAll)));
  }

  async allocateKv({ numBlocks, blockSize }: KvShape): Promise<void> {
    this.#assertUsable();
    this.#step?.encoder.destroy();
    this.#step = null;
    this.#kvMemory.destroy();
    const most = this.maxNumBlocks(blockSize);
    if (numBlocks > most) {
      throw new InferscopeError(
        "out-of-memory",
        `A KV pool of ${numBlocks} blocks of ${blockSize} tokens does not fit; at most ${most} do.`,
        { details: { numBlocks, most } },
      );
    }
    const bytes = numBlocks * blockSize * this.#kvBytesPerSlot();
    const kv = await withinMemory(this.#context.device, this.#kvMemory, "the KV pool", () =>
      this.#weights.layers.map((_, layer): KvLayer => ({
        keys: this.#kvMemory.create(`layer ${layer} keys`, bytes),
        values: this.#kvMemory.create(`layer ${layer} values`, bytes),
      })),
    );
    const operations = await buildOperations({
      shaders: this.#context.shaders,
      config: this.#config,
      weights: this.#weights,
      scratch: this.#scratch,
      kv,
      blockSize,
      variants: this.#variants,
      onProgress: (share) => this.#onProgress({ stage: "pipelines", share }),
    });
    // What comes after the load is nobody's progress.
    this.#onProgress = () => undefined;
    this.#step = { encoder: new StepEncoder(this.#context.device, operations), blockSize, numBlocks };
  }

  async run(batch: readonly SequenceInput[]): Promise<RunnerOutput> {
    this.#assertUsable();
    if (this.#step === null) throw new InferscopeError("internal", "no KV pool was allocated");
    const { encoder: stepEncoder, blockSize } = this.#step;
    const { device } = this.#context;
    const start = performance.now();
    const { headDim, vocabSize } = this.#config;
    const plan = planStep(
      batch,
      {
        rowsPerRange: this.#rowsPerRange,
        samplesPerRange: this.#scratch.maxSampleRows,
        blockSize,
        vocabSize,
        headDim,
      },
      this.#rope,
    );
    if (plan.numSamples > mostSamples) {
      throw new InferscopeError("invalid-request", `${plan.numSamples} samples in one step`);
    }
    const { submittedMs, samples, ...told } = await this.#finish(stepEncoder, () =>
      watch(device, "a step", () => this.#submitter.submit(stepEncoder, plan, this.#profiler)),
    );
    return { ...told, samples: readSamples(batch, samples, vocabSize), encodeMs: submittedMs - start };
  }

  /**
   * The step's result, once the device has taken every call of it. Else nothing of it is used: a
   * refused call leaves objects behind that do nothing, and results that are another step's.
   */
  async #finish(stepEncoder: StepEncoder, submit: () => Watched<SubmittedStep>): Promise<StepResult> {
    let isSubmitted = false;
    try {
      const { result: step, checked } = submit();
      isSubmitted = true;
      const ends = await Promise.allSettled([checked, step.result, step.profiled]);
      // In this order: the scope tells why, the reading only that it failed.
      const failed = ends.find((end) => end.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      this.#context.strayErrors.check("a step");
      return await step.result;
    } catch (cause) {
      stepEncoder.reset();
      this.#submitter.reset();
      this.#profiler?.abandonStep();
      throw await this.#stepError(cause, isSubmitted);
    }
  }

  async #stepError(cause: unknown, isSubmitted: boolean): Promise<InferscopeError> {
    if (this.#isDestroyed) return new InferscopeError("aborted", "The model was unloaded during a step.");
    // Promises of a lost device may reject before the news of the loss arrives. Its calls do not
    // throw, and what it reported itself, or we found, has no cause: these need no such wait.
    if (isSubmitted && !(cause instanceof InferscopeError && cause.cause === undefined)) {
      await Promise.race([this.#context.lost, new Promise((resolve) => setTimeout(resolve, lossNoticeMs))]);
    }
    return this.#context.isAlive() ? asGpuError(cause, "a step") : deviceLostError(this.#loss);
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#step?.encoder.destroy();
    this.#step = null;
    this.#kvMemory.destroy();
    this.#memory.destroy();
    this.#submitter.destroy();
    this.#profiler?.destroy();
  }

  /** From the next step on, each dispatch is timed. Needs timestamp queries. */
  startProfile(): void {
    this.#assertUsable();
    this.#profiler ??= new KernelProfiler(this.#context.device);
  }

  /** Of the steps since `startProfile`, the running one left out; null without one. */
  stopProfile(): KernelProfile | null {
    const profiler = this.#profiler;
    this.#profiler = null;
    profiler?.destroy();
    return profiler?.profile ?? null;
  }

  #assertUsable(): void {
    if (this.#isDestroyed) throw new InferscopeError("no-model", "The model was unloaded.");
    if (!this.#context.isAlive()) throw deviceLostError(this.#loss);
  }

  /** Of one layer's keys, and as much of its values. */
  #kvBytesPerSlot(): number {
    return this.#config.numKvHeads * headStrideOf(this.#config.headDim) * 4;
  }
}

/** `topLogprobs` entries carry the raw `logit` beside the protocol's fields, for the goldens. */
function readSamples(
  batch: readonly SequenceInput[],
  words: Uint32Array,
  vocabSize: number,
): (SampledToken | FailedSample | null)[] {
  let index = 0;
  return batch.map(({ sampler }) => {
    if (sampler === null) return null;
    const { tokenId, isFinite, top } = readSample(words, index, sampler.logprobs);
    index += 1;
    if (!isFinite) return { error: logitsNotFinite() };
    if (tokenId >= vocabSize) return { error: nothingAllowed() };
    return { tokenId, topLogprobs: top };
  });
}
