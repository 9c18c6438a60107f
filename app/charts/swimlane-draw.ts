/** Draws the swimlanes: one pass over the segments, nothing kept between frames. */
import { formatTick } from "./time-tick.ts";
import type { Phase } from "./Legend.tsx";
import {
  isMark,
  lanePhaseOrder,
  markWidth,
  timeTicks,
  timeToX,
  type LaneGeometry,
  type LaneSource,
  type TimeWindow,
} from "./swimlane-layout.ts";

export interface LanePalette extends Readonly<Record<Phase, string>> {
  readonly panel: string;
  readonly track: string;
  readonly line: string;
  readonly text: string;
  readonly dim: string;
  readonly font: string;
}

export function lanePalette(element: Element): LanePalette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    queue: token("queue"),
    prefill: token("prefill"),
    decode: token("decode"),
    cached: token("cached"),
    preempted: token("preempted"),
    "request-limit": token("request-limit"),
    "token-limit": token("token-limit"),
    retry: token("retry"),
    panel: token("panel"),
    track: token("panel-2"),
    line: token("line"),
    text: token("text"),
    dim: token("dim"),
    font: token("font"),
  };
}

export interface LaneFrame {
  readonly window: TimeWindow;
  readonly geometry: LaneGeometry;
  /** What waits is drawn up to here. */
  readonly nowMs: number;
  /** Segment to outline. */
  readonly active: number | null;
}

export function drawLanes(
  context: CanvasRenderingContext2D,
  source: LaneSource,
  frame: LaneFrame,
  palette: LanePalette,
): void {
  const { geometry } = frame;
  context.clearRect(0, 0, geometry.width, context.canvas.height);
  drawAxis(context, source, frame, palette);
  drawTracks(context, source, frame, palette);
  context.save();
  context.beginPath();
  context.rect(geometry.gutter, 0, geometry.width - geometry.gutter, context.canvas.height);
  context.clip();
  drawSegments(context, source, frame, palette);
  drawWaiting(context, source, frame, palette);
  drawActive(context, source, frame, palette);
  context.restore();
}

function laneTop(lane: number, { axisHeight, laneHeight }: LaneGeometry): number {
  return axisHeight + lane * laneHeight + (laneHeight > 8 ? 2 : 1);
}

function barHeight({ laneHeight }: LaneGeometry): number {
  return laneHeight - (laneHeight > 14 ? 5 : laneHeight > 8 ? 2 : 1);
}

function drawAxis(
  context: CanvasRenderingContext2D,
  { lanes }: LaneSource,
  { window, geometry }: LaneFrame,
  palette: LanePalette,
): void {
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  context.fillStyle = palette.dim;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  for (const tick of timeTicks(window, geometry)) {
    const x = Math.round(timeToX(tick, window, geometry)) + 0.5;
    context.beginPath();
    context.moveTo(x, geometry.axisHeight - 5);
    context.lineTo(x, geometry.axisHeight + lanes.length * geometry.laneHeight);
    context.stroke();
    const text = formatTick(tick, window.toMs - window.fromMs);
    const { width } = context.measureText(text);
    context.textAlign = "left";
    context.fillText(text, Math.min(x + 3, geometry.width - width), geometry.axisHeight / 2 - 2);
  }
}

function drawTracks(
  context: CanvasRenderingContext2D,
  { lanes, originMs }: LaneSource,
  { window, geometry, nowMs }: LaneFrame,
  palette: LanePalette,
): void {
  const labelled = geometry.laneHeight >= 11;
  lanes.forEach(({ label, submittedMs, endMs }, lane) => {
    const top = laneTop(lane, geometry);
    const left = Math.max(geometry.gutter, timeToX(submittedMs - originMs, window, geometry));
    const right = Math.min(geometry.width, timeToX((endMs ?? nowMs) - originMs, window, geometry));
    context.fillStyle = palette.track;
    if (right > left) context.fillRect(left, top, right - left, barHeight(geometry));
    if (!labelled) return;
    context.fillStyle = palette.dim;
    context.textAlign = "left";
    context.fillText(label, 0, top + barHeight(geometry) / 2 + 0.5, geometry.gutter - 8);
  });
}

function drawSegments(
  context: CanvasRenderingContext2D,
  source: LaneSource,
  { window, geometry }: LaneFrame,
  palette: LanePalette,
): void {
  const { segments, originMs, lanes } = source;
  const height = barHeight(geometry);
  const hatch = hatchPattern(context, palette);
  // Right end of what a lane has drawn, by phase: segments below a pixel are drawn once a pixel.
  const drawn = new Float64Array(lanes.length * lanePhaseOrder.length).fill(-1);
  for (let index = 0; index < segments.lane.length; index += 1) {
    const phase = lanePhaseOrder[segments.phase.at(index)];
    if (phase === undefined || isMark(source, index)) continue;
    const lane = segments.lane.at(index);
    const left = timeToX(segments.startMs.at(index) - originMs, window, geometry);
    const right = timeToX(segments.endMs.at(index) - originMs, window, geometry);
    if (right < geometry.gutter || left > geometry.width) continue;
    const slot = lane * lanePhaseOrder.length + segments.phase.at(index);
    if (right - left < 1 && right < (drawn[slot] ?? -1) + 0.5) continue;
    // A hairline between steps where there is room for it.
    const gap = right - left > 4 ? 1 : 0;
    const width = Math.max(1, right - left - gap);
    context.fillStyle = palette[phase];
    context.fillRect(left, laneTop(lane, geometry), width, height);
    drawn[slot] = left + width;
  }
  // Marks come last, over the segments that they stand at the beginning of.
  for (let index = 0; index < segments.lane.length; index += 1) {
    if (!isMark(source, index)) continue;
    const left = timeToX(segments.startMs.at(index) - originMs, window, geometry);
    context.fillStyle = hatch ?? palette.cached;
    context.fillRect(left, laneTop(segments.lane.at(index), geometry) - 1, markWidth, height + 2);
  }
}

/** Lanes that wait right now: their segment has no end yet. */
function drawWaiting(
  context: CanvasRenderingContext2D,
  { lanes, originMs }: LaneSource,
  { window, geometry, nowMs }: LaneFrame,
  palette: LanePalette,
): void {
  lanes.forEach(({ waiting }, lane) => {
    if (waiting === null) return;
    const left = timeToX(waiting.sinceMs - originMs, window, geometry);
    const right = timeToX(nowMs - originMs, window, geometry);
    context.fillStyle = palette[waiting.phase];
    context.fillRect(left, laneTop(lane, geometry), Math.max(1, right - left), barHeight(geometry));
  });
}

function drawActive(
  context: CanvasRenderingContext2D,
  source: LaneSource,
  { window, geometry, active }: LaneFrame,
  palette: LanePalette,
): void {
  if (active === null) return;
  const { segments, originMs } = source;
  const left = timeToX(segments.startMs.at(active) - originMs, window, geometry);
  const right = timeToX(segments.endMs.at(active) - originMs, window, geometry);
  const least = isMark(source, active) ? markWidth : 2;
  context.strokeStyle = palette.text;
  context.lineWidth = 2;
  context.strokeRect(
    left - 1,
    laneTop(segments.lane.at(active), geometry) - 1,
    Math.max(least, right - left) + 2,
    barHeight(geometry) + 2,
  );
}

/** Teal with stripes, as everywhere: colour is never the only sign. */
function hatchPattern(context: CanvasRenderingContext2D, palette: LanePalette): CanvasPattern | null {
  const tile = new OffscreenCanvas(4, 4);
  const pen = tile.getContext("2d");
  if (pen === null) return null;
  pen.fillStyle = palette.cached;
  pen.fillRect(0, 0, 4, 4);
  pen.fillStyle = palette.panel;
  for (let step = 0; step < 4; step += 1) pen.fillRect(step, 3 - step, 1.4, 1.4);
  return context.createPattern(tile, "repeat");
}
