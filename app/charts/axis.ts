import { formatMs, formatNumber } from "../ui/format.ts";

/** How recharts draws axes and tooltips here, in tokens. */
export const axis = {
  stroke: "var(--line-strong)",
  tick: { fill: "var(--dim)", fontSize: 11 },
  tickLine: false,
} as const;

/** Ticks of one time axis in one unit: seconds where the axis is 10 s long or more. */
export function formatTick(ms: number, spanMs: number): string {
  if (ms === 0) return "0";
  return spanMs >= 10_000 ? `${formatNumber(ms / 1000)} s` : formatMs(ms);
}

export const tooltip = {
  isAnimationActive: false,
  contentStyle: {
    padding: "6px 10px",
    border: "1px solid var(--line-strong)",
    borderRadius: 8,
    background: "var(--panel)",
    fontSize: 12.5,
  },
  labelStyle: { color: "var(--dim)" },
  itemStyle: { color: "var(--text)", padding: 0 },
} as const;
