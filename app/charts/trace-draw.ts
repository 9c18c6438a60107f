/** Draws the trace's lanes: one pass over the spans in the window. */
import { formatTick } from "./time-tick.ts";
import type { LanePalette } from "./swimlane-draw.ts";
import { timeTicks, timeToX, type LaneGeometry, type TimeWindow } from "./swimlane-layout.ts";
import type { TraceKind, TraceSpans } from "./trace-spans.ts";

export interface TraceFrame {
  readonly window: TimeWindow;
  readonly geometry: LaneGeometry;
  /** Index of the step that is outlined. */
  readonly activeStep: number | null;
  /** The area whose sums are shown. */
  readonly selection: TimeWindow | null;
}

export function drawTrace(
  context: CanvasRenderingContext2D,
  trace: TraceSpans,
  frame: TraceFrame,
  palette: LanePalette,
): void {
  const { geometry, window } = frame;
  const height = geometry.axisHeight + trace.lanes.length * geometry.laneHeight;
  context.clearRect(0, 0, geometry.width, context.canvas.height);
  drawTracks(context, trace, frame, palette);
  drawTimes(context, frame, height, palette);
  context.save();
  context.beginPath();
  context.rect(geometry.gutter, 0, geometry.width - geometry.gutter, height);
  context.clip();
  drawSpans(context, trace, frame, palette);
  if (frame.selection !== null) {
    const left = timeToX(frame.selection.fromMs, window, geometry);
    const right = timeToX(frame.selection.toMs, window, geometry);
    context.globalAlpha = 0.16;
    context.fillStyle = palette.text;
    context.fillRect(left, 0, right - left, height);
    context.globalAlpha = 1;
  }
  context.restore();
}

function drawTracks(
  context: CanvasRenderingContext2D,
  { lanes }: TraceSpans,
  { geometry }: TraceFrame,
  palette: LanePalette,
): void {
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (const [index, lane] of lanes.entries()) {
    const top = geometry.axisHeight + index * geometry.laneHeight;
    context.fillStyle = palette.track;
    context.fillRect(geometry.gutter, top + 1, geometry.width - geometry.gutter, geometry.laneHeight - 2);
    context.fillStyle = palette.dim;
    context.fillText(lane, 0, top + geometry.laneHeight / 2, geometry.gutter - 6);
  }
}

function drawTimes(
  context: CanvasRenderingContext2D,
  { window, geometry }: TraceFrame,
  height: number,
  palette: LanePalette,
): void {
  context.strokeStyle = palette.line;
  context.fillStyle = palette.dim;
  for (const tick of timeTicks(window, geometry)) {
    const x = Math.round(timeToX(tick, window, geometry)) + 0.5;
    context.beginPath();
    context.moveTo(x, geometry.axisHeight - 5);
    context.lineTo(x, height);
    context.stroke();
    const text = formatTick(tick, window.toMs - window.fromMs);
    context.fillText(text, Math.min(x + 3, geometry.width - context.measureText(text).width), 8);
  }
}

function drawSpans(
  context: CanvasRenderingContext2D,
  { spans }: TraceSpans,
  { window, geometry, activeStep }: TraceFrame,
  palette: LanePalette,
): void {
  const colours = kindColours(palette);
  for (const { lane, kind, startMs, endMs, step, height } of spans) {
    if (endMs < window.fromMs || startMs > window.toMs) continue;
    const left = timeToX(startMs, window, geometry);
    // A gap of a pixel between steps, where there is room for one.
    const width = Math.max(0.75, timeToX(endMs, window, geometry) - left - (endMs - startMs > 0 ? 0.5 : 0));
    const full = geometry.laneHeight - 4;
    const top = geometry.axisHeight + lane * geometry.laneHeight + 2 + full * (1 - height);
    context.fillStyle = colours[kind];
    context.fillRect(left, top, width, full * height);
    if (step !== activeStep) continue;
    context.strokeStyle = palette.text;
    context.strokeRect(left + 0.5, top + 0.5, Math.max(1, width - 1), full * height - 1);
  }
}

export function kindColours(palette: LanePalette): Readonly<Record<TraceKind, string>> {
  return {
    schedule: palette.dim,
    masks: palette.cached,
    encode: palette.text,
    wait: palette.line,
    queue: palette.queue,
    prefill: palette.prefill,
    decode: palette.decode,
  };
}
