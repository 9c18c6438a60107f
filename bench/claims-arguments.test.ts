import { describe, expect, it } from "vitest";

import { parseClaimsArguments } from "./claims-arguments.ts";

const parse = (line: string) => parseClaimsArguments(line.split(" "));

describe("arguments of the claims", () => {
  it("have defaults", () => {
    expect(parse("claims")).toMatchObject({ ids: null, repeats: 9, policy: {}, json: null, runner: "gpu" });
  });

  it("are read", () => {
    expect(
      parse("claims --ids 3,11 --repeats=2 --policy prefixCache=false,batching=none,maxNumSeqs=8"),
    ).toMatchObject({
      ids: [3, 11],
      repeats: 2,
      policy: { prefixCache: false, batching: "none", maxNumSeqs: 8 },
    });
  });

  it.each([
    ["claims --ids x", '--ids is "x"'],
    ["claims --policy cache", '--policy has "cache"'],
    ["claims 3", '"3" is no option'],
    ["claims --rows 3", "--rows"],
  ])("%s is refused", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});
