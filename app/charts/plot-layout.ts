/** How a plot divides its room: ticks and names of axes around the drawing. Pure. */
import { formatNumber } from "../lab/format.ts";
import { makeScale } from "./plot-scale.ts";
import type { PlotAxis, PlotBand, PlotLevel, PlotSeries } from "./plot-series.ts";

export interface PlotParts {
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly series: readonly PlotSeries[];
  readonly levels: readonly PlotLevel[];
  readonly bands: readonly PlotBand[];
  /** CSS pixels. */
  readonly height: number;
}

/** Room around the drawing for ticks and names of axes, in CSS pixels; the left side is as wide as its ticks. */
export const margin = { top: 26, right: 14, bottom: 34 } as const;

/** Scales, ticks and the inner size of a plot that is `width` CSS pixels wide in all. */
export function plotLayout({ x, y, series, levels, bands, height }: PlotParts, width: number) {
  const points = series.flatMap((each) => each.points);
  const yScale = makeScale({
    kind: y.scale ?? "linear",
    values: [
      ...points.flatMap((point) => [point.y, point.low, point.high].filter((value) => value != null)),
      ...levels.map((level) => level.y),
      ...bands.flatMap(({ from, to }) => [from, to]),
    ],
    from: y.from ?? (y.scale === undefined && points.every((point) => (point.y ?? 0) >= 0) ? 0 : undefined),
    to: y.to,
    whole: y.whole,
    ticks: y.ticks,
    numTicks: Math.max(2, Math.floor(height / 48)),
  });
  const yFormat = y.format ?? formatNumber;
  // An average figure of 11 px is 6.4 px wide.
  const left = Math.max(28, 10 + 6.4 * Math.max(...yScale.ticks.map((tick) => yFormat(tick).length)));
  const inner = Math.max(1, width - left - margin.right);
  const xScale = makeScale({
    kind: x.scale ?? "linear",
    values: points.map((point) => point.x),
    from: x.from,
    to: x.to,
    whole: x.whole,
    ticks: x.ticks,
    numTicks: Math.max(2, Math.floor(inner / 80)),
  });
  const size = { width: inner, height: height - margin.top - margin.bottom };
  return { yScale, left, size, xScale, xTicks: spread(xScale.ticks, x, xScale.place, inner) };
}

/** Ticks of x that do not touch: the first, and every one that has room after the one before. */
function spread(
  ticks: readonly number[],
  { format = formatNumber }: PlotAxis,
  place: (value: number) => number | null,
  inner: number,
): readonly number[] {
  let end = -Infinity;
  return ticks.filter((value) => {
    const share = place(value);
    if (share === null || share < -1e-6 || share > 1 + 1e-6) return false;
    const half = 3.2 * format(value).length;
    const at = share * inner;
    if (at - half < end + 8) return false;
    end = at + half;
    return true;
  });
}
