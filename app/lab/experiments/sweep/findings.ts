/** What the points of a sweep come to. */
import { formatMs, formatNumber } from "../../format.ts";
import type { SweepPoint } from "./measure.ts";

export interface SweepRow extends SweepPoint {
  /** Output rate over that of the first point; null where one of them is unknown. */
  readonly speedup: number | null;
}

export function sweepRows(points: readonly SweepPoint[]): readonly SweepRow[] {
  const base = points[0]?.summary.outputTokensPerSecond ?? null;
  return points.map((point) => {
    const rate = point.summary.outputTokensPerSecond;
    return { ...point, speedup: rate === null || base === null ? null : rate / base };
  });
}

/** What the last point gained over the first, as it came out; null without two. */
export function sweepFinding(points: readonly SweepPoint[]): string | null {
  const rows = sweepRows(points);
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined || first === last || last.speedup === null) return null;
  const times = last.concurrency / first.concurrency;
  const against = last.speedup >= 0.9 * times ? "" : `, not ${formatNumber(times)} times`;
  const itl = (row: SweepPoint): string => formatMs(row.summary.itlMs?.p50 ?? null);
  return `${last.concurrency} at once give ${formatNumber(last.speedup)} times the output of ${first.concurrency}${against}; each token then takes ${itl(last)} instead of ${itl(first)}.`;
}
