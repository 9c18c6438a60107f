/** Where a run was measured: of every report, and in words. */

/** Where the figures were measured. `null`: not known. */
export interface Environment {
  readonly adapter: string | null;
  readonly isSoftwareAdapter: boolean | null;
  readonly features: readonly string[];
  readonly isolation: boolean;
  /** Milliseconds between two values of the page's clock. */
  readonly clockResolution: number | null;
  readonly appVersion: string;
  readonly modelId: string | null;
  readonly weightsHash: string | null;
  readonly quantization: string | null;
  readonly runner: string | null;
  readonly backend: string | null;
  /** Origin of the server that answered; missing where the model ran in the browser. */
  readonly server?: string;
  readonly syntheticWeights: boolean | null;
  readonly userAgent: string;
  /** ISO 8601. */
  readonly date: string;
}

/** Answers of random weights are noise: nothing is said about their quality. */
export const judgesAnswers = ({ syntheticWeights }: Environment): boolean => syntheticWeights !== true;

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
