import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { type ReactNode } from "react";

import { type Column } from "../ui/DataTable.tsx";
import { formatMs } from "../ui/format.ts";
import { axis, tooltip } from "./axis.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./plot.module.css";

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
  note?: ReactNode;
  /** At most 600. */
  points: readonly Row[];
  columns: readonly Column<Row>[];
  children?: ReactNode;
}

const layers = [
  { key: "used", name: "used", fill: "var(--decode)", opacity: 0.85 },
  { key: "cached", name: "cached", fill: "url(#kv-cached)", opacity: 1 },
  { key: "free", name: "free", fill: "var(--panel-2)", opacity: 1 },
] as const;

/** KV blocks over time: x is milliseconds, the three layers stack up to the pool. */
export function KvArea<Row extends KvPoint>(props: KvAreaProps<Row>) {
  return (
    <ChartFrame {...props} rows={props.points}>
      <div className={styles["plot"]}>
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart
            data={[...props.points]}
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
              domain={["dataMin", "dataMax"]}
              {...axis}
              tickFormatter={(ms: number) => formatMs(ms)}
            />
            <YAxis width={44} allowDecimals={false} {...axis} />
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
