import { describe, expect, it } from "vitest";

import { parseBenchArguments } from "./bench-arguments.ts";

describe("arguments of the bench", () => {
  it("have defaults", () => {
    expect(parseBenchArguments([])).toEqual({
      quick: false,
      passes: null,
      shape: "22m",
      adapter: null,
      runner: "gpu",
      model: "scope-2m-q4f16_1",
      json: null,
      markdown: null,
    });
  });

  it("leave the larger shape out of a quick run, unless it is named", () => {
    expect(parseBenchArguments(["--quick"])).toMatchObject({ quick: true, shape: null });
    expect(parseBenchArguments(["--quick", "--shape", "135m"]).shape).toBe("135m");
    expect(parseBenchArguments(["--shape=none"]).shape).toBeNull();
  });

  it("are read", () => {
    const args = "--passes 6 --json a.json --adapter swiftshader";
    expect(parseBenchArguments(args.split(" "))).toMatchObject({
      passes: 6,
      json: "a.json",
      adapter: "swiftshader",
    });
  });

  it.each([
    [["--passes", "0"], '--passes is "0"'],
    [["--shape", "7b"], '--shape is "7b", use 22m, 135m, none'],
    [["--adapter", "metal"], '--adapter is "metal"'],
    [["--fast"], "--fast"],
    [["compare"], "compare"],
  ])("%j is refused", (args, message) => {
    expect(() => parseBenchArguments(args)).toThrow(message);
  });
});
