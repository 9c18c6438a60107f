import { describe, expect, it } from "vitest";

import { parseLabArguments } from "./arguments.ts";

describe("arguments of the lab", () => {
  it("have defaults", () => {
    expect(parseLabArguments(["compare"])).toMatchObject({
      experiment: "compare",
      rows: null,
      repeats: 1,
      plans: null,
      adapter: null,
      runner: "gpu",
      cache: "cold",
      record: false,
    });
  });

  it("are read", () => {
    const args = "compare --rows 20 --repeats=3 --plans structured,json --json a.json --adapter swiftshader";
    expect(parseLabArguments(args.split(" "))).toMatchObject({
      rows: 20,
      repeats: 3,
      plans: ["structured", "json"],
      json: "a.json",
      adapter: "swiftshader",
    });
  });

  it("name files of one's own rows and plans, or plans by id", () => {
    const args = (...more: string[]) => parseLabArguments(["compare", "--workload", "rows.csv", ...more]);
    expect(args("--plans", "my.workload.json")).toMatchObject({
      workload: "rows.csv",
      plansFile: "my.workload.json",
      plans: null,
    });
    expect(args("--plans", "full,short")).toMatchObject({ plansFile: null, plans: ["full", "short"] });
  });

  it("are read for the sweet spot", () => {
    expect(parseLabArguments(["sweet-spot", "--rows", "50", "--examples", "0,2"])).toMatchObject({
      experiment: "sweet-spot",
      rows: 50,
      examples: [0, 2],
    });
  });

  it("choose the CPU where no adapter is offered, unless told otherwise", () => {
    expect(parseLabArguments(["compare", "--adapter", "none"]).runner).toBe("cpu");
    expect(parseLabArguments(["compare", "--adapter", "none", "--runner", "gpu"]).runner).toBe("gpu");
  });

  it.each([
    [[], "no experiment"],
    [["claims"], 'no experiment "claims"'],
    [["compare", "--rows", "0"], '--rows is "0"'],
    [["compare", "--rows", "x"], '--rows is "x"'],
    [["compare", "--adapter", "metal"], '--adapter is "metal"'],
    [["compare", "--colour"], "--colour"],
    [["sweet-spot", "--workload", "rows.csv"], "sweet-spot takes no --workload"],
    [["compare", "--plans", "plans.json"], "give them with --workload"],
  ])("%j is refused", (args, message) => {
    expect(() => parseLabArguments(args)).toThrow(message);
  });
});
