/** Uploads a step's parameters and records its dispatches, with bind groups made beforehand. */
import { GpuMemory } from "../gpu/memory.ts";
import type { Operation, Operations, Resource } from "./gpu-operations.ts";
import { capacityFor, layOut, type RegionName, type StepPlan, type StepSizes } from "./gpu-step.ts";

/** A buffer for steps up to some capacity, and the bind groups that read it. */
interface StepSlot {
  readonly buffer: GPUBuffer;
  readonly words: Uint32Array<ArrayBuffer>;
  readonly offsets: StepSizes;
  readonly rowGroups: readonly GPUBindGroup[];
  readonly sampleGroups: readonly GPUBindGroup[];
}

/** The compute pass of each dispatch: one for all of a step, or one each. */
export interface StepPasses {
  open(label: string): GPUComputePassEncoder;
  close(pass: GPUComputePassEncoder): void;
}

/** Bytes between the uniforms of two passes: WebGPU's guaranteed alignment. */
const passBytes = 256;

/** Of the first pass's uniform: a word that no kernel reads. */
const stepNumberWord = 2;
/** Where a step's number stands in its parameters, in bytes. */
export const stepNumberOffset = stepNumberWord * 4;

export class StepEncoder {
  readonly #device: GPUDevice;
  readonly #operations: Operations;
  readonly #memory: GpuMemory;
  readonly #slots = new Map<string, StepSlot>();

  constructor(device: GPUDevice, operations: Operations) {
    this.#device = device;
    this.#operations = operations;
    this.#memory = new GpuMemory(device);
  }

  get bytes(): number {
    return this.#memory.bytes;
  }

  get numBuffers(): number {
    return this.#memory.numBuffers;
  }

  /**
   * Uploads the step and records its dispatches. `maskUploadMs`: of that, the masks of allowed tokens.
   * stepNumber: stands at `stepNumberOffset` of `parameters` once the upload has arrived.
   */
  encode(
    passes: StepPasses,
    plan: StepPlan,
    stepNumber: number,
  ): { numDispatches: number; maskUploadMs: number; parameters: GPUBuffer } {
    const slot = this.#slotFor(plan.sizes);
    plan.write(slot.words, slot.offsets);
    slot.words[slot.offsets.passes + stepNumberWord] = stepNumber;
    this.#device.queue.writeBuffer(slot.buffer, 0, slot.words, 0, slot.offsets.masks);
    const maskUploadMs = plan.sizes.masks === 0 ? 0 : this.#uploadMasks(slot, plan);
    let count = 0;
    for (const range of plan.ranges) {
      count += record(passes, this.#operations.rows, slot.rowGroups, range.numRows, range.rowPass);
      for (const { numSamples, pass: index } of range.samples) {
        count += record(passes, this.#operations.samples, slot.sampleGroups, numSamples, index);
      }
    }
    return { numDispatches: count, maskUploadMs, parameters: slot.buffer };
  }

  /** After a step that failed: whatever it made may be invalid, and is made anew. */
  reset(): void {
    this.#memory.destroy();
    this.#slots.clear();
  }

  #uploadMasks({ buffer, words, offsets }: StepSlot, plan: StepPlan): number {
    const start = performance.now();
    plan.writeMasks(words, offsets.masks);
    this.#device.queue.writeBuffer(buffer, offsets.masks * 4, words, offsets.masks, plan.sizes.masks);
    return performance.now() - start;
  }

  destroy(): void {
    this.reset();
  }

  #slotFor(sizes: StepSizes): StepSlot {
    const capacity = capacityFor(sizes);
    const key = JSON.stringify(capacity);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const { offsets, total } = layOut(capacity);
    const buffer = this.#memory.create(
      "step parameters",
      total * 4,
      GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    );
    const bind = (resource: Exclude<Resource, null>): GPUBindingResource =>
      typeof resource === "string" ? region(resource) : { buffer: resource };
    const region = (name: RegionName): GPUBufferBinding =>
      name === "passes"
        ? { buffer, offset: 0, size: 16 }
        : { buffer, offset: offsets[name] * 4, size: capacity[name] * 4 };
    const groups = (operations: readonly Operation[]) =>
      operations.map(({ kernels, resources }) => {
        const [first] = kernels;
        if (first === undefined) throw new Error("an operation without a kernel");
        return this.#device.createBindGroup({
          label: first.kernel.label,
          layout: first.shader.layout,
          entries: resources.flatMap((resource, binding) =>
            resource === null ? [] : [{ binding, resource: bind(resource) }],
          ),
        });
      });
    const slot: StepSlot = {
      buffer,
      words: new Uint32Array(total),
      offsets,
      rowGroups: groups(this.#operations.rows),
      sampleGroups: groups(this.#operations.samples),
    };
    this.#slots.set(key, slot);
    return slot;
  }
}

function record(
  passes: StepPasses,
  operations: readonly Operation[],
  groups: readonly GPUBindGroup[],
  numRows: number,
  index: number,
): number {
  for (const [i, { kernels }] of operations.entries()) {
    // Kernels of an operation differ in their row tile: 1, 2, 4, 8.
    const chosen = kernels[Math.min(kernels.length - 1, Math.ceil(Math.log2(numRows)))];
    const group = groups[i];
    if (chosen === undefined || group === undefined) throw new Error(`operation ${i} is incomplete`);
    const [x, y] = chosen.kernel.dispatch(numRows);
    const pass = passes.open(chosen.kernel.label);
    pass.setPipeline(chosen.shader.pipeline);
    pass.setBindGroup(0, group, [index * passBytes]);
    pass.dispatchWorkgroups(x, y);
    passes.close(pass);
  }
  return operations.length;
}
