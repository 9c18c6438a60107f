/**
 * Which times count: the one place that every experiment asks. The page marks requests that were under
 * way while the tab was hidden or frozen, the machine slept or a clock jumped; a measurement with such a
 * request is in no statistic and is counted beside it.
 */
import { InferscopeError, type Interruption, type RequestMetrics } from "../../protocol/index.ts";

/** A request of a measurement; metrics are null for one that failed. */
interface Measured {
  readonly metrics: Pick<RequestMetrics, "interrupted"> | null;
}

/** What came over the requests of one measurement, or null where all their times count. */
export function interruptionOf(requests: readonly Measured[]): Interruption | null {
  for (const { metrics } of requests) {
    if (metrics?.interrupted !== undefined) return metrics.interrupted;
  }
  return null;
}

/** For a sample that keeps no metrics of its requests. */
export function interruptedMark(requests: readonly Measured[]): { readonly interrupted?: Interruption } {
  const interrupted = interruptionOf(requests);
  return interrupted === null ? {} : { interrupted };
}

const words: Readonly<Record<Interruption, string>> = {
  hidden: "the tab was hidden",
  frozen: "the browser froze the tab",
  "clock-jump": "the machine slept, the page stood still, or a clock was set",
};

/** In words, after "while". */
export const interruptionText = (interruption: Interruption): string => words[interruption];

/** Where nothing is left that counts. */
export function interruptedError(interruption: Interruption): InferscopeError {
  return new InferscopeError("interrupted", `While this was measured, ${words[interruption]}.`, {
    hint: "Keep the tab in front and the machine awake, and measure again: such times are the browser's, not the engine's.",
  });
}
