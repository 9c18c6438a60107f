/** The stored tensors of a folder as sources for `readTensors`: once to check, once to load. */
import { InferscopeError, type ModelConfig, type Quantization } from "../../protocol/index.ts";
import { type PackedNumbers, q4Groups, unpack, type Weight } from "../kernels/weight.ts";
import type { Manifest, StoredTensor } from "./manifest.ts";
import { type ModelWeights, readTensors, type TensorSource } from "./weights.ts";

/**
 * Checks that the manifest has every tensor of the model, each with the shape that the config
 * demands. Throws `missing-tensor` or `bad-manifest`, naming the tensor.
 */
export function checkTensors(config: ModelConfig, quantization: Quantization, manifest: Manifest): void {
  const embedding =
    manifest.tensors.has("model.embed_tokens.weight") || manifest.tensors.has("model.embed_tokens.q_weight");
  // Before anything walks the layers: a config may claim a thousand of them.
  if (!embedding)
    throw missing(`model.embed_tokens.${quantization.startsWith("q4") ? "q_weight" : "weight"}`);
  const quantized = quantization.startsWith("q4");
  const unused = new Set(manifest.tensors.keys());
  const expect = (name: string, shape: readonly number[], isWords: boolean) => {
    const tensor = manifest.tensors.get(name);
    if (tensor === undefined) throw missing(name);
    unused.delete(name);
    checkTensor(tensor, shape, isWords);
  };
  readTensors(config, {
    matrix: (name, n, k) => {
      if (isQuantized(manifest, name) || (quantized && !manifest.tensors.has(`${name}.weight`))) {
        expect(`${name}.q_weight`, [n, q4Groups(k) * 4], true);
        expect(`${name}.q_scale`, [n, q4Groups(k)], false);
      } else {
        expect(`${name}.weight`, [n, k], false);
      }
      return null;
    },
    vector: (name, length) => {
      expect(name, [length], false);
      return null;
    },
    has: (name) => manifest.tensors.has(name),
  });
  checkUnused(unused);
}

/**
 * Refuses tensors that the architecture has no place for: without a bias or a whole layer the
 * answers would be wrong without a word. What a tied head or the rotary table stores twice is fine.
 */
export function checkUnused(names: Iterable<string>): void {
  for (const name of names) {
    if (/^lm_head\.|\.rotary_emb\.inv_freq$/.test(name)) continue;
    throw new InferscopeError("bad-manifest", `The model has a tensor ${name}, which its config does not`, {
      hint: "The weights do not belong to this config, or the model is a variant that this engine does not know.",
    });
  }
}

/** The weights of a checked manifest; arrays are views into the shards where alignment allows. */
export function assembleWeights(
  config: ModelConfig,
  manifest: Manifest,
  shards: readonly Uint8Array<ArrayBuffer>[],
): ModelWeights {
  const bytes = (name: string): { tensor: StoredTensor; bytes: Uint8Array<ArrayBuffer> } => {
    const tensor = manifest.tensors.get(name);
    const shard = tensor === undefined ? undefined : shards[tensor.shardIndex];
    if (tensor === undefined || shard === undefined) throw missing(name);
    return { tensor, bytes: shard.subarray(tensor.byteOffset, tensor.byteOffset + tensor.nbytes) };
  };
  const numbers = (name: string): PackedNumbers => {
    const { tensor, bytes: stored } = bytes(name);
    switch (tensor.format) {
      case "f32":
        return { format: "f32", data: new Float32Array(...aligned(stored, 4)) };
      case "f16":
      case "bf16":
        return { format: tensor.format, data: new Uint16Array(...aligned(stored, 2)) };
      case "u32":
        throw new InferscopeError("bad-manifest", `tensor ${name} holds integers where weights belong`);
    }
  };
  const source: TensorSource<Weight, Float32Array> = {
    matrix: (name, n, k) =>
      isQuantized(manifest, name)
        ? {
            format: "q4",
            shape: [n, k],
            words: new Uint32Array(...aligned(bytes(`${name}.q_weight`).bytes, 4)),
            scales: numbers(`${name}.q_scale`),
          }
        : { ...numbers(`${name}.weight`), shape: [n, k] },
    vector: (name) => unpack(numbers(name)),
    has: (name) => manifest.tensors.has(name),
  };
  return readTensors(config, source);
}

/** Some conversions leave single matrices unquantized, so the manifest decides for each. */
const isQuantized = (manifest: Manifest, name: string) => manifest.tensors.has(`${name}.q_weight`);

function checkTensor(tensor: StoredTensor, shape: readonly number[], isWords: boolean): void {
  const { name, format } = tensor;
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
    throw new InferscopeError(
      "bad-manifest",
      `tensor ${name} has shape [${tensor.shape.join(", ")}], the config demands [${shape.join(", ")}]`,
    );
  }
  if ((format === "u32") !== isWords) {
    throw new InferscopeError(
      "bad-manifest",
      `tensor ${name} is stored as ${format}, which does not fit its role`,
    );
  }
}

function missing(name: string): InferscopeError {
  return new InferscopeError("missing-tensor", `The manifest has no tensor ${name}`, {
    hint: "The weights do not belong to this mlc-chat-config.json, or the conversion is incomplete.",
  });
}

/** Arguments of a typed array over these bytes, which are copied only where they are not aligned. */
function aligned(bytes: Uint8Array<ArrayBuffer>, width: number): [ArrayBuffer, number, number] {
  const source = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return [source.buffer, source.byteOffset, source.byteLength / width];
}
