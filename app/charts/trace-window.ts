/** Zooming and panning of a time axis. Pure. */
import type { TimeWindow } from "./swimlane-layout.ts";

/** Shortest time that can be shown: a microsecond. */
const leastMs = 1e-3;

export const wholeTrace = (endMs: number): TimeWindow => ({ fromMs: 0, toMs: Math.max(leastMs, endMs) });

/** `factor` below 1 zooms in; `atMs` stays where it is, unless an end of the trace is reached. */
export function zoomed(window: TimeWindow, factor: number, atMs: number, endMs: number): TimeWindow {
  const end = Math.max(leastMs, endMs);
  const before = window.toMs - window.fromMs;
  const span = Math.min(end, Math.max(leastMs, before * factor));
  const share = (atMs - window.fromMs) / before;
  return within(atMs - share * span, span, end);
}

/** By a share of what is shown. */
export function panned(window: TimeWindow, share: number, endMs: number): TimeWindow {
  const span = window.toMs - window.fromMs;
  return within(window.fromMs + share * span, span, Math.max(leastMs, endMs));
}

/** Around a span of time, with as much again on both sides. */
export function around(fromMs: number, toMs: number, endMs: number): TimeWindow {
  const span = Math.max(leastMs, toMs - fromMs);
  return within(fromMs - 4 * span, Math.min(9 * span, Math.max(leastMs, endMs)), Math.max(leastMs, endMs));
}

function within(fromMs: number, span: number, end: number): TimeWindow {
  const from = Math.min(Math.max(0, fromMs), end - span);
  return { fromMs: from, toMs: from + span };
}
