import { describe, expect, it } from "vitest";

import type { CatalogModel, ModelInfo } from "../../../protocol/index.ts";
import { memoryParts, searchCatalog, urlProblem, type CatalogFilter } from "./derive.ts";

const model = (id: string, vramBytes: number | null, unavailableReason: string | null): CatalogModel => ({
  id,
  backend: "web-llm",
  vramBytes,
  contextWindow: null,
  quantization: null,
  lowResource: null,
  requiredFeatures: [],
  unavailableReason,
  caution: null,
});

describe("models derive", () => {
  it("sorts what can run first, then by size", () => {
    const models = [
      model("a-big", 9, null),
      model("b-none", 1, "no f16"),
      model("c-small", 2, null),
      model("d", null, null),
    ];
    const all = { query: "", memory: "any", onlyAble: false } as const;
    const ids = (filter: Partial<CatalogFilter>) =>
      searchCatalog(models, { ...all, ...filter }).map(({ id }) => id);
    expect(ids({})).toEqual(["c-small", "a-big", "d", "b-none"]);
    expect(ids({ query: "BIG a" })).toEqual(["a-big"]);
    expect(ids({ onlyAble: true })).toEqual(["c-small", "a-big", "d"]);
    expect(ids({ memory: "1" })).toEqual(["c-small", "a-big", "b-none"]);
    expect(searchCatalog([model("e", 2 ** 31, null)], { ...all, memory: "1" })).toEqual([]);
  });

  it("takes relative and absolute addresses, and says what it does not take", () => {
    expect(urlProblem("models/x/", "http://localhost/")).toBeNull();
    expect(urlProblem("https://example.org/m/", "http://localhost/")).toBeNull();
    expect(urlProblem("javascript:alert(1)", "http://localhost/")).toContain("javascript:");
    expect(urlProblem("  ", "http://localhost/")).not.toBeNull();
    expect(urlProblem("http://", "http://localhost/")).not.toBeNull();
  });

  it("does not guess memory", () => {
    const known = { weightBytes: 10, kvBytesPerToken: 4, numBlocks: 3, blockSize: 2 } as ModelInfo;
    expect(memoryParts(known).map(({ bytes }) => bytes)).toEqual([10, 24]);
    expect(memoryParts({ ...known, numBlocks: null }).map(({ bytes }) => bytes)).toEqual([10, null]);
  });
});
