import { expect, it } from "vitest";

import { numberProblem } from "./number-problem.ts";

const whole = { min: 0, max: 1000, step: 1 };

it.each(["0", "40", "1000", "1e2", " 7 "])("takes %s as a whole number", (text) => {
  expect(numberProblem(text, whole)).toBeNull();
});

it.each(["", "-1", "1001", "1.5", "forty", "Infinity"])("refuses %j and says the range", (text) => {
  expect(numberProblem(text, whole)).toBe("A whole number from 0 to 1,000 is wanted.");
});

it("takes fractions where the step is one", () => {
  expect(numberProblem("0.35", { min: 0, max: 2, step: 0.05 })).toBeNull();
  expect(numberProblem("2.1", { min: 0, max: 2, step: 0.05 })).toBe("A number from 0 to 2 is wanted.");
});
