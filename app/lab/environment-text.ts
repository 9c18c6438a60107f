import type { Environment } from "./report.ts";

/** Where it was measured, in a line. */
export function environmentText(environment: Environment): string {
  const { modelId, runner, adapter, isSoftwareAdapter, clockResolution } = environment;
  return [
    `Model ${modelId ?? "unknown"}`,
    `runner ${runner ?? "unknown"}`,
    `adapter ${adapter ?? "none"}${isSoftwareAdapter === true ? " (software adapter, a CPU)" : ""}`,
    `clock ${clockResolution ?? "unknown"} ms`,
  ].join(", ");
}
