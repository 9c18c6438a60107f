/** The GPU device: acquisition with everything the adapter offers, and what became of it. */
import { type AdapterInfo, InferscopeError, requiredLimits, wantedFeatures } from "../../protocol/index.ts";
import { ShaderCache } from "./shader.ts";
import { StrayErrors } from "./watched.ts";

export interface DeviceLoss {
  readonly reason: string;
  readonly message: string;
}

export interface GpuContext {
  readonly device: GPUDevice;
  /** Compiled shaders live as long as the device: the next model finds them. */
  readonly shaders: ShaderCache;
  /** Of calls outside every error scope. */
  readonly strayErrors: StrayErrors;
  readonly adapter: AdapterInfo;
  readonly hasTimestamps: boolean;
  readonly hasF16: boolean;
  /**
   * Resolves when the device is lost by a fault (driver reset, watchdog, external unplug).
   * Stays pending for ever when we destroyed the device ourselves: that is nothing.
   */
  readonly lost: Promise<DeviceLoss>;
  /** Whether the device can still be used. */
  isAlive(): boolean;
  destroy(): void;
}

/** Limits that we raise to what the adapter has; all others stay at WebGPU's defaults. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBuffersPerShaderStage",
] as const;

export interface AcquireOptions {
  readonly powerPreference?: GPUPowerPreference;
  /** Leaves an offered feature out; tests use it to walk the fallback paths. */
  readonly withoutFeatures?: readonly GPUFeatureName[];
}

/**
 * Asks for an adapter and a device with all its features and limits that help us.
 * The GPU object is injected (`navigator.gpu` in a worker, Dawn's in Node).
 *
 * Errors: `no-webgpu`, `no-adapter`, `device-limit`.
 */
export async function acquireDevice(
  gpu: GPU | null | undefined,
  options: AcquireOptions = {},
): Promise<GpuContext> {
  if (gpu === null || gpu === undefined) {
    throw new InferscopeError("no-webgpu", "This browser offers no WebGPU to this page.", {
      hint: "Use a current Chrome, Edge, Firefox or Safari over https or localhost, or run on the CPU.",
    });
  }
  const adapter = await requestAdapter(gpu, options);
  if (adapter === null) {
    throw new InferscopeError("no-adapter", "WebGPU is there, but it found no usable graphics adapter.", {
      hint: "Check that hardware acceleration is on (chrome://gpu), or run on the CPU.",
    });
  }
  for (const [name, least] of Object.entries(requiredLimits)) {
    const has = limitOf(adapter.limits, name);
    if (has < least) {
      throw new InferscopeError("device-limit", `The adapter's ${name} is ${has}; ${least} is needed.`, {
        hint: "Run on the CPU, or use another graphics adapter.",
        details: { limit: name, has, needed: least },
      });
    }
  }
  const requiredFeatures = wantedFeatures.filter(
    (feature) => adapter.features.has(feature) && !(options.withoutFeatures ?? []).includes(feature),
  );
  const limits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ requiredFeatures, requiredLimits: limits });
  } catch (cause) {
    throw new InferscopeError("device-lost", `The adapter gave no device: ${String(cause)}`, {
      hint: "Close other tabs that use the graphics card, then reload the page.",
      cause,
    });
  }

  let alive = true;
  const lost = new Promise<DeviceLoss>((resolve) => {
    void device.lost.then((info) => {
      alive = false;
      if (info.reason !== "destroyed") resolve({ reason: info.reason, message: info.message });
    });
  });
  return {
    device,
    shaders: new ShaderCache(device),
    strayErrors: new StrayErrors(device),
    adapter: describeAdapter(adapter.info, [...device.features], device.limits),
    hasTimestamps: device.features.has("timestamp-query"),
    hasF16: device.features.has("shader-f16"),
    lost,
    isAlive: () => alive,
    destroy() {
      alive = false;
      device.destroy();
    },
  };
}

async function requestAdapter(gpu: GPU, { powerPreference }: AcquireOptions): Promise<GPUAdapter | null> {
  try {
    return await gpu.requestAdapter(powerPreference === undefined ? {} : { powerPreference });
  } catch (cause) {
    throw new InferscopeError("no-adapter", `Asking for a graphics adapter failed: ${String(cause)}`, {
      hint: "Reload the page, or run on the CPU.",
      cause,
    });
  }
}

/** What the device was measured on, in the protocol's words. */
export function describeAdapter(
  info: Pick<GPUAdapterInfo, "vendor" | "architecture" | "description"> & { isFallbackAdapter?: boolean },
  features: readonly string[],
  limits: GPUSupportedLimits,
): AdapterInfo {
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description,
    features: [...features].sort(),
    limits: Object.fromEntries(wantedLimits.map((name) => [name, limits[name]])),
    isSoftware:
      info.isFallbackAdapter === true ||
      /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(
        `${info.vendor} ${info.architecture} ${info.description}`,
      ),
  };
}

function limitOf(limits: GPUSupportedLimits, name: string): number {
  const value: unknown = Reflect.get(limits, name);
  return typeof value === "number" ? value : 0;
}

/** The error that every call on a lost device gets. */
export function deviceLostError(loss: DeviceLoss | null): InferscopeError {
  const why = loss === null ? "" : `: ${loss.message || loss.reason}`;
  return new InferscopeError("device-lost", `The graphics device was lost${why}`, {
    hint: "Load the model again; if it keeps happening, reload the page.",
  });
}
