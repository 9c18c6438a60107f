/** What a plot draws for its series, as parts of a recharts chart. */
import type { ReactElement } from "react";
import { Area, ErrorBar, Line, Scatter } from "recharts";

import type { PlotPoint, PlotSeries, PlotShape } from "./plot-series.ts";

/** A longer line shows no dots: they would touch. */
const mostDots = 40;

/** A function and no component: recharts looks for its parts among a chart's own children. */
export function seriesMarks(series: PlotSeries, hatchId: string): ReactElement {
  const { name, kind, color, points } = series;
  const common = { name, data: points, isAnimationActive: false } as const;
  switch (kind) {
    case "area":
      return (
        <Area
          key={name}
          {...common}
          type="stepAfter"
          dataKey={({ low, high }: PlotPoint) => [low ?? 0, high ?? 0]}
          stroke="var(--line-strong)"
          strokeWidth={0.75}
          fill={series.hatched === true ? `url(#${hatchId})` : color}
          fillOpacity={1}
          activeDot={false}
        />
      );
    case "line":
      return (
        <Line
          key={name}
          {...common}
          dataKey="y"
          stroke={color}
          strokeWidth={1.75}
          strokeDasharray={series.dashed === true ? "5 4" : "0"}
          dot={points.length > mostDots ? false : { r: 3, fill: color, strokeWidth: 0 }}
          activeDot={false}
        />
      );
    case "joined":
      return scatter(series, { stroke: color, strokeWidth: 1.5, strokeOpacity: 0.6 });
    case "points":
      return scatter(series, false);
  }
}

interface Joint {
  readonly stroke: string;
  readonly strokeWidth: number;
  readonly strokeOpacity: number;
}

function scatter({ name, color, points }: PlotSeries, line: Joint | false): ReactElement {
  const withInterval = points.some(({ low, high }) => low !== undefined && high !== undefined);
  return (
    <Scatter
      key={name}
      name={name}
      data={points.filter(({ y }) => y !== null).map(toDatum)}
      dataKey="y"
      fill={color}
      line={line}
      shape={Mark}
      isAnimationActive={false}
    >
      {withInterval && (
        <ErrorBar dataKey="error" direction="y" width={4} stroke="var(--dim)" strokeWidth={1} />
      )}
    </Scatter>
  );
}

/** How far the interval reaches down and up from the value. */
const toDatum = (point: PlotPoint) => {
  const y = point.y ?? 0;
  return { ...point, error: [y - (point.low ?? y), (point.high ?? y) - y] };
};

interface MarkProps {
  cx?: number | undefined;
  cy?: number | undefined;
  fill?: string | undefined;
  payload?: PlotPoint | undefined;
}

function Mark({ cx = 0, cy = 0, fill = "var(--text)", payload }: MarkProps) {
  return (
    <g transform={`translate(${cx} ${cy})`}>
      {payload?.ringed === true && <circle r={10} fill="none" stroke="var(--text)" strokeWidth={2} />}
      <Shape shape={payload?.shape ?? "dot"} color={fill} />
    </g>
  );
}

/** Around the origin of where it stands. */
export function Shape({ shape, color }: { shape: PlotShape; color: string }) {
  switch (shape) {
    case "dot":
      return <circle r={4.5} fill={color} fillOpacity={0.8} />;
    case "ring":
      return <circle r={4.5} fill="var(--panel)" stroke={color} strokeWidth={2} />;
    case "diamond":
      return <path d="M0 -5.5L5.5 0L0 5.5L-5.5 0Z" fill={color} fillOpacity={0.9} />;
    case "cross":
      return <path d="M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5" stroke={color} strokeWidth={2.5} />;
  }
}
