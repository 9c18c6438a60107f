/** The independent reference on a model folder in memory, of either format. */
import type { Files } from "./memory-source.ts";
import { type PlainConfig, plainLogits, type PlainNames } from "./plain-decoder.ts";
import { mlcValues, parseJson, type ReadValues, safetensorsValues } from "./stored-values.ts";

/** f64[tokens][vocab_size], of a folder in MLC format. */
export function mlcLogits(files: Files, tokenIds: readonly number[]): readonly Float64Array[] {
  const chat = parseJson(files, "mlc-chat-config.json") as {
    model_type: string;
    model_config: Omit<PlainConfig, "model_type" | "rope_theta"> & { position_embedding_base: number };
  };
  const { model_config: model, model_type } = chat;
  const config = { ...model, model_type, rope_theta: model.position_embedding_base };
  const read = mlcValues(files);
  return plainLogits(config, read, fusedNames(config, read), tokenIds);
}

/** f64[tokens][vocab_size], of a folder as Hugging Face's transformers write it. */
export function safetensorsLogits(files: Files, tokenIds: readonly number[]): readonly Float64Array[] {
  const read = safetensorsValues(files);
  const names: PlainNames = {
    qkv: (layer, ending) => ({
      q: read(`${layer}.self_attn.q_proj.${ending}`),
      k: read(`${layer}.self_attn.k_proj.${ending}`),
      v: read(`${layer}.self_attn.v_proj.${ending}`),
    }),
    gateUp: (layer) => ({
      gate: read(`${layer}.mlp.gate_proj.weight`),
      up: read(`${layer}.mlp.up_proj.weight`),
    }),
  };
  return plainLogits(parseJson(files, "config.json") as PlainConfig, read, names, tokenIds);
}

/** MLC stores q, k and v rows in one matrix, gate and up rows in another. */
function fusedNames(config: PlainConfig, read: ReadValues): PlainNames {
  const { model_type, head_dim, num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
  const qkvName = model_type === "llama" ? "qkv_proj" : "c_attn";
  return {
    qkv(layer, ending) {
      const all = read(`${layer}.self_attn.${qkvName}.${ending}`);
      const head = all.length / (heads + 2 * kvHeads); // numbers a head
      if (!Number.isInteger(head / head_dim))
        throw new Error(`${layer}: ${all.length} numbers in q, k and v`);
      return {
        q: all.slice(0, heads * head),
        k: all.slice(heads * head, (heads + kvHeads) * head),
        v: all.slice((heads + kvHeads) * head),
      };
    },
    gateUp(layer) {
      const all = read(`${layer}.mlp.gate_up_proj.weight`);
      return { gate: all.slice(0, all.length / 2), up: all.slice(all.length / 2) };
    },
  };
}
