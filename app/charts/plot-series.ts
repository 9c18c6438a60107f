/** What a plot is given, and which of its points is meant by a place on it. Pure. */
import type { ScaleKind } from "./plot-scale.ts";

export interface PlotAxis {
  /** What it counts, with the unit: "requests at once", "ms". */
  readonly label: string;
  readonly scale?: ScaleKind;
  readonly from?: number;
  readonly to?: number;
  readonly whole?: boolean;
  /** Values that are written on the axis, where its own choice would not be those that count. */
  readonly ticks?: readonly number[];
  /** Writes ticks; also the tooltip, where `formatValue` is not given. */
  readonly format?: (value: number) => string;
  readonly formatValue?: (value: number) => string;
}

export interface PlotPoint {
  readonly x: number;
  /** Null: nothing was measured there; a line has a gap, and joined points go on at the next. */
  readonly y: number | null;
  /** Ends of an interval around y; of an area its two edges. */
  readonly low?: number;
  readonly high?: number;
  /** The verdict or kind, by shape, so that it does not hang on a colour. */
  readonly shape?: PlotShape;
  /** A ring around it: the one that is meant. */
  readonly ringed?: boolean;
  /** Names the point: "Short, structured". */
  readonly label?: string;
  /** Said below the figures of the point. */
  readonly detail?: string;
}

export type PlotShape = "dot" | "diamond" | "ring" | "cross";

export interface PlotSeries {
  readonly name: string;
  /** A colour of the tokens: "var(--decode)". */
  readonly color: string;
  /** `joined`: points with a thin line from each to the next. `area`: from `low` to `high`, each value until the next. */
  readonly kind: "line" | "points" | "joined" | "area";
  readonly dashed?: boolean;
  /** Areas and swatches: colour is never the only sign. */
  readonly hatched?: boolean;
  readonly points: readonly PlotPoint[];
}

/** A level across the plot. */
export interface PlotLevel {
  readonly y: number;
  readonly label: string;
  readonly color: string;
}

/** A range of y across the plot. */
export interface PlotBand {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly color: string;
}

/** A point with its place, as a share of the plot: x from the left, y from the top. */
export interface PlacedPoint {
  readonly series: PlotSeries;
  readonly point: PlotPoint;
  readonly left: number;
  readonly top: number;
}

export type Placer = (point: { readonly x: number; readonly y: number | null }) => {
  readonly left: number;
  readonly top: number;
} | null;

/** All points that have a place, from left to right: the order of the arrow keys. */
export function placedPoints(series: readonly PlotSeries[], place: Placer): readonly PlacedPoint[] {
  return series
    .flatMap((each) =>
      each.points.flatMap((point): readonly PlacedPoint[] => {
        const at = place(each.kind === "area" ? { x: point.x, y: point.high ?? point.y } : point);
        return at === null ? [] : [{ series: each, point, ...at }];
      }),
    )
    .sort((a, b) => a.left - b.left);
}

/** The point nearest to a place on the plot, both in pixels; lines and areas are found by x alone. */
export function nearestPoint(
  points: readonly PlacedPoint[],
  at: { readonly left: number; readonly top: number },
  size: { readonly width: number; readonly height: number },
): PlacedPoint | null {
  const distance = ({ series, left, top }: PlacedPoint): number => {
    const across = Math.abs(left - at.left) * size.width;
    const down = Math.abs(top - at.top) * size.height;
    return series.kind === "points" || series.kind === "joined"
      ? Math.hypot(across, down)
      : across + down * 1e-3;
  };
  return points.reduce<PlacedPoint | null>(
    (best, point) => (best === null || distance(point) < distance(best) ? point : best),
    null,
  );
}

/** The point that an arrow key leads to: past those that were told with the last one. */
export function nextPoint(
  points: readonly PlacedPoint[],
  from: PlacedPoint | undefined,
  step: 1 | -1,
): PlacedPoint | undefined {
  if (from === undefined) return step === 1 ? points[0] : points.at(-1);
  const told = toldWith(points, from);
  let at = points.indexOf(from) + step;
  while (points[at] !== undefined && told.includes(points[at] ?? from)) at += step;
  return points[at] ?? from;
}

/** What is told together: lines and areas at the same x, else the point alone. */
export function toldWith(points: readonly PlacedPoint[], chosen: PlacedPoint): readonly PlacedPoint[] {
  const alone = chosen.series.kind === "points" || chosen.series.kind === "joined";
  return alone
    ? [chosen]
    : points.filter(({ point, series }) => point.x === chosen.point.x && series.kind === chosen.series.kind);
}
