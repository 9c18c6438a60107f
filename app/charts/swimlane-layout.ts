/** Where things are on the swimlanes: times to pixels and back. No canvas, no React. */
import type { Phase } from "./Legend.tsx";

interface Column {
  readonly length: number;
  at(index: number): number;
}

/** What swimlanes are drawn from; may grow between frames. Times on one clock, in milliseconds. */
export interface LaneSource {
  readonly version: number;
  readonly originMs: number;
  readonly lanes: readonly {
    readonly label: string;
    readonly submittedMs: number;
    readonly endMs: number | null;
    readonly waiting: { readonly phase: Phase; readonly sinceMs: number } | null;
  }[];
  /** `phase` indexes `lanePhaseOrder`. A lane's segments come in order of time. */
  readonly segments: {
    readonly lane: Column;
    readonly phase: Column;
    readonly startMs: Column;
    readonly endMs: Column;
  };
}

export const lanePhaseOrder: readonly Phase[] = [
  "queue",
  "cached",
  "prefill",
  "decode",
  "preempted",
  "request-limit",
  "token-limit",
  "retry",
];

/** Shown part of the time axis, from the origin. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface LaneGeometry {
  readonly width: number;
  /** Of the labels to the left. */
  readonly gutter: number;
  readonly laneHeight: number;
  readonly axisHeight: number;
}

/** Marks of no duration (tokens from the cache) are this wide. */
export const markWidth = 5;

export function laneGeometry(width: number, numLanes: number): LaneGeometry {
  return {
    width,
    gutter: width < 480 ? 62 : 84,
    laneHeight: numLanes <= 12 ? 24 : numLanes <= 32 ? 16 : numLanes <= 64 ? 11 : 5,
    axisHeight: 22,
  };
}

export function lanesHeight({ laneHeight, axisHeight }: LaneGeometry, numLanes: number): number {
  return axisHeight + numLanes * laneHeight + 4;
}

export function timeToX(ms: number, { fromMs, toMs }: TimeWindow, { width, gutter }: LaneGeometry): number {
  return gutter + ((ms - fromMs) / Math.max(1e-9, toMs - fromMs)) * (width - gutter);
}

export function xToTime(x: number, { fromMs, toMs }: TimeWindow, { width, gutter }: LaneGeometry): number {
  return fromMs + ((x - gutter) / Math.max(1, width - gutter)) * (toMs - fromMs);
}

/** Round times in the window, at least `leastPixels` apart: 1, 2 or 5 times a power of ten. */
export function timeTicks(window: TimeWindow, geometry: LaneGeometry, leastPixels = 80): readonly number[] {
  const span = window.toMs - window.fromMs;
  const most = Math.max(1, (geometry.width - geometry.gutter) / leastPixels);
  if (!(span > 0)) return [];
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(window.fromMs / step);
  return Array.from(
    { length: Math.floor(window.toMs / step) - first + 1 },
    (_, index) => (first + index) * step,
  );
}

/** End of what there is: the last lane's end; while one is open, `nowMs`. From the origin. */
export function lanesEnd({ lanes, originMs }: LaneSource, nowMs: number): number {
  if (lanes.length === 0) return 0;
  return Math.max(...lanes.map(({ endMs }) => endMs ?? nowMs)) - originMs;
}

/** Index of the segment at a point of the drawing; null between segments. */
export function segmentAt(
  source: LaneSource,
  window: TimeWindow,
  geometry: LaneGeometry,
  x: number,
  y: number,
): number | null {
  const lane = Math.floor((y - geometry.axisHeight) / geometry.laneHeight);
  if (x < geometry.gutter || lane < 0 || lane >= source.lanes.length) return null;
  const { segments, originMs } = source;
  // A step may be thinner than a pointer can aim: the nearest within 3 pixels counts.
  let best: { index: number; distance: number } | null = null;
  for (let index = 0; index < segments.lane.length; index += 1) {
    if (segments.lane.at(index) !== lane) continue;
    const left = timeToX(segments.startMs.at(index) - originMs, window, geometry);
    const right = Math.max(
      timeToX(segments.endMs.at(index) - originMs, window, geometry),
      left + (isMark(source, index) ? markWidth : 0),
    );
    const distance = x < left ? left - x : x > right ? x - right : isMark(source, index) ? -1 : 0;
    if (distance <= 3 && (best === null || distance < best.distance)) best = { index, distance };
  }
  return best?.index ?? null;
}

export function isMark({ segments }: LaneSource, index: number): boolean {
  return lanePhaseOrder[segments.phase.at(index)] === "cached";
}

export type Move = "left" | "right" | "up" | "down";

/** The segment that an arrow key leads to: along the lane, or to the next lane at the same time. */
export function nextSegment(source: LaneSource, active: number | null, move: Move): number | null {
  const { segments, lanes } = source;
  const { length } = segments.lane;
  if (length === 0) return null;
  if (active === null) return indexWhere(length, (index) => segments.lane.at(index) === 0);
  const lane = segments.lane.at(active);
  if (move === "right") {
    return indexWhere(length, (index) => index > active && segments.lane.at(index) === lane) ?? active;
  }
  if (move === "left") {
    for (let index = active - 1; index >= 0; index -= 1) if (segments.lane.at(index) === lane) return index;
    return active;
  }
  const target = lane + (move === "down" ? 1 : -1);
  if (target < 0 || target >= lanes.length) return active;
  const atMs = (segments.startMs.at(active) + segments.endMs.at(active)) / 2;
  let best = active;
  let distance = Infinity;
  for (let index = 0; index < length; index += 1) {
    if (segments.lane.at(index) !== target) continue;
    const away = Math.max(segments.startMs.at(index) - atMs, atMs - segments.endMs.at(index), 0);
    if (away < distance) [best, distance] = [index, away];
  }
  return best;
}

function indexWhere(length: number, test: (index: number) => boolean): number | null {
  for (let index = 0; index < length; index += 1) if (test(index)) return index;
  return null;
}
