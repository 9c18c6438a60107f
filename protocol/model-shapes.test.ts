import { describe, expect, it } from "vitest";

import { estimateMemory } from "./memory-estimate.ts";
import { modelShapes } from "./model-shapes.ts";

/** Numbers of parameters as Hugging Face counts them in each repository's safetensors. */
const published: Readonly<Record<keyof typeof modelShapes, number>> = {
  "SmolLM2-135M": 134_515_008,
  "SmolLM2-360M": 361_821_120,
  "SmolLM2-1.7B": 1_711_376_384,
  "TinyLlama-1.1B": 1_100_048_384,
  "Llama-2-7b": 6_738_415_616,
  "Llama-2-13b": 13_015_864_320,
  "Llama-3-8B": 8_030_261_248,
  "Llama-3.1-8B": 8_030_261_248,
  "Llama-3.2-1B": 1_235_814_400,
  "Llama-3.2-3B": 3_212_749_824,
  "Qwen2.5-0.5B": 494_032_768,
  "Qwen2.5-1.5B": 1_543_714_304,
  "Qwen2.5-3B": 3_085_938_688,
  "Qwen2.5-7B": 7_615_616_512,
  "Qwen3-0.6B": 596_049_920,
  "Qwen3-1.7B": 1_720_574_976,
  "Qwen3-4B": 4_022_468_096,
  "Qwen3-8B": 8_190_735_360,
};

describe("shapes of known models", () => {
  it.each(Object.entries(published))("%s has %d parameters", (name, count) => {
    expect(estimateMemory(modelShapes[name as keyof typeof modelShapes], "q4f16_1").numParams).toBe(count);
  });
});
