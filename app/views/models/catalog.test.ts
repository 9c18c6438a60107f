import { describe, expect, it } from "vitest";

import {
  estimateMemory,
  modelShapes,
  type AdapterInfo,
  type CatalogModel,
  type ModelFacts,
} from "../../../protocol/index.ts";
import {
  downloadBytes,
  kvProblem,
  memoryBudget,
  memoryCaution,
  nominalParams,
  pagedMemory,
  searchCatalog,
  type CatalogFilter,
} from "./catalog.ts";

const fine = { unavailableReason: null, caution: null };
const not = (unavailableReason: string) => ({ unavailableReason, caution: null });
const model = (id: string, more: Partial<CatalogModel> = {}): CatalogModel => ({
  id,
  own: false,
  url: `https://huggingface.co/mlc-ai/${id}/resolve/main/`,
  modelLib: null,
  quantization: "q4f16_1",
  family: null,
  shape: null,
  vramBytes: null,
  contextWindow: null,
  fits: { paged: fine, "web-llm": fine },
  ...more,
});
const small = model("SmolLM2-135M-q4f16_1", {
  shape: modelShapes["SmolLM2-135M"],
  vramBytes: 360e6,
  family: { name: "SmolLM2", architecture: "llama", licence: "Apache-2.0" },
});
const large = model("Llama-3.1-8B-q4f16_1", {
  shape: modelShapes["Llama-3.1-8B"],
  vramBytes: 5e9,
  fits: { paged: fine, "web-llm": not("needs shader-f16") },
});
const other = model("Mistral-7B-q4f16_1", {
  vramBytes: 4e9,
  fits: { paged: not("architecture mistral"), "web-llm": fine },
});
const nowhere = model("phi-2-q4f16_1", { fits: { paged: not("phi"), "web-llm": not("shader-f16") } });
const own = model("Zzz", { own: true, quantization: null });
const all: CatalogFilter = { query: "", engine: "all", memory: "any", sort: "memory", kvTokens: 2048 };
const ids = (filter: Partial<CatalogFilter>) =>
  searchCatalog([nowhere, large, other, small, own], { ...all, ...filter }).map(({ id }) => id);

describe("the catalog as searched", () => {
  it("has one's own first, then what can run, smaller ones first", () => {
    expect(ids({})).toEqual([own.id, small.id, other.id, large.id, nowhere.id]);
    expect(ids({ sort: "name" })).toEqual([own.id, large.id, other.id, small.id, nowhere.id]);
  });

  it("is narrowed by words, engine and memory", () => {
    expect(ids({ query: "apache smol" })).toEqual([small.id]);
    expect(ids({ engine: "either" })).toEqual([own.id, small.id, other.id, large.id]);
    expect(ids({ engine: "paged" })).toEqual([own.id, small.id, large.id]);
    expect(ids({ engine: "web-llm" })).toEqual([own.id, small.id, other.id]);
    expect(ids({ memory: "4" })).toEqual([small.id, other.id]);
    // Of unknown size, and of no known shape in our engine.
    expect(ids({ memory: "16", engine: "paged" })).toEqual([small.id, large.id]);
  });
});

describe("what a model takes", () => {
  it("is weights, the KV pool that was chosen, and scratch", () => {
    const { weights, kvPerToken, scratch } = estimateMemory(modelShapes["Llama-3.1-8B"], "q4f16_1");
    expect(pagedMemory(large, null, 4096)).toEqual({
      weights,
      kv: 4096 * kvPerToken,
      scratch,
      total: weights + 4096 * kvPerToken + scratch,
      isEstimate: true,
    });
    expect(pagedMemory(other, null, 4096)).toBeNull();
  });

  it("is what its own files say, once they are read", () => {
    const facts: ModelFacts = {
      config: modelShapes["SmolLM2-360M"],
      quantization: "q0f16",
      weightBytes: 7,
      problem: null,
    };
    expect(pagedMemory(other, facts, 0)).toMatchObject({
      weights: estimateMemory(modelShapes["SmolLM2-360M"], "q0f16").weights,
      isEstimate: false,
    });
    expect(downloadBytes(other, facts)).toMatchObject({ bytes: 7, isEstimate: false });
  });

  it("downloads as its shape, else as the parameters in its name, else nobody knows", () => {
    // Llama-3.1-8B-Instruct-q4f16_1-MLC: 4.5 GB of shards.
    expect(downloadBytes(large, null)!.bytes / 4.52e9).toBeCloseTo(1, 2);
    expect(downloadBytes(other, null)).toMatchObject({ bytes: (7e9 * 4.5) / 8, isEstimate: true });
    expect(downloadBytes(nowhere, null)).toBeNull();
    expect(downloadBytes(own, null)).toBeNull();
  });

  it.each([
    ["stablelm-2-zephyr-1_6b-q4f16_1-MLC", 1.6e9],
    ["SmolLM2-360M-Instruct-q0f16-MLC", 360e6],
    ["gemma3-1b-it-q4f16_1-MLC", 1e9],
    ["Phi-3.5-mini-instruct-q4f16_1-MLC-1k", null],
  ])("reads the parameters of %s", (id, params) => {
    expect(nominalParams(id)).toBe(params);
  });

  it("says which KV pool does not fit", () => {
    const adapter = { limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 } };
    const here = adapter as unknown as AdapterInfo;
    expect(kvProblem(modelShapes["SmolLM2-135M"], 2048, here)).toBeNull();
    expect(kvProblem(modelShapes["Llama-2-7b"], 2048, here)).toBeNull();
    expect(kvProblem(modelShapes["Llama-2-7b"], 4096, here)).toContain("2 GiB");
    // 32768 tokens of 3 heads of 64, four bytes each: 24 MiB a buffer.
    const tight = { limits: { maxStorageBufferBindingSize: 2 ** 24 } } as unknown as AdapterInfo;
    expect(kvProblem(modelShapes["SmolLM2-135M"], 16_384, tight)).toBeNull();
    expect(kvProblem(modelShapes["SmolLM2-135M"], 32_768, tight)).toContain("buffers");
  });

  it("is held against the memory that was chosen, or half of what the device reports", () => {
    expect(memoryBudget("any", null)).toBeNull();
    expect(memoryBudget("any", 8)?.bytes).toBe(4e9);
    expect(memoryBudget("2", 8)?.bytes).toBe(2e9);
    expect(memoryCaution(5e9, memoryBudget("any", 8))).toContain("8 GB");
    expect(memoryCaution(3e9, memoryBudget("any", 8))).toBeNull();
    expect(memoryCaution(3e9, null)).toBeNull();
    expect(memoryCaution(null, memoryBudget("2", 8))).toBeNull();
  });
});
