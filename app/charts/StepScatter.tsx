import { formatMs } from "../lab/format.ts";
import { Plot, type PlotFrame } from "./Plot.tsx";

interface ScatterPoint {
  readonly numSequences: number;
  readonly ms: number;
}

interface StepScatterProps<Row> extends PlotFrame<Row> {
  /** At most 600 in all. `decode`: steps of decode alone. */
  decode: readonly ScatterPoint[];
  prefill: readonly ScatterPoint[];
}

/** Steps: x is the number of sequences computed together, y milliseconds. */
export function StepScatter<Row>({ decode, prefill, ...frame }: StepScatterProps<Row>) {
  const points = (some: readonly ScatterPoint[], shape: "dot" | "diamond") =>
    some.map(({ numSequences, ms }) => ({ x: numSequences, y: ms, shape }));
  return (
    <Plot
      {...frame}
      x={{ label: "sequences in the step", from: 0, whole: true }}
      y={{ label: "ms", formatValue: formatMs }}
      series={[
        {
          name: "with prefill",
          color: "var(--prefill)",
          kind: "points",
          points: points(prefill, "diamond"),
        },
        { name: "decode alone", color: "var(--decode)", kind: "points", points: points(decode, "dot") },
      ]}
    />
  );
}
