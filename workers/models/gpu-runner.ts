/** The model on the GPU, behind `ModelRunner`: one upload, one submit, one readback a step. */
import {
  type GpuMemoryUse,
  InferscopeError,
  type KernelProfile,
  type KernelReport,
  type ModelConfig,
} from "../../protocol/index.ts";
import type {
  KvShape,
  ModelRunner,
  RunnerOutput,
  SampledToken,
  SequenceInput,
} from "../engine/model-runner.ts";
import { deviceLostError, type DeviceLoss, type GpuContext } from "../gpu/device.ts";
import { GpuMemory, withinMemory } from "../gpu/memory.ts";
import { ReadbackRing } from "../gpu/readback.ts";
import { elapsedMs, PassTimer } from "../gpu/timestamps.ts";
import { HashFiller } from "../kernels/fill-hash.ts";
import { maxRowsPerDispatch } from "../kernels/kernel.ts";
import { ropeFrequencies } from "../kernels/rope-frequencies.ts";
import { headStrideOf } from "../kernels/rope-kv.ts";
import { readSample, sampleOutputWords } from "../kernels/sample.ts";
import {
  buildOperations,
  createScratch,
  type KernelVariants,
  type KvLayer,
  mostSamples,
  type Scratch,
} from "./gpu-operations.ts";
import { StepEncoder } from "./gpu-step-encoder.ts";
import { createRopeTable, planStep, type RopeTable, type StepPlan } from "./gpu-step.ts";
import { chooseVariants, type VariantChoice } from "./gpu-variants.ts";
import { type GpuModelWeights, uploadModel } from "./gpu-weights.ts";
import { KernelProfiler } from "./kernel-profiler.ts";
import type { LoadedWeights } from "./weights.ts";

/** What the KV pool may take where the device does not tell how much memory it has. */
const mostKvBytes = 2 ** 31;

/** How long after a failed read the news of a lost device is waited for. */
const lossNoticeMs = 500;

export interface GpuRunnerOptions {
  /** Default: what `chooseVariants` finds on this adapter. */
  readonly choice?: VariantChoice;
  /** Smaller than the device's, to test the splitting of large matrices. */
  readonly mostBytesPerBuffer?: number;
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
  readonly #options: GpuRunnerOptions;
  readonly #variants: KernelVariants;
  readonly #memory: GpuMemory;
  readonly #kvMemory: GpuMemory;
  readonly #weights: GpuModelWeights;
  readonly #scratch: Scratch;
  readonly #readback: ReadbackRing;
  readonly #timer: PassTimer | null;
  readonly #rope: RopeTable;
  #step: { encoder: StepEncoder; blockSize: number; numBlocks: number } | null = null;
  #profiler: KernelProfiler | null = null;
  #loss: DeviceLoss | null = null;
  #isDestroyed = false;

  /** Uploads the weights. Rejects with `out-of-memory` or `device-limit`, everything freed. */
  static async create(
    context: GpuContext,
    config: ModelConfig,
    weights: LoadedWeights,
    options: GpuRunnerOptions = {},
  ): Promise<GpuModelRunner> {
    const { device } = context;
    const choice = options.choice ?? (await chooseVariants(context));
    const memory = new GpuMemory(device);
    const most =
      options.mostBytesPerBuffer ??
      Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    const filler = await HashFiller.create(device, context.shaders);
    try {
      const parts = await withinMemory(device, memory, "the model's weights", () => ({
        weights: uploadModel(memory, config, weights, most, filler),
        scratch: createScratch(memory, config),
      }));
      return new GpuModelRunner(context, config, memory, parts, choice, options);
    } finally {
      filler.destroy();
    }
  }

  private constructor(
    context: GpuContext,
    config: ModelConfig,
    memory: GpuMemory,
    parts: { weights: GpuModelWeights; scratch: Scratch },
    choice: VariantChoice,
    options: GpuRunnerOptions,
  ) {
    const { device } = context;
    this.#context = context;
    this.#config = config;
    this.#options = options;
    this.#memory = memory;
    this.#weights = parts.weights;
    this.#scratch = parts.scratch;
    this.#kvMemory = new GpuMemory(device);
    this.#readback = new ReadbackRing(device);
    this.#timer = context.hasTimestamps ? new PassTimer(device) : null;
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
    const parts = [this.#memory, this.#kvMemory, this.#readback, this.#step?.encoder, this.#timer];
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
    });
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
        rowsPerRange: this.#options.rowsPerRange ?? maxRowsPerDispatch,
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
    const commands = device.createCommandEncoder();
    const profiler = this.#profiler;
    const { numDispatches, maskUploadMs } =
      profiler === null
        ? this.#encodeInOnePass(commands, stepEncoder, plan)
        : encodeInPasses(commands, stepEncoder, plan, profiler);
    const sampleBytes = plan.numSamples * sampleOutputWords * 4;
    this.#timer?.resolve(commands, this.#scratch.samples, sampleBytes);
    const read = this.#readback.record(
      commands,
      this.#scratch.samples,
      sampleBytes + (this.#timer === null ? 4 : 16),
    );
    device.queue.submit([commands.finish()]);
    const submitted = performance.now();
    const result = await this.#finish(read);
    if (profiler !== null) await this.#finish(() => profiler.takeStep());
    return {
      samples: readSamples(batch, new Uint32Array(result, 0, sampleBytes / 4)),
      encodeMs: submitted - start,
      maskUploadMs,
      // Passes of their own are timed one by one, and together take longer than the step does.
      gpuMs:
        this.#timer === null || profiler !== null
          ? null
          : readElapsed(new BigUint64Array(result, sampleBytes, 2)),
      readbackMs: performance.now() - submitted,
      numDispatches,
    };
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#step?.encoder.destroy();
    this.#step = null;
    this.#kvMemory.destroy();
    this.#memory.destroy();
    this.#readback.destroy();
    this.#timer?.destroy();
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

  #encodeInOnePass(commands: GPUCommandEncoder, encoder: StepEncoder, plan: StepPlan) {
    const pass = commands.beginComputePass(
      this.#timer === null ? {} : { timestampWrites: this.#timer.timestampWrites },
    );
    const encoded = encoder.encode({ open: () => pass, close: () => undefined }, plan);
    pass.end();
    return encoded;
  }

  async #finish<Result>(read: () => Promise<Result>): Promise<Result> {
    try {
      return await read();
    } catch (cause) {
      if (this.#isDestroyed) throw new InferscopeError("aborted", "The model was unloaded during a step.");
      // The read of a lost device may fail before the news of the loss arrives.
      await Promise.race([this.#context.lost, new Promise((resolve) => setTimeout(resolve, lossNoticeMs))]);
      if (!this.#context.isAlive()) throw deviceLostError(this.#loss);
      throw new InferscopeError("internal", `Reading the step's result failed: ${String(cause)}`, { cause });
    }
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

function encodeInPasses(
  commands: GPUCommandEncoder,
  encoder: StepEncoder,
  plan: StepPlan,
  profiler: KernelProfiler,
) {
  const { timer } = profiler;
  profiler.beginStep();
  const open = (label: string) => timer.beginPass(commands, label);
  const encoded = encoder.encode({ open, close: (pass) => pass.end() }, plan);
  timer.resolve(commands);
  return encoded;
}

function readElapsed(stamps: BigUint64Array): number | null {
  return elapsedMs(stamps[0] ?? 0n, stamps[1] ?? 0n);
}

/** `topLogprobs` entries carry the raw `logit` beside the protocol's fields, for the goldens. */
function readSamples(batch: readonly SequenceInput[], words: Uint32Array): (SampledToken | null)[] {
  let index = 0;
  return batch.map(({ sampler }) => {
    if (sampler === null) return null;
    const { tokenId, top } = readSample(words, index, sampler.logprobs);
    index += 1;
    return { tokenId, topLogprobs: top };
  });
}
