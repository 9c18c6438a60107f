import { quantile } from "./latency-scale.ts";

/** Latencies in bins of one round width, for histograms. */
export interface LatencyBin {
  readonly fromMs: number;
  /** Exclusive; null: everything from `fromMs` on. */
  readonly toMs: number | null;
  readonly count: number;
}

/** Bins up to the 95th percentile, about; and at most so many beyond it. */
const [binsToP95, binsBeyond] = [16, 8];

/**
 * From the lowest value on, so narrow that 8 to 16 bins or so reach the 95th percentile. What lies
 * far beyond stands in one open bin at the end, so that one slow token does not flatten the rest.
 */
export function latencyBins(latenciesMs: readonly number[]): readonly LatencyBin[] {
  if (latenciesMs.length === 0) return [];
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  const p95 = quantile(sorted, 0.95);
  // No clock tells a nanosecond apart; the floor keeps what doubles cannot out of the bins.
  const spread = Math.max(p95 - least || most - least || most || 1, 1e-6, 1e-9 * most);
  const width = roundStep(spread / binsToP95);
  const start = Math.floor(least / width);
  const binOf = (ms: number) => Math.floor(ms / width + 1e-9) - start;
  const end = Math.min(binOf(most), binOf(p95) + binsBeyond);
  const counts = Array.from({ length: end + 1 }, () => 0);
  for (const ms of sorted) {
    const bin = Math.min(end, binOf(ms));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const edge = (bin: number) => Number(((start + bin) * width).toPrecision(12));
  return counts.map((count, bin) => ({
    fromMs: edge(bin),
    toMs: bin === end && binOf(most) > end ? null : edge(bin + 1),
    count,
  }));
}

/** 1, 2 or 5 times a power of ten: the least that is not below. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10) * power;
}
