import { prebuiltAppConfig, type ModelRecord } from "@mlc-ai/web-llm";
import { describe, expect, it } from "vitest";

import type { AdapterInfo } from "../../../protocol/index.ts";
import { findRecord, problem, quantizationOf, webLlmCatalog } from "./catalog.ts";

const gib = 2 ** 30;
const adapter = (features: readonly string[], limits: Record<string, number> = {}): AdapterInfo => ({
  vendor: "test",
  architecture: "",
  description: "",
  isSoftware: false,
  features,
  limits: {
    maxBufferSize: gib,
    maxStorageBufferBindingSize: gib,
    maxComputeWorkgroupStorageSize: 32_768,
    maxStorageBuffersPerShaderStage: 10,
    maxComputeInvocationsPerWorkgroup: 256,
    ...limits,
  },
});
const record = (id: string, more: Partial<ModelRecord> = {}): ModelRecord => ({
  model: "https://example.org/m",
  model_id: id,
  model_lib: "https://example.org/l.wasm",
  ...more,
});

describe("the catalogue of WebLLM", () => {
  it("says what a model takes, in bytes and tokens", () => {
    const [model] = webLlmCatalog(
      [
        record("A-1B-q4f32_1-MLC", {
          vram_required_MB: 1128.5,
          low_resource_required: true,
          overrides: { context_window_size: 4096 },
        }),
      ],
      adapter([]),
    );
    expect(model).toEqual({
      id: "A-1B-q4f32_1-MLC",
      backend: "web-llm",
      vramBytes: 1_183_318_016,
      contextWindow: 4096,
      quantization: "q4f32_1",
      lowResource: true,
      requiredFeatures: [],
      unavailableReason: null,
      caution: null,
    });
  });

  it("leaves unknown what a record does not say", () => {
    const [model] = webLlmCatalog([record("B")], adapter([]));
    expect(model).toMatchObject({
      vramBytes: null,
      contextWindow: null,
      quantization: null,
      lowResource: null,
    });
  });

  it.each([
    ["a listed feature", record("C-q4f32_1", { required_features: ["subgroups"] }), "subgroups"],
    ["f16 weights that list nothing", record("C-q4f16_1"), "shader-f16"],
    ["f16 weights", record("C-q0f16-MLC-1k", { required_features: ["shader-f16"] }), "shader-f16"],
  ])("wants %s", (_, model, feature) => {
    expect(webLlmCatalog([model], adapter([feature]))[0]?.unavailableReason).toBeNull();
    expect(webLlmCatalog([model], adapter([]))[0]?.unavailableReason).toContain(feature);
    expect(problem(model, adapter([]))?.kind).toBe("missing-feature");
  });

  it.each([
    ["maxComputeWorkgroupStorageSize", 16_384, {}],
    ["maxStorageBuffersPerShaderStage", 8, {}],
    ["maxStorageBufferBindingSize", 128 * 2 ** 20, { buffer_size_required_bytes: 262_144_000 }],
  ])("wants enough %s", (limit, has, more) => {
    const model = record("D-q4f32_1", more);
    expect(problem(model, adapter([]))).toBeNull();
    const found = problem(model, adapter([], { [limit]: has }));
    expect(found).toMatchObject({ kind: "device-limit", details: { limit, has } });
  });

  it("warns of large models on small adapters, and shows them still", () => {
    const small = adapter([], { maxStorageBufferBindingSize: gib / 2 });
    const large = record("E-q4f32_1", { low_resource_required: false });
    expect(webLlmCatalog([large], small)[0]).toMatchObject({ unavailableReason: null });
    expect(webLlmCatalog([large], small)[0]?.caution).toContain("may not fit");
    expect(webLlmCatalog([large], adapter([]))[0]?.caution).toBeNull();
  });

  it("has nothing that can run where there is no adapter", () => {
    expect(webLlmCatalog([record("F")], null)[0]?.unavailableReason).toContain("no adapter");
  });

  it("leaves out models that do not chat", () => {
    const embedding = prebuiltAppConfig.model_list.find(({ model_id }) => /^snowflake/.test(model_id))!;
    const { model_id: id } = embedding;
    expect(webLlmCatalog([embedding, record("G")], null).map(({ id }) => id)).toEqual(["G"]);
    expect(() => findRecord([embedding], id)).toThrow(expect.objectContaining({ kind: "unsupported" }));
    expect(() => findRecord([embedding], "none")).toThrow(
      expect.objectContaining({ kind: "invalid-request" }),
    );
  });

  it("reads the package's own list: sizes known, f16 told apart from f32", () => {
    const all = webLlmCatalog(prebuiltAppConfig.model_list, adapter([]));
    expect(all.length).toBeGreaterThan(100);
    expect(all.every(({ vramBytes }) => vramBytes !== null && vramBytes > 0)).toBe(true);
    const able = all.filter(({ unavailableReason }) => unavailableReason === null);
    expect(able.length).toBeGreaterThan(20);
    expect(able.filter(({ quantization }) => quantization?.includes("f16"))).toEqual([]);
    const f16 = webLlmCatalog(prebuiltAppConfig.model_list, adapter(["shader-f16"]));
    expect(f16.every(({ unavailableReason }) => unavailableReason === null)).toBe(true);
  });

  it("reads the quantization out of ids", () => {
    expect(quantizationOf("Llama-3.1-8B-Instruct-q4f16_1-MLC-1k")).toBe("q4f16_1");
    expect(quantizationOf("Qwen3-0.6B-q0f32-MLC")).toBe("q0f32");
    expect(quantizationOf("q-model")).toBeNull();
  });
});
