import { prebuiltAppConfig, type ModelRecord } from "@mlc-ai/web-llm";
import { describe, expect, it } from "vitest";

import type { AdapterInfo } from "../../../protocol/index.ts";
import { findRecord, isChatModel, problem, quantizationOf, webLlmFit } from "./catalog.ts";

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

const fit = (model: ModelRecord, here: AdapterInfo | null) => webLlmFit(model, here);

describe("what WebLLM can run", () => {
  it.each([
    ["a listed feature", record("C-q4f32_1", { required_features: ["subgroups"] }), "subgroups"],
    ["f16 weights that list nothing", record("C-q4f16_1"), "shader-f16"],
    ["f16 weights", record("C-q0f16-MLC-1k", { required_features: ["shader-f16"] }), "shader-f16"],
  ])("wants %s", (_, model, feature) => {
    expect(fit(model, adapter([feature])).unavailableReason).toBeNull();
    expect(fit(model, adapter([])).unavailableReason).toContain(feature);
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
    expect(fit(large, small).unavailableReason).toBeNull();
    expect(fit(large, small).caution).toContain("may not fit");
    expect(fit(large, adapter([])).caution).toBeNull();
  });

  it("is nothing where there is no adapter", () => {
    expect(fit(record("F"), null).unavailableReason).toContain("no adapter");
  });

  it("is no model that does not chat", () => {
    const embedding = prebuiltAppConfig.model_list.find(({ model_id }) => /^snowflake/.test(model_id))!;
    expect(isChatModel(embedding)).toBe(false);
    expect(isChatModel(record("G"))).toBe(true);
    expect(() => findRecord([embedding], embedding.model_id)).toThrow(
      expect.objectContaining({ kind: "unsupported" }),
    );
    expect(() => findRecord([embedding], "none")).toThrow(
      expect.objectContaining({ kind: "invalid-request" }),
    );
  });

  it("reads the quantization out of ids", () => {
    expect(quantizationOf("Llama-3.1-8B-Instruct-q4f16_1-MLC-1k")).toBe("q4f16_1");
    expect(quantizationOf("Qwen3-0.6B-q0f32-MLC")).toBe("q0f32");
    expect(quantizationOf("q-model")).toBeNull();
  });
});
