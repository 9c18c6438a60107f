import { expect, it } from "vitest";

import { listText, numberText, readList, readNumber } from "./spec-text.ts";

it("reads what is typed as a number, and refuses the rest by NaN", () => {
  expect(readNumber(" 24 ", false)).toBe(24);
  expect(readNumber("1.5", false)).toBe(1.5);
  expect(readNumber("", false)).toBeNaN();
  expect(readNumber("many", false)).toBeNaN();
});

it("an empty field is nothing only where nothing is a value", () => {
  expect(readNumber("  ", true)).toBeNull();
  expect(readNumber("x", true)).toBeNaN();
});

it("shows no NaN and no null", () => {
  expect([numberText(3), numberText(Number.NaN), numberText(null)]).toEqual(["3", "", ""]);
});

it("a list goes to a text and back", () => {
  expect(readList("1, 2,4,", true)).toEqual([1, 2, 4]);
  expect(readList("a, b", false)).toEqual(["a", "b"]);
  expect(readList("1, x", true)).toEqual([1, Number.NaN]);
  expect(listText(readList("1,2", true))).toBe("1, 2");
  expect(listText(null)).toBe("");
});
