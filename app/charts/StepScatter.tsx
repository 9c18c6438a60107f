import { CartesianGrid, ResponsiveContainer, Scatter, ScatterChart, Tooltip, XAxis, YAxis } from "recharts";
import type { ReactNode } from "react";

import type { Column } from "../ui/DataTable.tsx";
import { formatMs, formatNumber } from "../ui/format.ts";
import { axis, tooltip } from "./axis.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./plot.module.css";

interface ScatterPoint {
  readonly numSequences: number;
  readonly ms: number;
}

interface StepScatterProps<Row> {
  title: ReactNode;
  caption: string;
  note?: ReactNode;
  /** At most 600 in all. `decode`: steps of decode alone. */
  decode: readonly ScatterPoint[];
  prefill: readonly ScatterPoint[];
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}

/** Steps: x is the number of sequences computed together, y milliseconds. */
export function StepScatter<Row>(props: StepScatterProps<Row>) {
  return (
    <ChartFrame {...props}>
      <div className={styles["plot"]}>
        <ResponsiveContainer width="100%" height="100%">
          <ScatterChart margin={{ top: 8, right: 12, bottom: 4, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="numSequences"
              name="sequences"
              type="number"
              domain={[0, "dataMax"]}
              allowDecimals={false}
              {...axis}
            />
            <YAxis
              dataKey="ms"
              name="step"
              type="number"
              width={44}
              {...axis}
              tickFormatter={(ms: number) => formatNumber(ms, 2)}
            />
            <Tooltip
              {...tooltip}
              formatter={(value, name) => (name === "step" ? formatMs(Number(value)) : String(value))}
            />
            <Scatter
              name="with prefill"
              data={[...props.prefill]}
              fill="var(--prefill)"
              shape="diamond"
              isAnimationActive={false}
            />
            <Scatter
              name="decode"
              data={[...props.decode]}
              fill="var(--decode)"
              fillOpacity={0.7}
              isAnimationActive={false}
            />
          </ScatterChart>
        </ResponsiveContainer>
      </div>
      <p className={styles["legend"]}>
        <span>
          <i className={styles["dot"]} style={{ background: "var(--decode)" }} aria-hidden /> decode alone
        </span>
        <span>
          <i className={styles["diamond"]} style={{ background: "var(--prefill)" }} aria-hidden /> with
          prefill
        </span>
        <span className={styles["axes"]}>sequences in the step / ms</span>
      </p>
    </ChartFrame>
  );
}
