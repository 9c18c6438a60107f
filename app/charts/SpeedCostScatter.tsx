import type { ReactNode } from "react";
import { CartesianGrid, ResponsiveContainer, Scatter, ScatterChart, Tooltip, XAxis, YAxis } from "recharts";

import type { Column } from "../ui/DataTable.tsx";
import { formatNumber } from "../ui/format.ts";
import { axis, tooltip } from "./axis.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./plot.module.css";

interface SpeedCostScatterProps<Row> {
  title: ReactNode;
  caption: string;
  note?: ReactNode;
  /** At most 600. */
  points: readonly { readonly label: string; readonly seconds: number; readonly costPerThousand: number }[];
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}

/** x: seconds per row; y: US dollars per 1,000 rows. */
export function SpeedCostScatter<Row>(props: SpeedCostScatterProps<Row>) {
  return (
    <ChartFrame {...props}>
      <div className={styles["plot"]}>
        <ResponsiveContainer width="100%" height="100%">
          <ScatterChart margin={{ top: 8, right: 12, bottom: 4, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--line)" />
            <XAxis
              dataKey="seconds"
              name="seconds per row"
              type="number"
              {...axis}
              tickFormatter={(seconds: number) => `${formatNumber(seconds, 2)} s`}
            />
            <YAxis
              dataKey="costPerThousand"
              name="$ per 1,000 rows"
              type="number"
              width={56}
              {...axis}
              tickFormatter={(cost: number) => `$${formatNumber(cost, 2)}`}
            />
            <Tooltip {...tooltip} formatter={(value) => formatNumber(Number(value))} />
            <Scatter name="plans" data={[...props.points]} fill="var(--accent)" isAnimationActive={false} />
          </ScatterChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}
