/** What the modes of a batch run came to, in words. */
import type { EnginePolicy } from "../../../../protocol/index.ts";
import { formatMs, formatNumber } from "../../format.ts";
import type { RequestRecord } from "../../load/run-load.ts";
import type { StepFigures } from "../../load/step-figures.ts";
import type { LoadSummary } from "../../load/summary.ts";

export type Batching = EnginePolicy["batching"];

export interface BatchMode {
  readonly policy: EnginePolicy;
  readonly summary: LoadSummary;
  readonly steps: StepFigures;
  readonly numEvictions: number;
  /** Of each request that failed. */
  readonly errors: readonly string[];
  /** Cancelled: not all arrivals were answered. */
  readonly aborted: boolean;
  readonly requests: readonly RequestRecord[];
}

export const batchingNames: Readonly<Record<Batching, string>> = {
  continuous: "Continuous batching",
  static: "Static batching",
  none: "One at a time",
};

/** "2 of 8 requests failed: the prompt is too long"; null where none did. */
export function failureText(errors: readonly string[], numRequests: number): string | null {
  const [error] = errors;
  return error === undefined ? null : `${errors.length} of ${numRequests} requests failed: ${error}`;
}

/** The finding in a sentence; null before two modes ran to their end. */
export function modeFinding(
  modes: readonly Pick<BatchMode, "policy" | "summary" | "aborted">[],
): string | null {
  const whole = modes.filter(({ aborted }) => !aborted);
  const continuous = whole.find(({ policy }) => policy.batching === "continuous")?.summary.wallMs;
  const other = whole.find(({ policy }) => policy.batching !== "continuous");
  const wallMs = other?.summary.wallMs;
  if (continuous == null || wallMs == null || other === undefined) return null;
  const name = other.policy.batching === "static" ? "Static batches" : "One request at a time";
  const ratio = wallMs / continuous;
  if (ratio < 1.05 && ratio > 0.95) {
    return `${name} took as long as continuous batching: ${formatMs(wallMs)} and ${formatMs(continuous)}.`;
  }
  return `${name} took ${formatNumber(ratio)} times as long as continuous batching for the same arrivals: ${formatMs(wallMs)} against ${formatMs(continuous)}.`;
}
