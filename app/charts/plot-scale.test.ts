import fc from "fast-check";
import { expect, it } from "vitest";

import { makeScale } from "./plot-scale.ts";

it("a linear axis ends at a tick, in steps of 1, 2 or 5", () => {
  const { ticks, place } = makeScale({ kind: "linear", values: [0, 37], from: 0, numTicks: 4 });
  expect(ticks).toEqual([0, 10, 20, 30, 40]);
  expect(place(40)).toBe(1);
  expect(place(10)).toBe(0.25);
});

it("ends that were given hold, and counts have no halves", () => {
  const share = makeScale({ kind: "linear", values: [30, 60], from: 0, to: 100, numTicks: 4 });
  expect(share.ticks.at(-1)).toBe(100);
  expect(share.place(100)).toBe(1);
  expect(makeScale({ kind: "linear", values: [0, 2], whole: true, numTicks: 6 }).ticks).toEqual([0, 1, 2]);
});

it("on a logarithmic axis equal factors are equally far, and what is not above zero has no place", () => {
  const { ticks, place } = makeScale({ kind: "log", values: [1, 100], numTicks: 6 });
  expect(ticks).toEqual([1, 2, 5, 10, 20, 50, 100]);
  expect(place(10)).toBeCloseTo(0.5);
  expect([place(0), place(-1)]).toEqual([null, null]);
});

it("one value, no value and NaN make an axis too", () => {
  for (const kind of ["linear", "log"] as const) {
    const alone = makeScale({ kind, values: [5], numTicks: 4 }).place(5);
    expect(alone).toBeGreaterThan(0.2);
    expect(alone).toBeLessThan(0.8);
    expect(makeScale({ kind, values: [], numTicks: 4 }).ticks.length).toBeGreaterThan(0);
    expect(makeScale({ kind, values: [Number.NaN], numTicks: 4 }).place(Number.NaN)).toBeNull();
  }
});

it("every value has a place on its axis, and ticks are few and ascend", () => {
  const values = fc.array(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(values, fc.constantFrom("linear", "log"), (some, kind) => {
      const { place, ticks } = makeScale({ kind, values: some, numTicks: 5 });
      for (const value of some) {
        expect(place(value)).toBeGreaterThanOrEqual(-1e-9);
        expect(place(value)).toBeLessThanOrEqual(1 + 1e-9);
      }
      expect(ticks.length).toBeLessThanOrEqual(12);
      expect(ticks).toEqual([...ticks].sort((a, b) => a - b));
    }),
  );
});
