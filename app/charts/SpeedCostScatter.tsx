import { formatNumber } from "../lab/format.ts";
import { Plot, type PlotFrame } from "./Plot.tsx";

interface SpeedCostScatterProps<Row> extends PlotFrame<Row> {
  /** At most 600. */
  points: readonly { readonly label: string; readonly seconds: number; readonly costPerThousand: number }[];
}

const seconds = (value: number): string => `${formatNumber(value)} s`;
const dollars = (value: number): string => `$${formatNumber(value)}`;

/** x: seconds per row; y: US dollars per 1,000 rows. */
export function SpeedCostScatter<Row>({ points, ...frame }: SpeedCostScatterProps<Row>) {
  return (
    <Plot
      {...frame}
      x={{
        label: "seconds per row",
        from: 0,
        format: seconds,
        formatValue: (value) => `${seconds(value)} per row`,
      }}
      y={{ label: "$ per 1,000 rows", format: dollars }}
      series={[
        {
          name: "per 1,000 rows",
          color: "var(--accent)",
          kind: "points",
          points: points.map((point) => ({ x: point.seconds, y: point.costPerThousand, label: point.label })),
        },
      ]}
    />
  );
}
