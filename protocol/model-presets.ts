/** Shapes offered for synthetic weights. */
import { modelShapes } from "./model-shapes.ts";
import type { SyntheticModel } from "./model.ts";

export type ModelPreset = SyntheticModel & { readonly name: string };

const offered = ["SmolLM2-135M", "SmolLM2-360M", "Qwen3-0.6B", "Llama-3.2-1B", "Llama-3.2-3B"] as const;

export const modelPresets: readonly ModelPreset[] = /* @__PURE__ */ offered.map((name) => ({
  ...modelShapes[name],
  name: `${name} shape`,
}));
