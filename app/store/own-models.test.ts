import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { OwnModel } from "../../protocol/index.ts";
import { hostProblem } from "./host-problem.ts";
import {
  draftProblems,
  exportOwnModels,
  importOwnModels,
  keepOwnModels,
  readOwnModels,
  toOwnModel,
} from "./own-models.ts";

const mine: OwnModel = { id: "Mine-q4f16_1", url: "https://a.example/mine/", modelLib: null };
const both: OwnModel = {
  id: "Both-q4f32_1",
  url: "http://127.0.0.1:8080/both/",
  modelLib: "http://localhost:8080/both.wasm",
};

describe("addresses to fetch from", () => {
  it.each([
    ["https://mirror.example/hf/", null],
    ["http://127.0.0.1:8080/", null],
    ["http://localhost/", null],
    ["http://[::1]:80/", null],
    ["http://mirror.example/", "https"],
    ["http://127.0.0.1.evil.example/", "https"],
    ["ftp://a.example/", "ftp:"],
    ["javascript:alert(1)", "javascript:"],
    ["https://user:word@a.example/", "user name"],
    ["https://a.example/?token=1", "file names"],
    ["mirror.example", "not an address"],
    ["", "not an address"],
  ])("%s", (text, problem) => {
    if (problem === null) expect(hostProblem(text)).toBeNull();
    else expect(hostProblem(text)).toContain(problem);
  });
});

describe("own models", () => {
  it("are checked field by field", () => {
    expect(draftProblems({ id: " ", url: "x", modelLib: "ftp://a" }, [])).toEqual({
      id: expect.stringContaining("name") as string,
      url: expect.stringContaining("not an address") as string,
      modelLib: expect.stringContaining("ftp:") as string,
    });
    expect(draftProblems({ ...mine, modelLib: "" }, [mine]).id).toContain("already");
    expect(draftProblems({ ...mine, modelLib: "" }, [])).toEqual({});
    expect(toOwnModel({ id: " a ", url: "https://a.example/m ", modelLib: " " })).toEqual({
      id: "a",
      url: "https://a.example/m/",
      modelLib: null,
    });
  });

  it("survive a visit, and a storage that is broken or missing", () => {
    const items = new Map<string, string>();
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    };
    expect(readOwnModels(storage)).toEqual([]);
    expect(keepOwnModels(storage, [mine, both])).toBe(true);
    expect(readOwnModels(storage)).toEqual([mine, both]);
    storage.setItem("inferscope.own-models", JSON.stringify([{ id: 7 }, mine, "x"]));
    expect(readOwnModels(storage)).toEqual([mine]);
    storage.setItem("inferscope.own-models", "{");
    expect(readOwnModels(storage)).toEqual([]);
    expect(readOwnModels(null)).toEqual([]);
    expect(keepOwnModels(null, [mine])).toBe(false);
  });

  it("come back from a file as they went, and the same file twice changes nothing", () => {
    const file = exportOwnModels([mine, both]);
    expect(importOwnModels(file, [])).toEqual({ models: [mine, both], numNew: 2, problems: [] });
    expect(importOwnModels(file, [mine, both])).toEqual({ models: [mine, both], numNew: 0, problems: [] });
    expect(importOwnModels(JSON.stringify([both]), [mine])).toMatchObject({
      models: [mine, both],
      numNew: 1,
    });
  });

  it.each([
    ["no JSON", "{", "not JSON"],
    ["no list", '{"a":1}', "models"],
    [
      "a wrong entry beside a right one",
      JSON.stringify([both, { id: "x", url: "ftp://a" }]),
      "Entry 2, url: Only",
    ],
    ["a name twice", JSON.stringify([both, { ...both, url: "https://b.example/" }]), "Entry 2, id"],
    [
      "a name that is there with another address",
      JSON.stringify([{ ...mine, url: "https://b.example/" }]),
      "remove",
    ],
    ["a library that is no text", JSON.stringify([{ ...both, modelLib: 3 }]), "Entry 1"],
  ])("stay as they were after a file with %s", (_, text, problem) => {
    const { models, numNew, problems } = importOwnModels(text, [mine]);
    expect(models).toEqual([mine]);
    expect(numNew).toBe(0);
    expect(problems.join(" ")).toContain(problem);
  });

  it("are never broken by any file", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.array(fc.object()).map((list) => JSON.stringify(list)),
        ),
        (text) => {
          const { models, problems } = importOwnModels(text, [mine]);
          expect(models[0]).toEqual(mine);
          if (problems.length > 0) expect(models).toEqual([mine]);
          for (const { url } of models) expect(hostProblem(url)).toBeNull();
        },
      ),
      { numRuns: 2000 },
    );
  });
});
