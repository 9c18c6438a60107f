import { expect, it } from "vitest";

import { differenceAt } from "./playground-store.ts";

it("finds no difference between equal tokens", () => {
  expect(differenceAt([[1, 2], [3]], [[1, 2], [3]])).toBeNull();
});

it("finds the first difference of any choice, length included", () => {
  expect(differenceAt([[1, 2, 3], [4]], [[1, 2, 9], [4]])).toBe(2);
  expect(differenceAt([[1, 2, 3], [4]], [[1, 2, 3], [5]])).toBe(0);
  expect(differenceAt([[1, 2]], [[1, 2, 3]])).toBe(2);
});
