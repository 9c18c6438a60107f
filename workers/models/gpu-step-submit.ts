/** One step on the device: uploaded, recorded, submitted and asked for, all in one task. */
import { ReadbackRing } from "../gpu/readback.ts";
import { elapsedMs, PassTimer } from "../gpu/timestamps.ts";
import { gpuFailure } from "../gpu/watched.ts";
import { sampleOutputWords } from "../kernels/sample.ts";
import { type StepEncoder, stepNumberOffset } from "./gpu-step-encoder.ts";
import type { StepPlan } from "./gpu-step.ts";
import type { KernelProfiler } from "./kernel-profiler.ts";

type EncodedStep = ReturnType<StepEncoder["encode"]>;

export interface StepResult extends Omit<EncodedStep, "parameters"> {
  /** On `performance.now()`'s clock. */
  readonly submittedMs: number;
  /** u32[numSamples, sampleOutputWords] */
  readonly samples: Uint32Array;
  /** Of the step's one pass; null without timestamps, and where each dispatch is timed. */
  readonly gpuMs: number | null;
  readonly readbackMs: number;
}

export interface SubmittedStep {
  readonly result: Promise<StepResult>;
  /** Undefined where no profile is going on. */
  readonly profiled: Promise<void> | undefined;
}

/** Words behind the samples: two timestamps, the number of the step. */
const timesBytes = 16;
const tailBytes = timesBytes + 4;

export class StepSubmitter {
  readonly #device: GPUDevice;
  readonly #samples: GPUBuffer;
  readonly #readback: ReadbackRing;
  readonly #timer: PassTimer | null;
  #numSteps = 0;

  /** samples: `Scratch.samples`. To be made within error scopes. */
  constructor(device: GPUDevice, samples: GPUBuffer, hasTimestamps: boolean) {
    this.#device = device;
    this.#samples = samples;
    this.#readback = new ReadbackRing(device);
    this.#timer = hasTimestamps ? new PassTimer(device) : null;
  }

  get bytes(): number {
    return this.#readback.bytes + (this.#timer?.bytes ?? 0);
  }

  get numBuffers(): number {
    return this.#readback.numBuffers + (this.#timer?.numBuffers ?? 0);
  }

  /** To be called within error scopes; after a failure of any kind, `reset`. */
  submit(encoder: StepEncoder, plan: StepPlan, profiler: KernelProfiler | null): SubmittedStep {
    this.#numSteps = (this.#numSteps + 1) >>> 0;
    const stepNumber = this.#numSteps;
    const commands = this.#device.createCommandEncoder();
    const { parameters, ...encoded } =
      profiler === null
        ? this.#encodeInOnePass(commands, encoder, plan, stepNumber)
        : encodeInPasses(commands, encoder, plan, stepNumber, profiler);
    const sampleBytes = plan.numSamples * sampleOutputWords * 4;
    const numberAt = sampleBytes + timesBytes;
    this.#timer?.resolve(commands, this.#samples, sampleBytes);
    commands.copyBufferToBuffer(parameters, stepNumberOffset, this.#samples, numberAt, 4);
    const read = this.#readback.record(commands, this.#samples, sampleBytes + tailBytes);
    this.#device.queue.submit([commands.finish()]);
    const submittedMs = performance.now();
    const result = read().then((bytes): StepResult => {
      if (new Uint32Array(bytes, numberAt, 1)[0] !== stepNumber) {
        throw gpuFailure("a step", "it did not run, and another step's result was read");
      }
      const [begin = 0n, end = 0n] = new BigUint64Array(bytes, sampleBytes, 2);
      return {
        ...encoded,
        submittedMs,
        samples: new Uint32Array(bytes, 0, sampleBytes / 4),
        // Passes of their own are timed one by one, and together take longer than the step does.
        gpuMs: this.#timer === null || profiler !== null ? null : elapsedMs(begin, end),
        readbackMs: performance.now() - submittedMs,
      };
    });
    return { result, profiled: profiler?.takeStep() };
  }

  /** After a step that failed: no buffer of it is used again. */
  reset(): void {
    this.#readback.reset();
  }

  destroy(): void {
    this.#readback.destroy();
    this.#timer?.destroy();
  }

  #encodeInOnePass(
    commands: GPUCommandEncoder,
    encoder: StepEncoder,
    plan: StepPlan,
    stepNumber: number,
  ): EncodedStep {
    const pass = commands.beginComputePass(
      this.#timer === null ? {} : { timestampWrites: this.#timer.timestampWrites },
    );
    const encoded = encoder.encode({ open: () => pass, close: () => undefined }, plan, stepNumber);
    pass.end();
    return encoded;
  }
}

function encodeInPasses(
  commands: GPUCommandEncoder,
  encoder: StepEncoder,
  plan: StepPlan,
  stepNumber: number,
  profiler: KernelProfiler,
): EncodedStep {
  const timer = profiler.beginStep();
  const open = (label: string) => timer.beginPass(commands, label);
  const encoded = encoder.encode({ open, close: (pass) => pass.end() }, plan, stepNumber);
  timer.resolve(commands);
  return encoded;
}
