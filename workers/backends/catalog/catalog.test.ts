import { prebuiltAppConfig } from "@mlc-ai/web-llm";
import { describe, expect, it } from "vitest";

import { estimateMemory, type AdapterInfo, type Quantization } from "../../../protocol/index.ts";
import { MemorySource } from "../../testing/memory-source.ts";
import { randomModel } from "../../testing/random-model.ts";
import { catalogOf } from "./catalog.ts";
import { inspectFolder } from "./inspect.ts";

const gib = 2 ** 30;
const adapter = (features: readonly string[]): AdapterInfo => ({
  vendor: "test",
  architecture: "",
  description: "",
  isSoftware: false,
  features,
  limits: { maxBufferSize: gib, maxStorageBufferBindingSize: gib, maxStorageBuffersPerShaderStage: 10 },
});
const list = (here: AdapterInfo | null, own: Parameters<typeof catalogOf>[1] = []) =>
  catalogOf(prebuiltAppConfig.model_list, own, here);
const row = (id: string, here: AdapterInfo | null = adapter([])) =>
  list(here).find((model) => model.id === id)!;

describe("the catalog", () => {
  it("is one list for both engines: f16 weights run in ours without the feature that WebLLM needs", () => {
    const model = row("Llama-3.2-1B-Instruct-q4f16_1-MLC");
    expect(model.fits.paged).toEqual({ unavailableReason: null, caution: null });
    expect(model.fits["web-llm"].unavailableReason).toContain("shader-f16");
    expect(model).toMatchObject({
      url: "https://huggingface.co/mlc-ai/Llama-3.2-1B-Instruct-q4f16_1-MLC/resolve/main/",
      quantization: "q4f16_1",
      contextWindow: 4096,
      family: { name: "Llama 3.2", architecture: "llama", licence: "Llama 3.2 Community" },
    });
    expect(row(model.id, adapter(["shader-f16"])).fits["web-llm"].unavailableReason).toBeNull();
  });

  it.each([
    ["Mistral-7B-Instruct-v0.3-q4f32_1-MLC", "mistral"],
    ["Phi-3.5-mini-instruct-q4f32_1-MLC", "phi3"],
    ["Qwen3.5-0.8B-q4f32_1-MLC", "qwen3_5"],
    ["Llama-3.1-70B-Instruct-q3f16_1-MLC", "q3f16_1"],
  ])("says why our engine does not run %s", (id, reason) => {
    expect(row(id).fits.paged.unavailableReason).toContain(reason);
  });

  it("knows the family of every listed model, and the shape of what our engine runs", () => {
    const models = list(adapter(["shader-f16"]));
    expect(models.length).toBeGreaterThan(100);
    expect(models.filter(({ family }) => family === null)).toEqual([]);
    expect(models.every(({ vramBytes }) => vramBytes !== null && vramBytes > 0)).toBe(true);
    const runs = models.filter(({ fits }) => fits.paged.unavailableReason === null);
    expect(runs.length).toBeGreaterThan(60);
    const unknown = runs.filter(({ shape }) => shape === null).map(({ family }) => family!.name);
    expect([...new Set(unknown)].sort()).toEqual(["Hermes 2", "Qwen2", "Qwen2.5"]);
    expect(models.filter(({ fits }) => fits["web-llm"].unavailableReason !== null)).toEqual([]);
  });

  // WebLLM's figure has weights, KV cache and scratch in it: more than our weights alone, not by much.
  it("gives weights that WebLLM's stated memory has room for", () => {
    for (const { id, shape, quantization, vramBytes } of list(adapter(["shader-f16"]))) {
      if (shape === null) continue;
      const { weights } = estimateMemory(shape, quantization as Quantization);
      expect(weights, id).toBeLessThan(vramBytes!);
    }
  });

  it("puts the user's own first, for the engines that they are for", () => {
    const own = [
      { id: "Mine-q4f32_1", url: "https://a.example/mine/", modelLib: null },
      { id: "Llama-3.2-1B-mine-q4f16_1", url: "https://a.example/m2", modelLib: "https://a.example/m2.wasm" },
    ];
    const [plain, both] = list(adapter([]), own);
    expect(plain).toMatchObject({ id: "Mine-q4f32_1", own: true, url: "https://a.example/mine/" });
    expect(plain!.fits.paged.caution).toContain("configuration");
    expect(plain!.fits["web-llm"].unavailableReason).toContain("library");
    expect(both).toMatchObject({ url: "https://a.example/m2/resolve/main/" });
    expect(both!.fits["web-llm"].unavailableReason).toContain("shader-f16");
  });

  it("warns where there is no adapter", () => {
    const { fits } = row("SmolLM2-135M-Instruct-q0f16-MLC", null);
    expect(fits.paged.caution).toContain("CPU runner");
    expect(fits["web-llm"].unavailableReason).toContain("no adapter");
  });
});

describe("a model's own files", () => {
  it("tell shape and size without a weight being read", async () => {
    const files = await randomModel({ quantization: "q4f32_1" });
    let bytes = 0;
    for (const [name, content] of files) if (name.endsWith(".bin")) bytes += content.length;
    for (const name of [...files.keys()]) if (name.endsWith(".bin")) files.delete(name);
    const facts = await inspectFolder(new MemorySource(files));
    expect(facts).toMatchObject({ quantization: "q4f32_1", weightBytes: bytes, problem: null });
    expect(facts.config).toMatchObject({ architecture: "llama", hiddenSize: 52, vocabSize: 512 });
  });

  it("tell what our engine cannot run, and the size still", async () => {
    const files = await randomModel();
    const text = new TextDecoder().decode(files.get("mlc-chat-config.json"));
    files.set("mlc-chat-config.json", new TextEncoder().encode(text.replace('"llama"', '"mamba"')));
    const facts = await inspectFolder(new MemorySource(files));
    expect(facts).toMatchObject({ config: null, problem: { kind: "unsupported-architecture" } });
    expect(facts.weightBytes).toBeGreaterThan(0);
  });

  it("are missed by name", async () => {
    await expect(inspectFolder(new MemorySource(new Map()))).rejects.toThrow("mlc-chat-config.json");
  });
});
