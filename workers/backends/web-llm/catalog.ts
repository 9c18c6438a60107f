/** WebLLM's own list of models, judged against the adapter of this machine. */
import type { ModelRecord } from "@mlc-ai/web-llm";

import { InferscopeError, type AdapterInfo, type CatalogFit } from "../../../protocol/index.ts";

/** What of a record the judgement needs. */
type Wants = Pick<
  ModelRecord,
  "model_id" | "required_features" | "buffer_size_required_bytes" | "low_resource_required"
>;

const mib = 2 ** 20;

/**
 * Limits that WebLLM's runtime asks of every device, whatever the model: `detectGPUDevice` of
 * `@mlc-ai/web-runtime`, as bundled in 0.2.86. Where one is missing the load fails.
 */
const runtimeLimits: Readonly<Record<string, number>> = {
  maxBufferSize: 256 * mib,
  maxStorageBufferBindingSize: 128 * mib,
  maxComputeWorkgroupStorageSize: 32_768,
  maxStorageBuffersPerShaderStage: 10,
  maxComputeInvocationsPerWorkgroup: 256,
};

/** What WebLLM makes of a record on this adapter; null where there is none. */
export function webLlmFit(record: Wants, adapter: AdapterInfo | null): CatalogFit {
  return { unavailableReason: problem(record, adapter)?.message ?? null, caution: caution(record, adapter) };
}

/** The record of an id. Throws `invalid-request` for one that WebLLM does not list. */
export function findRecord(records: readonly ModelRecord[], id: string): ModelRecord {
  const record = records.find(({ model_id }) => model_id === id);
  if (record === undefined) {
    throw new InferscopeError("invalid-request", `WebLLM lists no model "${id}".`, {
      hint: "Pick one from the list in Models; ids are written exactly as there.",
      details: { known: records.length },
    });
  }
  if (!isChatModel(record)) {
    throw new InferscopeError("unsupported", `"${id}" gives embeddings and does not answer.`, {
      hint: "Pick a chat model from the list in Models.",
    });
  }
  return record;
}

/** Why a model cannot run on this adapter, before anything is downloaded; null where it can. */
export function problem(record: Wants, adapter: AdapterInfo | null): InferscopeError | null {
  if (adapter === null) {
    return new InferscopeError("no-adapter", "WebLLM needs WebGPU, and there is no adapter here.", {
      hint: "Switch on hardware acceleration, or use the Inferscope engine on the CPU.",
    });
  }
  const feature = requiredFeatures(record).find((name) => !adapter.features.includes(name));
  if (feature !== undefined) {
    return new InferscopeError("missing-feature", `needs ${feature}, which this adapter lacks`, {
      hint: "Pick a model with 32-bit arithmetic: q4f32_1 or q0f32 in its name.",
      details: { feature },
    });
  }
  const needed = { ...runtimeLimits };
  const binding = "maxStorageBufferBindingSize";
  needed[binding] = Math.max(needed[binding] ?? 0, record.buffer_size_required_bytes ?? 0);
  for (const [limit, least] of Object.entries(needed)) {
    const has = adapter.limits[limit];
    if (has === undefined || has >= least) continue;
    return new InferscopeError("device-limit", `needs ${limit} of ${least}, this adapter has ${has}`, {
      hint: "Use another graphics adapter or browser, or the Inferscope engine.",
      details: { limit, has, needed: least },
    });
  }
  return null;
}

/** As in WebLLM's own app: small bindings are the sign of a phone or a weak adapter. */
function caution(record: Wants, adapter: AdapterInfo | null): string | null {
  const binding = adapter?.limits["maxStorageBufferBindingSize"];
  if (record.low_resource_required !== false || binding === undefined || binding >= 1024 * mib) return null;
  return "may not fit: not meant for adapters as small as this";
}

export function quantizationOf(id: string): string | null {
  return /q\d+f(?:16|32)(?:_\d)?/.exec(id)?.[0] ?? null;
}

/**
 * Most f16 models do not list `shader-f16` (Llama-3.2-1B-Instruct-q4f16_1 in 0.2.86), but their
 * shaders are made of it: without the feature they fail after the download.
 */
function requiredFeatures(record: Wants): readonly string[] {
  const listed = record.required_features ?? [];
  const isF16 = quantizationOf(record.model_id)?.includes("f16") ?? false;
  return isF16 && !listed.includes("shader-f16") ? [...listed, "shader-f16"] : listed;
}

/** `ModelType.embedding`, by its value: importing the enum would load the package. */
const embedding = 1;

export function isChatModel({ model_type }: { readonly model_type?: number }): boolean {
  return model_type !== embedding;
}
