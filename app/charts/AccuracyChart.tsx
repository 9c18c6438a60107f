import { Plot, type PlotFrame } from "./Plot.tsx";
import type { PlotShape } from "./plot-series.ts";

export interface AccuracyPoint {
  readonly id: string;
  readonly title: string;
  /** Points of one series are joined by a line. */
  readonly series: string;
  readonly tokens: number;
  /** 0 to 1, with its interval; null where so few rows give none. */
  readonly accuracy: number;
  readonly interval: readonly [low: number, high: number] | null;
  readonly mark: "best" | "holds" | "undecided" | "worse";
  readonly recommended: boolean;
}

interface AccuracyChartProps<Row> extends Omit<PlotFrame<Row>, "title" | "note"> {
  points: readonly AccuracyPoint[];
  /** Accuracy of the best level, and the least that is accepted of another. */
  best: number;
  accepted: number;
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`;
const lineColors = ["var(--decode)", "var(--cached)", "var(--prefill)", "var(--preempted)"] as const;

/** The verdict by shape, so that it does not hang on a colour. */
const shapes: Readonly<Record<AccuracyPoint["mark"], PlotShape>> = {
  best: "dot",
  holds: "dot",
  undecided: "ring",
  worse: "cross",
};

/** Accuracy against prompt tokens, with 95% intervals; the band is what counts as good enough. */
export function AccuracyChart<Row>({ points, best, accepted, ...frame }: AccuracyChartProps<Row>) {
  const names = [...new Set(points.map(({ series }) => series))];
  return (
    <Plot
      {...frame}
      title={frame.caption}
      note="● holds or best, ○ undecided, × worse, ring: recommended"
      height={340}
      x={{ label: "prompt tokens a row", format: (tokens) => String(Math.round(tokens)) }}
      y={{
        label: "right answers",
        from: Math.max(
          0,
          Math.floor(
            Math.min(accepted, ...points.map(({ accuracy, interval }) => interval?.[0] ?? accuracy)) * 10,
          ) / 10,
        ),
        to: 1,
        format: percent,
      }}
      bands={[
        {
          from: accepted,
          to: best,
          label: `good enough: ${percent(accepted)} to ${percent(best)}`,
          color: "var(--good)",
        },
      ]}
      series={names.map((name, index) => ({
        name,
        color: lineColors[index % lineColors.length] ?? "var(--text)",
        kind: "joined",
        points: points
          .filter(({ series }) => series === name)
          .map(({ title, tokens, accuracy, interval, mark, recommended }) => ({
            x: tokens,
            y: accuracy,
            ...(interval === null ? {} : { low: interval[0], high: interval[1] }),
            shape: shapes[mark],
            ringed: recommended,
            label: title,
            detail: recommended ? `${mark}, recommended` : mark,
          })),
      }))}
    />
  );
}
