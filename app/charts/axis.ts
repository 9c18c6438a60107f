/** How recharts draws axes and tooltips here, in tokens. */
export const axis = {
  stroke: "var(--line-strong)",
  tick: { fill: "var(--dim)", fontSize: 11 },
  tickLine: false,
} as const;

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
