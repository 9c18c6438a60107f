import {
  CartesianGrid,
  Line,
  LineChart,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  XAxis,
  YAxis,
} from "recharts";

import type { Column } from "../ui/DataTable.tsx";
import { formatMs, formatNumber } from "../ui/format.ts";
import { axis } from "./axis.ts";
import styles from "./CacheCharts.module.css";
import { ChartFrame } from "./ChartFrame.tsx";

export interface CachePoint {
  /** 1 is the first request. */
  readonly number: number;
  /** Cached / prompt tokens, 0 to 100. */
  readonly hitPercent: number;
  readonly numCachedTokens: number;
  readonly numPromptTokens: number;
  readonly ttftMs: number | null;
}

const margin = { top: 8, right: 12, bottom: 4, left: 0 };
/** Hit rate: x is the request's number, y its share of cached prompt tokens. */
export function HitRateChart({ points }: { points: readonly CachePoint[] }) {
  return (
    <ChartFrame
      title="Hit rate"
      caption="Hit rate by request"
      note="request / % cached"
      columns={columns}
      rows={points}
    >
      <div className={styles["plot"]}>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={[...points]} margin={margin} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="number"
              type="number"
              domain={["dataMin", "dataMax"]}
              allowDecimals={false}
              {...axis}
            />
            <YAxis domain={[0, 100]} width={36} {...axis} />
            <Line
              dataKey="hitPercent"
              stroke="var(--cached)"
              strokeWidth={1.5}
              dot={{ r: 3, fill: "var(--cached)" }}
              isAnimationActive={false}
            />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

/** TTFT: x is the number of cached prompt tokens, y milliseconds; a point for each request. */
export function TtftScatter({ points }: { points: readonly CachePoint[] }) {
  return (
    <ChartFrame
      title="TTFT"
      caption="TTFT against cached tokens"
      note="cached tokens / ms"
      columns={columns}
      rows={points}
    >
      <div className={styles["plot"]}>
        <ResponsiveContainer width="100%" height="100%">
          <ScatterChart margin={margin} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="numCachedTokens"
              type="number"
              domain={[0, "dataMax"]}
              allowDecimals={false}
              {...axis}
            />
            <YAxis
              dataKey="ttftMs"
              type="number"
              width={44}
              {...axis}
              tickFormatter={(ms: number) => formatNumber(ms, 2)}
            />
            <Scatter
              data={points.filter(({ ttftMs }) => ttftMs !== null)}
              fill="var(--prefill)"
              isAnimationActive={false}
            />
          </ScatterChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

const columns: readonly Column<CachePoint>[] = [
  { key: "number", header: "request", align: "right", cell: ({ number }) => number },
  { key: "prompt", header: "prompt tokens", align: "right", cell: ({ numPromptTokens }) => numPromptTokens },
  { key: "cached", header: "cached", align: "right", cell: ({ numCachedTokens }) => numCachedTokens },
  {
    key: "hit",
    header: "hit rate",
    align: "right",
    cell: ({ hitPercent }) => `${formatNumber(hitPercent)}%`,
  },
  { key: "ttft", header: "TTFT", align: "right", cell: ({ ttftMs }) => formatMs(ttftMs) },
];
