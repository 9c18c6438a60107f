import type { Environment } from "./report.ts";

/** What ran the model: a runner of this browser on its adapter, or a server. */
export function whereText(environment: Environment): readonly string[] {
  const { runner, adapter, isSoftwareAdapter, server } = environment;
  if (server !== undefined) return [`server ${server}`];
  return [
    `runner ${runner ?? "unknown"}`,
    `adapter ${adapter ?? "none"}${isSoftwareAdapter === true ? " (software adapter, a CPU)" : ""}`,
  ];
}

/** Where it was measured, in a line. */
export function environmentText(environment: Environment): string {
  const { modelId, clockResolution } = environment;
  return [
    `Model ${modelId ?? "unknown"}`,
    ...whereText(environment),
    `clock ${clockResolution ?? "unknown"} ms`,
  ].join(", ");
}
