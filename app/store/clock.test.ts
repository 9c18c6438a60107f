import { expect, it } from "vitest";

import { measureClockResolution } from "./clock.ts";

it("finds the step of a coarse clock", () => {
  let reads = 0;
  expect(measureClockResolution(() => Math.floor(reads++ / 7) * 0.1)).toBe(0.1);
});

it("gives up on a clock that stands", () => {
  expect(measureClockResolution(() => 5, 40, 1000)).toBeNull();
});
