import { expect, it } from "vitest";

import { formatStopStrings, parseStopStrings } from "./stop-strings.ts";

it("reads strings between bars, escapes included, and writes them the same", () => {
  const text = "END|\\n\\n|a\\|b|c\\\\d";
  const stop = ["END", "\n\n", "a|b", "c\\d"];
  expect(parseStopStrings(text)).toEqual({ stop, problem: null });
  expect(formatStopStrings(stop)).toBe(text);
});

it("leaves out empty strings, so that a bar can be typed", () => {
  expect(parseStopStrings("a|")).toEqual({ stop: ["a"], problem: null });
  expect(parseStopStrings("")).toEqual({ stop: [], problem: null });
});

it("refuses what cannot be used, in words", () => {
  expect(parseStopStrings("a\\q").problem).toContain("backslash");
  expect(parseStopStrings("a\\").problem).toContain("backslash");
  expect(parseStopStrings("a|b|c|d|e|f|g|h|i").problem).toContain("9 stop strings, at most 8");
  expect(parseStopStrings("x".repeat(201)).problem).toContain("200");
});
