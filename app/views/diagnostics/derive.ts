import {
  requiredLimits,
  wantedFeatures,
  type AdapterInfo,
  type GpuMemoryUse,
  type MemoryBandwidth,
  type ModelInfo,
} from "../../../protocol/index.ts";
import type { OfflineState } from "../../store/offline-store.ts";

/** What the browser's adapter offers, whatever an engine took of it; null without one. */
export interface Offered {
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

export interface PageFacts {
  readonly appVersion: string;
  readonly webGpu: boolean;
  readonly secureContext: boolean;
  readonly crossOriginIsolated: boolean;
  readonly clockResolutionMs: number | null;
  readonly userAgent: string;
  readonly cores: number;
  readonly storage: {
    readonly usedBytes: number;
    readonly quotaBytes: number;
    readonly persisted: boolean;
  } | null;
  readonly offlineApp: OfflineState["app"];
  readonly offlineProblem: OfflineState["problem"];
  readonly update: OfflineState["update"];
}

export interface LimitRow {
  readonly name: string;
  /** Null where the engine does with any. */
  readonly required: number | null;
  readonly available: number | null;
  /** What the engine asked for and has; null without a device. */
  readonly inUse: number | null;
}

/** Limits that the engine raises, and those that it cannot do without. */
export function limitRows(offered: Offered | null, adapter: AdapterInfo | null): readonly LimitRow[] {
  const names = new Set([
    ...Object.keys(requiredLimits),
    ...Object.keys(adapter?.limits ?? {}),
    ...important,
  ]);
  const required: Readonly<Record<string, number>> = requiredLimits;
  return [...names].map((name) => ({
    name,
    required: required[name] ?? null,
    available: offered?.limits[name] ?? null,
    inUse: adapter?.limits[name] ?? null,
  }));
}

const important = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupsPerDimension",
] as const;

export interface FeatureRow {
  readonly name: string;
  readonly available: boolean;
  readonly inUse: boolean;
  /** Whether the engine has a use for it. */
  readonly wanted: boolean;
}

/** What the engine wants first, then the rest of what there is. */
export function featureRows(offered: Offered | null, adapter: AdapterInfo | null): readonly FeatureRow[] {
  const wanted: readonly string[] = wantedFeatures;
  const names = new Set([...wanted, ...(offered?.features ?? []), ...(adapter?.features ?? [])]);
  return [...names].map((name) => ({
    name,
    available: offered?.features.includes(name) ?? adapter?.features.includes(name) ?? false,
    inUse: adapter?.features.includes(name) ?? false,
    wanted: wanted.includes(name),
  }));
}

export const isBytes = (limit: string): boolean =>
  limit === "maxBufferSize" || limit.endsWith("BindingSize") || limit.endsWith("StorageSize");

export interface MemoryFacts {
  readonly weightBytes: number | null;
  readonly kvBytes: number | null;
  /** Activations, step parameters, readback: what the engine counts beyond weights and KV. */
  readonly otherBytes: number | null;
  readonly totalBytes: number | null;
  readonly numBuffers: number | null;
}

/** Parts of what the engine counted; the files' size stands for the weights', which may be repacked. */
export function memoryFacts(model: ModelInfo | null, use: GpuMemoryUse | null): MemoryFacts {
  const { weightBytes = null, kvBytesPerToken, numBlocks, blockSize } = model ?? {};
  const kvBytes =
    kvBytesPerToken == null || numBlocks == null || blockSize == null
      ? null
      : kvBytesPerToken * numBlocks * blockSize;
  const totalBytes = use?.bytes ?? null;
  const otherBytes =
    totalBytes === null || weightBytes === null || kvBytes === null
      ? null
      : totalBytes - weightBytes - kvBytes;
  return { weightBytes, kvBytes, otherBytes, totalBytes, numBuffers: use?.numBuffers ?? null };
}

/** The figure with what it was measured on. */
export const bandwidthText = ({ bytesPerSecond, bytes, sweepMs }: MemoryBandwidth): string =>
  `${(bytesPerSecond / 1e9).toFixed(1)} GB/s: ${(bytes / 2 ** 20).toFixed(0)} MiB in ${sweepMs.toFixed(2)} ms`;
