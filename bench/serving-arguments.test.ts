import { describe, expect, it } from "vitest";

import { withoutBareMarkdown } from "./arguments.ts";
import { parseServingArguments } from "./serving-arguments.ts";

const parse = (line: string) => parseServingArguments(line.split(" "));

describe("arguments of cache, batch and rate-limit", () => {
  it("leave what is not said to the experiment", () => {
    for (const experiment of ["cache", "batch", "rate-limit"]) {
      expect(parse(experiment)).toMatchObject({ experiment, options: {}, json: null, runner: "gpu" });
    }
  });

  it("are read", () => {
    expect(parse("cache --repeats 3 --requests=4 --policy prefixCache=false").options).toEqual({
      repeats: 3,
      requests: 4,
      policy: { prefixCache: false },
    });
    expect(parse("batch --arrivals poisson --rate 2.5 --sweep 1,4 --json a.json")).toMatchObject({
      json: "a.json",
      options: { arrivals: "poisson", ratePerSecond: 2.5, sweep: [1, 4] },
    });
    expect(parse("batch --sweep none").options).toEqual({ sweep: [] });
    expect(parse("rate-limit --rpm 60 --tpm none --window 1 --max-tokens 8").options).toEqual({
      requestsPerMinute: 60,
      tokensPerMinute: null,
      windowSeconds: 1,
      maxTokens: 8,
    });
    expect(parse("rate-limit --adapter none").runner).toBe("cpu");
  });

  it.each([
    ["cache --repeats none", '--repeats is "none"'],
    ["cache --rpm 3", "--rpm"],
    ["batch --rate 0", '--rate is "0"'],
    ["batch --sweep 1,x", '--sweep is "x"'],
    ["batch --policy cache", '--policy has "cache"'],
    ["rate-limit --rpm 0", '--rpm is "0"'],
    ["rate-limit 100", '"100" is no option'],
    ["compare", 'no experiment "compare"'],
  ])("%s is refused", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});

it("a bare --markdown asks for what is printed anyway", () => {
  expect(withoutBareMarkdown(["cache", "--markdown"])).toEqual(["cache"]);
  expect(withoutBareMarkdown(["cache", "--markdown", "--json", "a"])).toEqual(["cache", "--json", "a"]);
  expect(withoutBareMarkdown(["cache", "--markdown", "a.md"])).toEqual(["cache", "--markdown", "a.md"]);
});
