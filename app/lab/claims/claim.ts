/**
 * A claim of the guide and how it is tested. Metrics, directions and thresholds stand in the
 * definition, before anything is measured; the verdict is computed from figures and never stored.
 */
import type { Estimate } from "../statistics/estimate.ts";
import type { Thresholds } from "../statistics/verdict.ts";
import type { ClaimContext } from "./context.ts";

/** `near`: the guide names a figure, and the measured one may be so far from it. */
export type Direction = "higher" | "lower" | "near";

export type Unit = "×" | "%" | "tokens" | "USD" | "per token" | "points";

export interface Metric {
  readonly id: string;
  readonly label: string;
  readonly unit: Unit;
  readonly formula: string;
  readonly direction: Direction;
  /** What the guide says; null where it names no figure. */
  readonly claimed: number | null;
  /**
   * The two thresholds. `higher`: at least so much; `lower`: at most; `near`: at most so far from
   * `claimed`, as a share of it.
   */
  readonly holdsAt: number;
  readonly partlyAt: number;
  /** `arithmetic`: computed from prices and counts that were given, not measured. */
  readonly basis: "measured" | "arithmetic";
}

/** Of a metric that names no figure "near" has nothing to be near to. */
export function thresholdsOf({ direction, claimed, holdsAt, partlyAt }: Metric): Thresholds {
  if (direction !== "near") return { direction, holdsAt, partlyAt };
  if (claimed === null) throw new RangeError("a metric that should be near a figure names none");
  return { direction, claimed, holdsAt, partlyAt };
}

export interface ClaimInfo {
  /** 1 to 14, as in the guide's list. */
  readonly id: number;
  readonly title: string;
  /** In the guide's words, shortened. */
  readonly claim: string;
  /** What is done here to test it. */
  readonly method: string;
  /** The first one is the claim's figure. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** Whether times enter the figures: then the clock is shown. */
  readonly timed: boolean;
}

/** `Samples` are plain data: they go into the report. */
export interface Claim<Samples = unknown> extends ClaimInfo {
  readonly measure: (context: ClaimContext) => Promise<Samples>;
  /** One figure a metric, in their order; null where this engine does not tell it. Pure. `resolutionMs`: of the clock that times were read from. */
  readonly figures: (samples: Samples, resolutionMs: number) => readonly (Estimate | null)[];
  /** Further facts of the measurement, in words. */
  readonly notes: (samples: Samples) => readonly string[];
}

/** What a run does with a claim, whatever its samples are. */
export interface RunnableClaim extends ClaimInfo {
  readonly run: (context: ClaimContext, resolutionMs: number) => Promise<Measurement>;
}

export interface Measurement {
  readonly figures: readonly (Estimate | null)[];
  readonly notes: readonly string[];
  readonly samples: unknown;
}

export function runnable<Samples>(claim: Claim<Samples>): RunnableClaim {
  const { measure, figures, notes, ...info } = claim;
  return {
    ...info,
    run: async (context, resolutionMs) => {
      const samples = await measure(context);
      return { samples, figures: figures(samples, resolutionMs), notes: notes(samples) };
    },
  };
}

/** Thresholds for "so much less" or "so many times": nine tenths of it, and half of it. */
export const atLeast = (claimed: number): Pick<Metric, "direction" | "claimed" | "holdsAt" | "partlyAt"> => ({
  direction: "higher",
  claimed,
  holdsAt: 0.9 * claimed,
  partlyAt: 0.5 * claimed,
});
