import {
  CartesianGrid,
  ErrorBar,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";

import type { Column } from "../ui/DataTable.tsx";
import styles from "./AccuracyChart.module.css";
import { axis } from "./axis.ts";
import { ChartFrame } from "./ChartFrame.tsx";

export interface AccuracyPoint {
  readonly id: string;
  readonly title: string;
  /** Points of one series are joined by a line. */
  readonly series: string;
  readonly tokens: number;
  /** 0 to 1, with its interval. */
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  readonly mark: "best" | "holds" | "undecided" | "worse";
  readonly recommended: boolean;
}

interface AccuracyChartProps<Row> {
  caption: string;
  points: readonly AccuracyPoint[];
  /** Accuracy of the best level, and the least that is accepted of another. */
  best: number;
  accepted: number;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`;
const lineColors = ["var(--decode)", "var(--cached)", "var(--prefill)", "var(--preempted)"] as const;

/** Accuracy against prompt tokens, with 95% intervals; the band is what counts as good enough. */
export function AccuracyChart<Row>({
  caption,
  points,
  best,
  accepted,
  columns,
  rows,
}: AccuracyChartProps<Row>) {
  const series = [...new Set(points.map((point) => point.series))];
  const floor = Math.max(0, Math.floor(Math.min(accepted, ...points.map(({ low }) => low)) * 10) / 10);
  return (
    <ChartFrame
      title={caption}
      caption={caption}
      note="prompt tokens a row / accuracy"
      columns={columns}
      rows={rows}
    >
      <div className={styles["legend"]}>
        {series.map((name, index) => (
          <span key={name}>
            <span className={styles["line"]} style={{ background: lineColors[index % 4] }} aria-hidden />
            {name}
          </span>
        ))}
        <span>
          <span className={styles["band"]} aria-hidden />
          good enough: {percent(accepted)} to {percent(best)}
        </span>
        <span>● holds or best, ○ undecided, × worse, ring: recommended</span>
      </div>
      <div className={styles["chart"]}>
        <ResponsiveContainer width="100%" height="100%">
          <ScatterChart margin={{ top: 12, right: 16, bottom: 4, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--line)" />
            <XAxis
              dataKey="tokens"
              type="number"
              domain={["dataMin - 8", "dataMax + 8"]}
              {...axis}
              tickFormatter={whole}
            />
            <YAxis
              dataKey="accuracy"
              type="number"
              domain={[floor, 1]}
              width={44}
              {...axis}
              tickFormatter={percent}
            />
            <ReferenceArea
              y1={accepted}
              y2={best}
              fill="var(--good)"
              fillOpacity={0.16}
              ifOverflow="hidden"
            />
            <ReferenceLine y={accepted} stroke="var(--good)" strokeDasharray="4 3" />
            <Tooltip content={Detail} isAnimationActive={false} cursor={false} />
            {series.map((name, index) => (
              <Scatter
                key={name}
                name={name}
                data={points.filter((point) => point.series === name).map(toDatum)}
                fill={lineColors[index % 4] ?? "var(--text)"}
                line={{
                  stroke: lineColors[index % 4] ?? "var(--text)",
                  strokeWidth: 1.5,
                  strokeOpacity: 0.6,
                }}
                shape={Mark}
                isAnimationActive={false}
              >
                <ErrorBar dataKey="error" direction="y" width={4} stroke="var(--dim)" strokeWidth={1} />
              </Scatter>
            ))}
          </ScatterChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

const whole = (value: number): string => String(Math.round(value));

const toDatum = (point: AccuracyPoint) => ({
  ...point,
  error: [point.accuracy - point.low, point.high - point.accuracy],
});

interface MarkProps {
  cx?: number | undefined;
  cy?: number | undefined;
  fill?: string | undefined;
  payload?: AccuracyPoint | undefined;
}

/** The verdict by shape, so that it does not hang on a colour. */
function Mark({ cx = 0, cy = 0, fill = "var(--text)", payload }: MarkProps) {
  const mark = payload?.mark ?? "undecided";
  return (
    <g>
      {payload?.recommended === true && (
        <circle cx={cx} cy={cy} r={10} fill="none" stroke="var(--text)" strokeWidth={2} />
      )}
      {mark === "worse" ? (
        <path
          d={`M${cx - 5} ${cy - 5}L${cx + 5} ${cy + 5}M${cx - 5} ${cy + 5}L${cx + 5} ${cy - 5}`}
          stroke={fill}
          strokeWidth={2.5}
        />
      ) : (
        <circle
          cx={cx}
          cy={cy}
          r={5}
          fill={mark === "undecided" ? "var(--panel)" : fill}
          stroke={fill}
          strokeWidth={2}
        />
      )}
    </g>
  );
}

interface DetailProps {
  payload?: readonly { payload?: AccuracyPoint }[];
}

function Detail({ payload }: DetailProps) {
  const point = payload?.[0]?.payload;
  if (point === undefined) return null;
  return (
    <div className={styles["detail"]}>
      <b>{point.title}</b>
      <span>
        {Math.round(point.tokens)} tokens, {percent(point.accuracy)} right ({percent(point.low)} to{" "}
        {percent(point.high)})
      </span>
      <span>{point.recommended ? `${point.mark}, recommended` : point.mark}</span>
    </div>
  );
}
