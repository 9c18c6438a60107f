/** Which stored tensors of a Hugging Face checkpoint make up our matrices, and where each one goes. */
import { InferscopeError, type ModelConfig } from "../../protocol/index.ts";
import type { PackedNumbers } from "../kernels/weight.ts";
import { unpack, type Weight } from "../kernels/weight.ts";
import { allocate } from "./loader.ts";
import type { FloatFormat, SafetensorsEntry } from "./safetensors-header.ts";
import { checkUnused } from "./stored-tensors.ts";
import { type ModelWeights, readTensors } from "./weights.ts";

/** A tensor of ours, made of one stored one or of several along its rows. */
interface Target {
  readonly name: string;
  /** Numbers in it. */
  readonly length: number;
  format: FloatFormat | null;
  bytes: Uint8Array<ArrayBuffer> | null;
}

interface Part {
  readonly target: Target;
  readonly shape: readonly number[];
  /** Of the target's numbers. */
  readonly first: number;
}

const widthOf = (format: FloatFormat) => (format === "f32" ? 4 : 2);

const maxTotalBytes = 2 ** 36;

export class TensorPlan {
  readonly #config: ModelConfig;
  readonly #names: ReadonlySet<string>;
  readonly #parts = new Map<string, Part>();
  readonly #targets = new Map<string, Target>();
  readonly #placed = new Set<string>();
  #bytes = 0;

  /** `names`: of all stored tensors. Throws `missing-tensor` or `bad-manifest`. */
  constructor(config: ModelConfig, names: ReadonlySet<string>) {
    this.#config = config;
    this.#names = names;
    readTensors(config, {
      matrix: (name, n, k) => this.#add(`${name}.weight`, n, k),
      vector: (name, length) => this.#add(name, length, null),
      has: (name) => names.has(storedParts(config, name, 0)[0]?.name ?? name),
    });
    checkUnused([...names].filter((name) => !this.#parts.has(name)));
  }

  /** Bytes of the tensors placed so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Where a stored tensor's bytes belong; null for one that nobody needs.
   * Throws `bad-manifest` or `out-of-memory`.
   */
  place({ name, dtype, format, shape }: SafetensorsEntry & { readonly name: string }): Uint8Array | null {
    const part = this.#parts.get(name);
    if (part === undefined) return null;
    if (this.#placed.has(name)) throw bad(`tensor ${name} is stored twice`);
    if (format === null) throw bad(`tensor ${name} has dtype ${dtype}; supported: BF16, F16, F32`);
    if (shape.length !== part.shape.length || shape.some((size, axis) => size !== part.shape[axis])) {
      throw bad(
        `tensor ${name} has shape [${shape.join(", ")}], the config demands [${part.shape.join(", ")}]`,
      );
    }
    const { target, first } = part;
    target.format ??= format;
    if (target.format !== format) {
      throw bad(
        `tensor ${name} is stored as ${format}, its neighbours in ${target.name} as ${target.format}`,
      );
    }
    const width = widthOf(format);
    if (target.bytes === null) {
      this.#bytes += target.length * width;
      if (this.#bytes > maxTotalBytes)
        throw bad(`more than ${maxTotalBytes} bytes of weights are not supported`);
      target.bytes = allocate(name, target.length * width);
    }
    this.#placed.add(name);
    const numbers = part.shape.reduce((product, size) => product * size, 1);
    return target.bytes.subarray(first * width, (first + numbers) * width);
  }

  /** How the embedding is stored: what to call the model's weights. */
  get format(): FloatFormat {
    return this.#targets.get("model.embed_tokens.weight")?.format ?? "f32";
  }

  /** The weights, once every tensor is in its place. Throws `missing-tensor`. */
  weights(): ModelWeights {
    for (const name of this.#parts.keys()) {
      if (!this.#placed.has(name)) throw missing(name);
    }
    return readTensors(this.#config, {
      matrix: (name, n, k): Weight => ({ ...this.#numbers(`${name}.weight`), shape: [n, k] }),
      vector: (name) => unpack(this.#numbers(name)),
      has: (name) => this.#targets.has(name),
    });
  }

  #add(name: string, n: number, k: number | null): null {
    const target: Target = { name, length: n * (k ?? 1), format: null, bytes: null };
    this.#targets.set(name, target);
    let first = 0;
    for (const stored of storedParts(this.#config, name, n)) {
      if (!this.#names.has(stored.name)) throw missing(stored.name);
      this.#parts.set(stored.name, { target, shape: k === null ? [stored.rows] : [stored.rows, k], first });
      first += stored.rows * (k ?? 1);
    }
    return null;
  }

  #numbers(name: string): PackedNumbers {
    const target = this.#targets.get(name);
    if (target === undefined || target.bytes === null || target.format === null) throw missing(name);
    const { buffer } = target.bytes;
    return target.format === "f32"
      ? { format: "f32", data: new Float32Array(buffer) }
      : { format: target.format, data: new Uint16Array(buffer) };
  }
}

/** The stored tensors that make up one of ours of `rows` rows, in order. */
function storedParts(config: ModelConfig, name: string, rows: number): { name: string; rows: number }[] {
  const { numHeads, numKvHeads, headDim } = config;
  const as = (part: string) => name.replace(/\.(?:qkv_proj|c_attn|gate_up_proj)\./, `.${part}.`);
  if (/\.self_attn\.(?:qkv_proj|c_attn)\.(?:weight|bias)$/.test(name)) {
    return [
      { name: as("q_proj"), rows: numHeads * headDim },
      { name: as("k_proj"), rows: numKvHeads * headDim },
      { name: as("v_proj"), rows: numKvHeads * headDim },
    ];
  }
  if (name.endsWith(".mlp.gate_up_proj.weight")) {
    return [
      { name: as("gate_proj"), rows: config.intermediateSize },
      { name: as("up_proj"), rows: config.intermediateSize },
    ];
  }
  return [{ name, rows }];
}

const bad = (problem: string) => new InferscopeError("bad-manifest", `The weights: ${problem}`);

function missing(name: string): InferscopeError {
  return new InferscopeError("missing-tensor", `The weights have no tensor ${name}`, {
    hint: "The weights do not belong to this config.json, or the upload is incomplete.",
  });
}
