import { metricFormulas } from "../../protocol/index.ts";
import { formatMs, formatNumber } from "../lab/format.ts";
import { Formula } from "../ui/Tooltip.tsx";
import { itlPoints } from "./itl-points.ts";
import { quantile } from "./latency-scale.ts";
import { Plot } from "./Plot.tsx";

interface ItlChartProps {
  /** Gaps between consecutive tokens, in order. Pass a new array at most 4 times a second. */
  itlMs: readonly number[];
  /** The gaps lie between pieces of text, which may hold several tokens. */
  inPieces?: boolean;
}

/** Inter-token latency: x is the gap's index, y milliseconds; lines at p50 and p95. */
export function ItlChart({ itlMs, inPieces = false }: ItlChartProps) {
  const name = inPieces ? "Gap between pieces of text" : "Inter-token latency";
  const sorted = itlMs.toSorted((a, b) => a - b);
  const level = (q: number, color: string) =>
    sorted.length === 0
      ? []
      : [{ y: quantile(sorted, q), label: `p${100 * q} ${formatMs(quantile(sorted, q))}`, color }];
  return (
    <Plot
      title={<Formula name={name} formula={inPieces ? metricFormulas.chunkGapMs : metricFormulas.itlMs} />}
      caption={name}
      note={`n = ${itlMs.length}`}
      columns={[
        { key: "index", header: "gap", align: "right", cell: (row) => row.index },
        { key: "ms", header: "ms", align: "right", cell: (row) => formatNumber(row.ms) },
      ]}
      rows={itlMs.map((ms, index) => ({ index: index + 1, ms }))}
      height={190}
      x={{
        label: "gap",
        from: 1,
        to: Math.max(2, itlMs.length),
        whole: true,
        formatValue: (gap) => `gap ${gap}`,
      }}
      y={{ label: "ms", formatValue: formatMs }}
      levels={[...level(0.5, "var(--dim)"), ...level(0.95, "var(--prefill)")]}
      series={[
        {
          name: "each gap",
          color: "var(--decode)",
          kind: "line",
          points: itlPoints(itlMs, 600).map(({ index, ms }) => ({ x: index, y: ms })),
        },
      ]}
    />
  );
}
