import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { ReactNode } from "react";

import type { Column } from "../ui/DataTable.tsx";
import { formatNumber } from "../ui/format.ts";
import { axis, tooltip } from "./axis.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./plot.module.css";

export interface SweepSeries<Row> {
  readonly name: string;
  readonly color: string;
  readonly dashed?: boolean;
  readonly value: (row: Row) => number | null;
}

interface SweepChartProps<Row> {
  title: ReactNode;
  caption: string;
  note?: ReactNode;
  unit: string;
  /** Each point's place on the x axis: equal steps, since concurrency doubles. */
  x: (row: Row) => number;
  series: readonly SweepSeries<Row>[];
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}

/** A figure against concurrency. */
export function SweepChart<Row>(props: SweepChartProps<Row>) {
  const { rows, series, x, unit } = props;
  return (
    <ChartFrame {...props}>
      <div className={styles["plot"]}>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart
            data={[...rows]}
            margin={{ top: 8, right: 16, bottom: 4, left: 0 }}
            accessibilityLayer={false}
          >
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis dataKey={x} type="category" {...axis} />
            <YAxis width={48} {...axis} tickFormatter={(value: number) => formatNumber(value, 3)} />
            <Tooltip
              {...tooltip}
              labelFormatter={(label) => `${Number(label)} at once`}
              formatter={(value) => `${formatNumber(Number(value))} ${unit}`}
            />
            {series.map(({ name, color, dashed = false, value }) => (
              <Line
                key={name}
                name={name}
                dataKey={value}
                stroke={color}
                strokeWidth={1.75}
                strokeDasharray={dashed ? "5 4" : "0"}
                dot={{ r: 3, fill: color, strokeWidth: 0 }}
                isAnimationActive={false}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
      <p className={styles["legend"]}>
        {series.map(({ name, color, dashed = false }) => (
          <span key={name}>
            <i
              className={styles["stroke"]}
              style={{ borderTop: `2px ${dashed ? "dashed" : "solid"} ${color}` }}
              aria-hidden
            />
            {name}
          </span>
        ))}
        <span className={styles["axes"]}>requests at once / {unit}</span>
      </p>
    </ChartFrame>
  );
}
