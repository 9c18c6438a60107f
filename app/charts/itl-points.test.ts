import { expect, it } from "vitest";

import { itlPoints } from "./itl-points.ts";

it("keeps every point below the limit", () => {
  expect(itlPoints([5, 7], 600)).toEqual([
    { index: 1, ms: 5 },
    { index: 2, ms: 7 },
  ]);
});

it("keeps the spike when it thins out", () => {
  const itl = Array.from({ length: 1500 }, (_, i) => (i === 777 ? 90 : 5));
  const points = itlPoints(itl, 600);
  expect(points.length).toBeLessThanOrEqual(600);
  expect(points).toContainEqual({ index: 778, ms: 90 });
});
