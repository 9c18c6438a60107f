/**
 * Numbers as people read them. Three significant figures are enough for anything measured;
 * what is not known is a dash, never a zero.
 */
import { assertNever, type ConstraintCost } from "../../protocol/index.ts";
import { metricOf, type MetricId } from "./metrics.ts";

export const unknown = "–";

/** "12.3", "0.042", "1,234": three significant figures, whole numbers from 100 on. */
export function formatNumber(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return unknown;
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 10 ** (digits - 1)) return Math.round(value).toLocaleString("en-US");
  return trimZeros(value.toPrecision(digits));
}

/** "12.3 ms", "1.24 s", "85 µs". */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return unknown;
  const magnitude = Math.abs(ms);
  if (magnitude >= 10_000) return `${formatNumber(ms / 1000)} s`;
  if (magnitude < 0.1 && ms !== 0) return `${formatNumber(ms * 1000)} µs`;
  return `${formatNumber(ms)} ms`;
}

/** What holding an answer to its schema cost: "grammar 12 ms, masks 0.31 ms a token". */
export function formatConstraint({ compileMs, maskMs, numMasks }: ConstraintCost): string {
  return `grammar ${formatMs(compileMs)}, masks ${formatMs(numMasks === 0 ? null : maskMs / numMasks)} a token`;
}

/** "1.8 MB": decimal units, as disks and downloads are counted. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return unknown;
  const units = ["B", "kB", "MB", "GB", "TB"] as const;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatNumber(value)} ${units[unit] ?? "B"}`;
}

/** "2.1 M", "1.2 B" parameters. */
export function formatCount(count: number | null): string {
  if (count === null) return unknown;
  if (count >= 1e9) return `${formatNumber(count / 1e9)} B`;
  if (count >= 1e6) return `${formatNumber(count / 1e6)} M`;
  return count.toLocaleString("en-US");
}

/** "3 s", "2 min 5 s". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A signed difference: "−49 %", "+9 %"; the sign is always there (a true minus). */
export function formatSigned(value: number | null, unit = "", digits = 2): string {
  if (value === null || !Number.isFinite(value)) return unknown;
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  return `${sign}${formatNumber(Math.abs(value), digits)}${unit}`;
}

/** "−49%": the change from one value to another; null where there is nothing to compare with. */
export function formatChange(from: number, to: number): string {
  if (from === 0) return to === 0 ? "±0%" : unknown;
  return formatSigned(Math.round((to / from - 1) * 1000) / 10, "%", 2);
}

/** A value of a metric with its unit; cost is shown per 1,000 rows. */
export function formatMetric(id: MetricId, value: number | null): string {
  if (value === null || !Number.isFinite(value)) return unknown;
  const { unit } = metricOf(id);
  switch (unit) {
    case "ms":
      return formatMs(value);
    case "usd":
      return `$${(value * 1000).toFixed(2)}`;
    case "share":
      return formatShare(value);
    case "ratio":
      return `${formatNumber(value)}×`;
    case "rate":
      return `${formatNumber(value)} tok/s`;
    case "perMinute":
      return `${formatNumber(value)} a minute`;
    case "gbps":
      return `${formatNumber(value)} GB/s`;
    case "count":
    case "tokens":
      return formatNumber(value);
    default:
      return assertNever(unit);
  }
}

/** "82.5%", of a share from 0 to 1. */
export const formatShare = (share: number): string => `${Math.round(share * 1000) / 10}%`;

/** A signed difference of two values of a metric: "+12 ms", "−20 points". */
export function formatDifference(id: MetricId, value: number): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  return sign + formatMetric(id, Math.abs(value)).replace("%", " points");
}

function trimZeros(text: string): string {
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
}
