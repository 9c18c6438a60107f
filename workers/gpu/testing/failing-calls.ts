/** Makes the n-th call of a kind fail: what a driver in trouble does, on a device that is well. */

/**
 * How a call fails: by an exception; as WebGPU does it, in silence and with an invalid object; or
 * without any trace, for calls that return nothing.
 */
export type Manner = "throws" | "is refused" | "does nothing";

type Method = (...args: never[]) => unknown;

interface Kind {
  readonly prototype: () => object;
  readonly method: string;
  /** Arguments that the device refuses; null where a refusal is not silent. */
  readonly refused: ((args: readonly unknown[]) => readonly unknown[]) | null;
}

const refusedBuffer = { size: 16, usage: 0 };

/** Every call to the device that our engine makes. */
export const callKinds = {
  createBuffer: {
    prototype: () => GPUDevice.prototype,
    method: "createBuffer",
    refused: () => [refusedBuffer],
  },
  hugeBuffer: {
    prototype: () => GPUDevice.prototype,
    method: "createBuffer",
    refused: ([descriptor]) => [{ ...(descriptor as GPUBufferDescriptor), size: 2 ** 52 }],
  },
  createBindGroup: {
    prototype: () => GPUDevice.prototype,
    method: "createBindGroup",
    refused: ([descriptor]) => [{ ...(descriptor as GPUBindGroupDescriptor), entries: [] }],
  },
  createBindGroupLayout: {
    prototype: () => GPUDevice.prototype,
    method: "createBindGroupLayout",
    refused: () => [
      {
        entries: [0, 0].map((binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: "storage" },
        })),
      },
    ],
  },
  createPipelineLayout: {
    prototype: () => GPUDevice.prototype,
    method: "createPipelineLayout",
    refused: ([descriptor]) => {
      const [layout] = (descriptor as { bindGroupLayouts: GPUBindGroupLayout[] }).bindGroupLayouts;
      return [{ bindGroupLayouts: Array.from({ length: 99 }, () => layout) }];
    },
  },
  createShaderModule: {
    prototype: () => GPUDevice.prototype,
    method: "createShaderModule",
    refused: () => [{ code: "no shader" }],
  },
  createComputePipelineAsync: {
    prototype: () => GPUDevice.prototype,
    method: "createComputePipelineAsync",
    refused: ([descriptor]) => {
      const { compute, ...rest } = descriptor as GPUComputePipelineDescriptor;
      return [{ ...rest, compute: { ...compute, entryPoint: "none" } }];
    },
  },
  createQuerySet: {
    prototype: () => GPUDevice.prototype,
    method: "createQuerySet",
    refused: () => [{ type: "timestamp", count: 2 ** 20 }],
  },
  createCommandEncoder: {
    prototype: () => GPUDevice.prototype,
    method: "createCommandEncoder",
    refused: null,
  },
  pushErrorScope: { prototype: () => GPUDevice.prototype, method: "pushErrorScope", refused: null },
  popErrorScope: { prototype: () => GPUDevice.prototype, method: "popErrorScope", refused: null },
  writeBuffer: {
    prototype: () => GPUQueue.prototype,
    method: "writeBuffer",
    refused: ([buffer, , data, first, length]) => [buffer, 2 ** 40, data, first, length],
  },
  submit: {
    prototype: () => GPUQueue.prototype,
    method: "submit",
    // A command buffer is good for one submit.
    refused: ([buffers]) => {
      const all = [...(buffers as Iterable<GPUCommandBuffer>)];
      return [[...all, ...all]];
    },
  },
  onSubmittedWorkDone: { prototype: () => GPUQueue.prototype, method: "onSubmittedWorkDone", refused: null },
  mapAsync: {
    prototype: () => GPUBuffer.prototype,
    method: "mapAsync",
    refused: ([mode]) => [mode, 2 ** 40, 16],
  },
  getMappedRange: {
    prototype: () => GPUBuffer.prototype,
    method: "getMappedRange",
    refused: () => [2 ** 40, 16],
  },
  unmap: { prototype: () => GPUBuffer.prototype, method: "unmap", refused: null },
  beginComputePass: {
    prototype: () => GPUCommandEncoder.prototype,
    method: "beginComputePass",
    refused: null,
  },
  copyBufferToBuffer: {
    prototype: () => GPUCommandEncoder.prototype,
    method: "copyBufferToBuffer",
    refused: ([source, , target, , size]) => [source, 2 ** 40, target, 0, size],
  },
  resolveQuerySet: {
    prototype: () => GPUCommandEncoder.prototype,
    method: "resolveQuerySet",
    refused: ([set, first, , target, offset]) => [set, first, 2 ** 20, target, offset],
  },
  finish: { prototype: () => GPUCommandEncoder.prototype, method: "finish", refused: null },
  setPipeline: { prototype: () => GPUComputePassEncoder.prototype, method: "setPipeline", refused: null },
  setBindGroup: {
    prototype: () => GPUComputePassEncoder.prototype,
    method: "setBindGroup",
    refused: ([index, group]) => [index, group, [3]],
  },
  dispatchWorkgroups: {
    prototype: () => GPUComputePassEncoder.prototype,
    method: "dispatchWorkgroups",
    refused: () => [2 ** 31, 2 ** 31, 2 ** 31],
  },
  end: { prototype: () => GPUComputePassEncoder.prototype, method: "end", refused: null },
} as const satisfies Record<string, Kind>;

export type CallKind = keyof typeof callKinds;

export interface FailingCalls {
  /** Calls of the kind so far. */
  readonly count: () => number;
  readonly restore: () => void;
}

/** From now on the n-th call (from 1) of the kind fails, that one alone; none where n is 0. */
export function failCall(name: CallKind, n: number, manner: Manner): FailingCalls {
  const kind: Kind = callKinds[name];
  const prototype = kind.prototype() as Record<string, Method>;
  const original = prototype[kind.method];
  if (original === undefined) throw new Error(`there is no ${kind.method}`);
  let count = 0;
  prototype[kind.method] = function (this: object, ...args: never[]) {
    count += 1;
    if (count !== n) return original.apply(this, args);
    if (manner === "does nothing") return undefined;
    if (manner === "throws" || kind.refused === null) throw new DOMException("injected", "OperationError");
    return original.apply(this, kind.refused(args) as never[]);
  };
  return {
    count: () => count,
    restore: () => {
      prototype[kind.method] = original;
    },
  };
}
