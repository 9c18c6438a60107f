import { describe, expect, it } from "vitest";

import {
  laneGeometry,
  lanesEnd,
  nextSegment,
  segmentAt,
  timeTicks,
  timeToX,
  xToTime,
  type LaneSource,
} from "./swimlane-layout.ts";

const column = (values: readonly number[]) => ({
  length: values.length,
  at: (index: number) => values[index] ?? Number.NaN,
});

/** Two lanes: 0 queues 0-10, has a cached mark at 10 and prefill 10-20; 1 decodes 12-30. */
const source: LaneSource = {
  version: 1,
  originMs: 1000,
  lanes: [
    { label: "a", submittedMs: 1000, endMs: 1020, waiting: null },
    { label: "b", submittedMs: 1000, endMs: null, waiting: null },
  ],
  segments: {
    lane: column([0, 0, 0, 1]),
    phase: column([0, 1, 2, 3]),
    startMs: column([1000, 1010, 1010, 1012]),
    endMs: column([1010, 1010, 1020, 1030]),
  },
};
const window = { fromMs: 0, toMs: 100 };
const geometry = laneGeometry(1084, 2);
const y = (lane: number) => geometry.axisHeight + (lane + 0.5) * geometry.laneHeight;

describe("swimlane layout", () => {
  it("maps times to pixels and back", () => {
    expect(timeToX(0, window, geometry)).toBe(84);
    expect(timeToX(100, window, geometry)).toBe(1084);
    expect(xToTime(timeToX(37, window, geometry), window, geometry)).toBeCloseTo(37);
  });

  it("has round ticks that do not crowd", () => {
    expect(timeTicks({ fromMs: 0, toMs: 1000 }, geometry)).toEqual([
      0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000,
    ]);
    expect(timeTicks({ fromMs: 130, toMs: 150 }, laneGeometry(300, 2))).toEqual([130, 140, 150]);
  });

  it("ends at the last lane's end, or now while one is open", () => {
    expect(lanesEnd(source, 1500)).toBe(500);
  });

  it("finds the segment under the pointer, a mark before what it stands on", () => {
    expect(segmentAt(source, window, geometry, timeToX(5, window, geometry), y(0))).toBe(0);
    expect(segmentAt(source, window, geometry, timeToX(10, window, geometry) + 2, y(0))).toBe(1);
    expect(segmentAt(source, window, geometry, timeToX(18, window, geometry), y(0))).toBe(2);
    expect(segmentAt(source, window, geometry, timeToX(18, window, geometry), y(1))).toBe(3);
    expect(segmentAt(source, window, geometry, timeToX(60, window, geometry), y(1))).toBeNull();
    expect(segmentAt(source, window, geometry, timeToX(5, window, geometry), y(2))).toBeNull();
  });

  it("walks along a lane and between lanes at the same time", () => {
    expect(nextSegment(source, null, "right")).toBe(0);
    expect(nextSegment(source, 0, "right")).toBe(1);
    expect(nextSegment(source, 2, "right")).toBe(2);
    expect(nextSegment(source, 2, "left")).toBe(1);
    expect(nextSegment(source, 2, "down")).toBe(3);
    expect(nextSegment(source, 3, "up")).toBe(2);
    expect(nextSegment(source, 0, "up")).toBe(0);
  });
});
