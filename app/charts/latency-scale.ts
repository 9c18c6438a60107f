/** The scale that colours tokens by latency: milliseconds to one of 16 heat steps. */
export interface LatencyScale {
  readonly lowMs: number;
  readonly highMs: number;
}

export const heatSteps = 16;

/**
 * From the 5th to the 95th percentile, so that one slow token does not flatten the rest.
 * Strips that are compared share one scale. Null below one value.
 */
export function latencyScale(latenciesMs: readonly number[]): LatencyScale | null {
  if (latenciesMs.length === 0) return null;
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  return { lowMs: quantile(sorted, 0.05), highMs: quantile(sorted, 0.95) };
}

/** 0 (fast) to 15 (slow); what lies outside the scale takes its end. */
export function heatStep(ms: number, scale: LatencyScale): number {
  const span = scale.highMs - scale.lowMs;
  if (span <= 0) return ms > scale.highMs ? heatSteps - 1 : 0;
  const share = (ms - scale.lowMs) / span;
  return Math.min(heatSteps - 1, Math.max(0, Math.round(share * (heatSteps - 1))));
}

/** Linear interpolation between order statistics; `sorted` ascends and is not empty. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}
