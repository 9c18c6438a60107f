import { useId, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { CartesianGrid, ComposedChart, ReferenceArea, ReferenceLine, XAxis, YAxis } from "recharts";

import type { Column } from "../ui/DataTable.tsx";
import { formatNumber } from "../lab/format.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import { margin, plotLayout, type PlotParts } from "./plot-layout.ts";
import {
  nearestPoint,
  nextPoint,
  placedPoints,
  toldWith,
  type PlacedPoint,
  type PlotAxis,
  type PlotBand,
  type PlotLevel,
  type PlotSeries,
} from "./plot-series.ts";
import { PlotLegend } from "./PlotLegend.tsx";
import { seriesMarks } from "./PlotMarks.tsx";
import styles from "./Plot.module.css";
import { useWidth } from "./use-frames.ts";

/** What a chart on a plot takes of who shows it. */
export interface PlotFrame<Row> {
  /** Names the chart: heading. */
  title: ReactNode;
  /** Accessible name. */
  caption: string;
  note?: ReactNode;
  /** The table of the same figures. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}

export interface PlotProps<Row> extends PlotFrame<Row> {
  x: PlotAxis;
  y: PlotAxis;
  /** At most 8, with at most 600 points in all; pass new ones at most 4 times a second. */
  series: readonly PlotSeries[];
  levels?: readonly PlotLevel[];
  bands?: readonly PlotBand[];
  /** CSS pixels. */
  height?: number;
  /** Below the legend. */
  children?: ReactNode;
}

/**
 * Axes, grid, series, legend and tooltip of every x-y chart, drawn by recharts. Its own tooltip is not used:
 * this one follows the pointer to the nearest point and, where the chart has the focus, the arrow keys.
 */
export function Plot<Row>({
  x,
  y,
  series,
  levels = [],
  bands = [],
  height = 220,
  children,
  ...frame
}: PlotProps<Row>) {
  return (
    <ChartFrame {...frame}>
      <Canvas {...{ x, y, series, levels, bands, height }} caption={frame.caption} />
      <PlotLegend series={series} levels={levels} bands={bands} />
      {children}
    </ChartFrame>
  );
}

interface CanvasProps extends PlotParts {
  caption: string;
}

function Canvas(props: CanvasProps) {
  const { caption, x, y, series, levels, bands, height } = props;
  const box = useRef<HTMLDivElement>(null);
  const hatchId = useId();
  const width = useWidth(box);
  const [chosen, setChosen] = useState<{ x: number; y: number | null; name: string } | null>(null);

  const { yScale, left, size, xScale, xTicks } = plotLayout(props, width);
  const points = placedPoints(series, (point) => {
    const across = xScale.place(point.x);
    const up = point.y === null ? null : yScale.place(point.y);
    return across === null || up === null ? null : { left: across, top: 1 - up };
  });
  const active = chosen === null ? undefined : points.find((each) => isSame(each, chosen));

  const choose = (point: PlacedPoint | null | undefined) =>
    setChosen(point == null ? null : { x: point.point.x, y: point.point.y, name: point.series.name });
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const at = {
      left: (event.clientX - bounds.left - left) / Math.max(1, size.width),
      top: (event.clientY - bounds.top - margin.top) / Math.max(1, size.height),
    };
    choose(nearestPoint(points, at, size));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0 || points.length === 0) return;
    event.preventDefault();
    choose(nextPoint(points, active, step));
  };
  return (
    <div
      ref={box}
      className={styles["plot"]}
      style={{ height }}
      role="group"
      tabIndex={0}
      aria-label={`${caption}: ${x.label} and ${y.label}; arrow keys give each point's figures`}
      onPointerMove={onPointerMove}
      onPointerLeave={() => setChosen(null)}
      onKeyDown={onKeyDown}
      onBlur={() => setChosen(null)}
    >
      {width > 0 && (
        <div aria-hidden>
          <ComposedChart
            width={width}
            height={height}
            margin={{ top: margin.top, right: margin.right, bottom: 0, left: 0 }}
            accessibilityLayer={false}
          >
            <defs>
              <pattern
                id={hatchId}
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
              {...axisStyle}
              dataKey="x"
              scale={x.scale ?? "linear"}
              domain={[...xScale.domain]}
              ticks={[...xTicks]}
              tickFormatter={(value: number) => tickText(x, value)}
              height={margin.bottom}
              label={{ ...nameStyle, value: x.label, position: "insideBottomRight" }}
            />
            <YAxis
              {...axisStyle}
              scale={y.scale ?? "linear"}
              domain={[...yScale.domain]}
              ticks={[...yScale.ticks]}
              tickFormatter={(value: number) => tickText(y, value)}
              width={left}
              axisLine={false}
              label={{
                ...nameStyle,
                value: y.label,
                position: "top",
                dx: -left / 2,
                dy: -5,
                textAnchor: "start",
              }}
            />
            {bands.map(({ from, to, label, color }) => (
              <ReferenceArea key={label} y1={from} y2={to} fill={color} fillOpacity={0.16} />
            ))}
            {series.map((each) => seriesMarks(each, hatchId))}
            {levels.map(({ y: at, label, color }) => (
              <ReferenceLine key={label} y={at} stroke={color} strokeDasharray="4 3" />
            ))}
          </ComposedChart>
        </div>
      )}
      {active !== undefined && (
        <span
          className={styles["chosen"]}
          style={{ left: left + active.left * size.width, top: margin.top + active.top * size.height }}
          aria-hidden
        />
      )}
      <div
        className={styles["tip"]}
        data-side={active !== undefined && active.left > 0.5 ? "left" : "right"}
        aria-live="polite"
        hidden={active === undefined}
        style={
          active === undefined
            ? undefined
            : { left: left + active.left * size.width, top: margin.top + active.top * size.height }
        }
      >
        {active !== undefined && <Told points={toldWith(points, active)} x={x} y={y} />}
      </div>
    </div>
  );
}

/** The figures of what is pointed at. */
function Told({ points, x, y }: { points: readonly PlacedPoint[]; x: PlotAxis; y: PlotAxis }) {
  const first = points[0];
  if (first === undefined) return null;
  const { label, detail } = first.point;
  const say = (axis: PlotAxis, value: number) => (axis.formatValue ?? axis.format ?? formatNumber)(value);
  return (
    <>
      <b>{label ?? `${say(x, first.point.x)} ${x.formatValue === undefined ? x.label : ""}`}</b>
      {label !== undefined && (
        <span>
          {say(x, first.point.x)} {x.formatValue === undefined ? x.label : ""}
        </span>
      )}
      {points.map(({ series, point }) => (
        <span key={series.name}>
          {points.length > 1 || label === undefined ? `${series.name}: ` : ""}
          {point.y === null ? "–" : say(y, point.y)}
          {point.low !== undefined && point.high !== undefined && series.kind !== "area"
            ? ` (${say(y, point.low)} to ${say(y, point.high)})`
            : ""}
        </span>
      ))}
      {detail !== undefined && <span>{detail}</span>}
    </>
  );
}

/** recharts calls with the tick's number too. */
const tickText = ({ format = formatNumber }: PlotAxis, value: number): string => format(value);

const axisStyle = {
  type: "number",
  stroke: "var(--line-strong)",
  tick: { fill: "var(--dim)", fontSize: 11 },
  tickLine: false,
  // Which ticks have room was decided with the layout.
  interval: 0,
} as const;

const nameStyle = { fill: "var(--dim)", fontSize: 11 } as const;

const isSame = ({ point, series }: PlacedPoint, at: { x: number; y: number | null; name: string }): boolean =>
  point.x === at.x && point.y === at.y && series.name === at.name;
