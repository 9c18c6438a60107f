import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { ReactNode } from "react";

import type { Column } from "../ui/DataTable.tsx";
import { formatMs } from "../ui/format.ts";
import { axis, formatTick, tooltip } from "./axis.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./plot.module.css";
import { laneGeometry, timeTicks } from "./swimlane-layout.ts";

/** The pool after a step; used + cached + free is the total. */
export interface KvPoint {
  readonly atMs: number;
  readonly used: number;
  readonly cached: number;
  readonly free: number;
}

interface KvAreaProps<Row extends KvPoint> {
  title: ReactNode;
  caption: string;
  /** Blocks of the pool. */
  total: number;
  /** At most 600. */
  points: readonly Row[];
  columns: readonly Column<Row>[];
  children?: ReactNode;
}

/** As wide as the chart is on a phone: ticks fit everywhere. */
const tickGeometry = laneGeometry(420, 1);

const layers = [
  { key: "used", name: "used", fill: "var(--decode)", opacity: 0.85 },
  { key: "cached", name: "cached", fill: "url(#kv-cached)", opacity: 1 },
  { key: "free", name: "free", fill: "var(--panel-2)", opacity: 1 },
] as const;

/** KV blocks over time: x is milliseconds, the three layers stack up to the pool. */
export function KvArea<Row extends KvPoint>(props: KvAreaProps<Row>) {
  const { points, total } = props;
  const endMs = points.at(-1)?.atMs ?? 0;
  const most = Math.max(0, ...points.map(({ used, cached }) => used + cached));
  // A pool that is mostly free would flatten what happens in it.
  const top = most < total / 2 ? Math.max(8, Math.ceil((1.25 * most) / 8) * 8) : total;
  const note = top < total ? `up to ${top} of ${total} blocks` : `of ${total} blocks`;
  return (
    <ChartFrame {...props} note={note} rows={points}>
      <div className={styles["plot"]}>
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart
            data={[...points]}
            margin={{ top: 8, right: 12, bottom: 4, left: 0 }}
            accessibilityLayer={false}
          >
            <defs>
              <pattern
                id="kv-cached"
                width="6"
                height="6"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
              >
                <rect width="6" height="6" fill="var(--cached)" />
                <rect width="2.5" height="6" fill="var(--cached-soft)" />
              </pattern>
            </defs>
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="atMs"
              type="number"
              domain={[0, endMs]}
              ticks={timeTicks({ fromMs: 0, toMs: endMs }, tickGeometry)}
              {...axis}
              tickFormatter={(ms: number) => formatTick(ms, endMs)}
            />
            <YAxis width={44} allowDecimals={false} domain={[0, top]} allowDataOverflow {...axis} />
            <Tooltip {...tooltip} labelFormatter={(label) => formatMs(Number(label))} />
            {layers.map(({ key, name, fill, opacity }) => (
              <Area
                key={key}
                dataKey={key}
                name={name}
                type="stepAfter"
                stackId="blocks"
                stroke="var(--line-strong)"
                strokeWidth={1}
                fill={fill}
                fillOpacity={opacity}
                isAnimationActive={false}
              />
            ))}
          </AreaChart>
        </ResponsiveContainer>
      </div>
      {props.children}
    </ChartFrame>
  );
}
