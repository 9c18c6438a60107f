import { formatMs, formatNumber } from "../lab/format.ts";

/** Ticks of one time axis in one unit: seconds where the axis is 10 s long or more. */
export function formatTick(ms: number, spanMs: number): string {
  if (ms === 0) return "0";
  return spanMs >= 10_000 ? `${formatNumber(ms / 1000)} s` : formatMs(ms);
}
