import type { AdapterInfo, KernelReport } from "../../../protocol/index.ts";
import type { OfflineState } from "../../store/offline-store.ts";

export interface PageFacts {
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
}

/** Limits that decide what loads; the full list is in the report. */
export const importantLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBuffersPerShaderStage",
] as const;

/** What a person pastes into a bug report: JSON, no addresses, no prompts. */
export function diagnosticsReport(
  page: PageFacts,
  adapter: AdapterInfo | null,
  kernels: readonly KernelReport[],
  model: object | null,
): string {
  return JSON.stringify({ app: "inferscope", page, adapter, kernels, model }, null, 2);
}
