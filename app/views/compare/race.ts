/** One row of both plans as a race from one start. Pure. */
import type { RaceLane } from "../../charts/Race.tsx";
import type { LiveSample } from "../../lab/experiments/compare/live.ts";
import { waterfallRows } from "./derive.ts";

/** Null before the first call of the plan is done or has begun. */
export function laneOf(id: string, title: string, sample: LiveSample | null, running: boolean): RaceLane {
  const rows = sample === null ? [] : waterfallRows(sample);
  const ends = rows.flatMap(({ segments }) => segments.map(({ endMs }) => endMs));
  return {
    id,
    title,
    calls: rows.map((row) => ({ id: row.label, segments: row.segments })),
    endMs: running || ends.length === 0 ? null : Math.max(...ends),
  };
}

/** What of a sample was there at a time since its start: calls that had begun, and tokens that had come. */
export function sampleAt(sample: LiveSample, clockMs: number): LiveSample {
  const origin = Math.min(...sample.calls.map(({ record }) => record?.startMs ?? Infinity));
  return {
    ...sample,
    calls: sample.calls
      .filter(({ record }) => record !== null && record.startMs - origin <= clockMs)
      .map((call) => ({ ...call, tokens: call.tokens.filter(({ atMs }) => atMs - origin <= clockMs) })),
  };
}

/** Seconds on the screen that a race should last, so that a room can follow it. */
const shortestS = 6;
const longestS = 20;

/** How many times slower than it ran a race is shown; below 1: faster. */
export function slowdown(maxMs: number): number {
  const seconds = Math.max(1e-3, maxMs / 1000);
  return Math.min(longestS, Math.max(shortestS, seconds)) / seconds;
}

export function speedText(factor: number): string {
  if (factor > 1.05) return `shown ${Number(factor.toPrecision(2))} times slower than it ran`;
  if (factor < 0.95) return `shown ${Number((1 / factor).toPrecision(2))} times faster than it ran`;
  return "shown as fast as it ran";
}
