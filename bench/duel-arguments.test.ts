import { describe, expect, it } from "vitest";

import { parseDuelArguments } from "./duel-arguments.ts";

const parse = (line: string) => parseDuelArguments(line.split(" ")).options;

describe("arguments of the duel", () => {
  it("have defaults", () => {
    expect(parse("duel")).toEqual({
      engines: ["paged-gpu", "paged-cpu"],
      model: "scope-2m-q4f16_1",
      plan: "structured",
      workload: "user-analysis",
      rows: 5,
      passes: 2,
    });
  });

  it("are read", () => {
    expect(parse("duel --engines paged-gpu,web-llm --models a,b --plan json --rows 2 --passes=1")).toEqual({
      engines: ["paged-gpu", "web-llm"],
      models: ["a", "b"],
      plan: "json",
      workload: "user-analysis",
      rows: 2,
      passes: 1,
    });
  });

  it.each([
    ["duel --rows x", '--rows is "x"'],
    ["duel 3", '"3" is no option'],
    ["duel --repeats 3", "--repeats"],
  ])("%s is refused", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});
