import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from "recharts";

import { metricFormulas } from "../../protocol/index.ts";
import { formatMs, formatNumber } from "../ui/format.ts";
import { Formula } from "../ui/Tooltip.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./ItlChart.module.css";
import { itlPoints } from "./itl-points.ts";
import { quantile } from "./latency-scale.ts";

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
  const p50 = sorted.length === 0 ? null : quantile(sorted, 0.5);
  const p95 = sorted.length === 0 ? null : quantile(sorted, 0.95);
  const points = itlPoints(itlMs, 600);
  return (
    <ChartFrame
      title={<Formula name={name} formula={inPieces ? metricFormulas.chunkGapMs : metricFormulas.itlMs} />}
      caption={name}
      note={`index / ms · n = ${itlMs.length}`}
      columns={[
        { key: "index", header: "gap", align: "right", cell: (row) => row.index },
        { key: "ms", header: "ms", align: "right", cell: (row) => formatNumber(row.ms) },
      ]}
      rows={itlMs.map((ms, index) => ({ index: index + 1, ms }))}
    >
      <p className={styles["quantiles"]}>
        <span>
          p50 <b>{formatMs(p50)}</b>
        </span>
        <span>
          p95 <b>{formatMs(p95)}</b>
        </span>
      </p>
      <div className={styles["chart"]}>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart
            data={points}
            margin={{ top: 8, right: 36, bottom: 0, left: 0 }}
            accessibilityLayer={false}
          >
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis dataKey="index" type="number" domain={[1, "dataMax"]} {...axis} />
            <YAxis width={36} {...axis} tickFormatter={(ms: number) => formatNumber(ms, 2)} />
            {p50 !== null && (
              <ReferenceLine y={p50} stroke="var(--dim)" strokeDasharray="4 3" label={label("p50")} />
            )}
            {p95 !== null && (
              <ReferenceLine y={p95} stroke="var(--prefill)" strokeDasharray="4 3" label={label("p95")} />
            )}
            <Line
              dataKey="ms"
              stroke="var(--decode)"
              strokeWidth={1.5}
              dot={false}
              isAnimationActive={false}
            />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

const axis = {
  stroke: "var(--line-strong)",
  tick: { fill: "var(--dim)", fontSize: 11 },
  tickLine: false,
  allowDecimals: true,
} as const;

function label(value: string) {
  return { value, position: "right", fill: "var(--dim)", fontSize: 11 } as const;
}
