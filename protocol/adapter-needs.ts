/** What the kernels cannot do without, by WebGPU's names. These are its guaranteed defaults. */
export const requiredLimits = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 128,
  maxComputeWorkgroupStorageSize: 16_384,
} as const;

/** Used where the adapter has them; the engine does without each. */
export const wantedFeatures = ["timestamp-query", "shader-f16", "subgroups"] as const;
