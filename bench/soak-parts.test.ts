import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { parseSoakArguments, partNames, testParts } from "./soak-parts.ts";

describe("arguments of the soak", () => {
  it("are everything, without a limit", () => {
    expect(parseSoakArguments([])).toEqual({ only: partNames, minutes: null });
  });

  it("are read", () => {
    expect(parseSoakArguments(["--only", "blocks,serving", "--minutes=0.5"])).toEqual({
      only: ["blocks", "serving"],
      minutes: 0.5,
    });
  });

  it.each([
    [["--only", "gpu"], '--only names "gpu"'],
    [["--minutes", "0"], '--minutes is "0"'],
    [["--minutes", "long"], '--minutes is "long"'],
    [["--hours", "2"], "--hours"],
  ])("%j is refused", (args, message) => {
    expect(() => parseSoakArguments(args)).toThrow(message);
  });
});

it.each(testParts)("$name names tests that there are", ({ file, test }) => {
  expect(readFileSync(file, "utf8")).toContain(test);
});
