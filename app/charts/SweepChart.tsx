import { formatNumber } from "../lab/format.ts";
import { Plot, type PlotFrame } from "./Plot.tsx";

export interface SweepSeries<Row> {
  readonly name: string;
  readonly color: string;
  readonly dashed?: boolean;
  readonly value: (row: Row) => number | null;
}

interface SweepChartProps<Row> extends PlotFrame<Row> {
  unit: string;
  /** Requests at once, of each point. */
  x: (row: Row) => number;
  series: readonly SweepSeries<Row>[];
}

/**
 * A figure against concurrency. Both axes are logarithmic: twice as much for twice as many is a straight
 * line, and what was measured does not lie flat below the ideal.
 */
export function SweepChart<Row>({ unit, x, series, ...frame }: SweepChartProps<Row>) {
  const { rows } = frame;
  return (
    <Plot
      {...frame}
      x={{ label: "requests at once", scale: "log", ticks: rows.map(x) }}
      y={{ label: unit, scale: "log", formatValue: (value) => `${formatNumber(value)} ${unit}` }}
      series={series.map(({ value, ...each }) => ({
        ...each,
        kind: "line",
        points: rows.map((row) => ({ x: x(row), y: value(row) })),
      }))}
    />
  );
}
