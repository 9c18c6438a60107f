import { describe, expect, it } from "vitest";

import { drawn } from "../engine/testing/drawn.ts";
import type { ModelConfig, Quantization } from "../../protocol/index.ts";
import type { SamplerInput, SequenceInput } from "../engine/model-runner.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { type ModelFiles, oddConfig, randomModel, xorshift } from "../testing/random-model.ts";
import { CpuRunner } from "./cpu-runner.ts";
import { loadModel } from "./load-model.ts";

const greedy: SamplerInput = {
  temperature: 0,
  topK: 0,
  topP: 1,
  seed: 0,
  outputIndex: 0,
  logprobs: 0,
  allowedTokens: null,
};

async function openRunner(files: ModelFiles, blockSize = 5, numBlocks = 64): Promise<CpuRunner> {
  const { description, weights } = await loadModel(
    new MemorySource(files),
    () => undefined,
    new AbortController().signal,
  );
  const runner = new CpuRunner(description.config, weights);
  await runner.allocateKv({ numBlocks, blockSize });
  return runner;
}

const shapes: readonly (readonly [string, Partial<ModelConfig>, Quantization])[] = [
  ["head_dim 8, K = 172, f16", {}, "q0f16"],
  ["bf16, untied head", { tieWordEmbeddings: false }, "q0f32"],
  ["q4f16_1, K = 172", { hiddenSize: 172, headDim: 64, numHeads: 3, numKvHeads: 1 }, "q4f16_1"],
  ["q4f32_1, untied", { hiddenSize: 33, vocabSize: 300, tieWordEmbeddings: false }, "q4f32_1"],
  ["one KV head per query head", { numHeads: 3, numKvHeads: 3, numLayers: 3 }, "q0f16"],
  ["qwen2: bias", { architecture: "qwen2", ropeTheta: 1e6 }, "q4f16_1"],
  ["qwen3: q and k norm", { architecture: "qwen3", headDim: 16 }, "q0f16"],
  [
    "llama 3 rope scaling",
    {
      headDim: 32,
      ropeScaling: { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositionEmbeddings: 64 },
    },
    "q0f16",
  ],
];

describe("against a forward pass written apart from the references", () => {
  it.each(shapes)("%s", async (_, change, quantization) => {
    const config = { ...oddConfig, ...change };
    const files = await randomModel({ config, quantization, seed: 7 });
    const random = xorshift(3);
    const tokenIds = Array.from({ length: 23 }, () => Math.floor(random() * config.vocabSize));
    const runner = await openRunner(files);
    const [logits] = runner.logits([
      { tokenIds, startPosition: 0, blockTable: [9, 2, 31, 0, 17], sampler: greedy },
    ]);
    const expected = plainForward(files, config, tokenIds);
    expect(logits).toHaveLength(expected.length);
    const scale = Math.max(...expected.map(Math.abs));
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - logits![i]!)));
    expect(scale).toBeGreaterThan(0.1);
    expect(worst / scale).toBeLessThan(1e-4);
  });
});

describe("a sequence's result", () => {
  it("does not depend on the batch, on chunks or on where its blocks lie", async () => {
    const runner = await openRunner(await randomModel({ quantization: "q4f16_1" }));
    const tokenIds = Array.from({ length: 17 }, (_, i) => (i * 37) % 512);
    const whole = (blockTable: number[], ids = tokenIds): SequenceInput => ({
      tokenIds: ids,
      startPosition: 0,
      blockTable,
      sampler: greedy,
    });
    const [alone] = runner.logits([whole([0, 1, 2, 3])]);
    const others = [whole([20, 21], [1, 2, 3]), whole([30, 31], [4, 5, 6, 7, 8, 9])];
    expect(runner.logits([others[0]!, whole([40, 12, 8, 50]), others[1]!])[1]).toEqual(alone);
    runner.logits([{ ...whole([7, 60, 33, 5], tokenIds.slice(0, 7)), sampler: null }]);
    const rest = {
      tokenIds: tokenIds.slice(7),
      startPosition: 7,
      blockTable: [7, 60, 33, 5],
      sampler: greedy,
    };
    expect(runner.logits([others[1]!, rest])[1]).toEqual(alone);
  });

  it("draws the same from the same seed, and reports log-probabilities", async () => {
    const runner = await openRunner(await randomModel());
    const sequence = (seed: number): SequenceInput => ({
      tokenIds: [5, 6, 7],
      startPosition: 0,
      blockTable: [0],
      sampler: { ...greedy, temperature: 1, seed, logprobs: 3 },
    });
    const ids = async (seed: number) => drawn((await runner.run([sequence(seed)])).samples[0]).tokenId;
    expect(await ids(1)).toBe(await ids(1));
    const many = new Set(await Promise.all(Array.from({ length: 20 }, (_, seed) => ids(seed))));
    expect(many.size).toBeGreaterThan(5);
    const { samples } = await runner.run([sequence(1), { ...sequence(2), sampler: null }]);
    expect(drawn(samples[0]).topLogprobs).toHaveLength(3);
    expect(samples[1]).toBeNull();
  });
});

/** Reads tensors of the folder by its manifest, into plain arrays of rows. */
function reader(files: ModelFiles) {
  const manifest = JSON.parse(new TextDecoder().decode(files.get("tensor-cache.json"))) as {
    records: {
      dataPath: string;
      records: { name: string; shape: number[]; dtype: string; byteOffset: number }[];
    }[];
  };
  const find = (name: string) => {
    for (const shard of manifest.records) {
      const record = shard.records.find((one) => one.name === name);
      const bytes = files.get(shard.dataPath);
      if (record !== undefined && bytes !== undefined)
        return { ...record, view: new DataView(bytes.buffer, record.byteOffset) };
    }
    return null;
  };
  const half = (bits: number) => {
    const magnitude =
      (bits & 0x7c00) === 0
        ? (bits & 0x3ff) / 2 ** 24
        : (1024 + (bits & 0x3ff)) * 2 ** (((bits >> 10) & 31) - 25);
    return bits >> 15 ? -magnitude : magnitude;
  };
  const values = (name: string): number[] => {
    const { view, shape, dtype } = find(name)!;
    return Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => {
      if (dtype === "float16") return half(view.getUint16(2 * i, true));
      const wide = new DataView(new ArrayBuffer(4));
      wide.setUint16(2, view.getUint16(2 * i, true), true);
      return wide.getFloat32(0, true);
    });
  };
  const matrix = (name: string, n: number, k: number): number[][] => {
    const words = find(`${name}.q_weight`)?.view;
    const groups = Math.ceil(k / 32);
    const flat = values(words === undefined ? `${name}.weight` : `${name}.q_scale`);
    return Array.from({ length: n }, (_, row) =>
      Array.from({ length: k }, (__, column) => {
        if (words === undefined) return flat[row * k + column]!;
        const byte = words.getUint8(row * groups * 16 + (column >> 1));
        const nibble = column % 2 === 0 ? byte & 15 : byte >> 4;
        return (nibble - 7) * flat[row * groups + (column >> 5)]!;
      }),
    );
  };
  return { values, matrix };
}

/** A decoder over the whole sequence at once: no pages, no cache, every head's keys spelled out. */
function plainForward(files: ModelFiles, config: ModelConfig, tokenIds: readonly number[]): number[] {
  const { values, matrix } = reader(files);
  const { hiddenSize, headDim, numHeads, numKvHeads, intermediateSize, architecture } = config;
  const times = (rows: number[][], x: number[]) =>
    rows.map((row) => row.reduce((sum, w, i) => sum + w * x[i]!, 0));
  const add = (a: number[], b: number[]) => a.map((value, i) => value + b[i]!);
  const norm = (x: number[], weight: number[]) => {
    const scale =
      1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + config.rmsNormEps);
    return x.map((value, i) => value * scale * weight[i]!);
  };
  const rotate = (head: number[], position: number) =>
    head.map((value, i) => {
      const pair = i % (headDim / 2);
      let frequency = 1 / config.ropeTheta ** ((2 * pair) / headDim);
      const scaling = config.ropeScaling;
      if (scaling !== null) {
        const wavelength = (2 * Math.PI) / frequency;
        const low = scaling.originalMaxPositionEmbeddings / scaling.lowFreqFactor;
        const high = scaling.originalMaxPositionEmbeddings / scaling.highFreqFactor;
        if (wavelength > low) frequency /= scaling.factor;
        else if (wavelength >= high) {
          const smooth =
            (scaling.originalMaxPositionEmbeddings / wavelength - scaling.lowFreqFactor) /
            (scaling.highFreqFactor - scaling.lowFreqFactor);
          frequency = ((1 - smooth) * frequency) / scaling.factor + smooth * frequency;
        }
      }
      const other = i < headDim / 2 ? -head[i + headDim / 2]! : head[i - headDim / 2]!;
      return value * Math.cos(position * frequency) + other * Math.sin(position * frequency);
    });
  const table = matrix("model.embed_tokens", config.vocabSize, hiddenSize);
  let x = tokenIds.map((id) => table[id]!);
  for (let layer = 0; layer < config.numLayers; layer += 1) {
    const prefix = `model.layers.${layer}`;
    const qkvName = `${prefix}.self_attn.${architecture === "llama" ? "qkv_proj" : "c_attn"}`;
    const qkv = matrix(qkvName, (numHeads + 2 * numKvHeads) * headDim, hiddenSize);
    const heads = x.map((row, position) => {
      let all = times(qkv, norm(row, values(`${prefix}.input_layernorm.weight`)));
      if (architecture === "qwen2") all = add(all, values(`${qkvName}.bias`));
      return Array.from({ length: numHeads + 2 * numKvHeads }, (_, head) => {
        const part = all.slice(head * headDim, (head + 1) * headDim);
        if (head >= numHeads + numKvHeads) return part;
        const name = head < numHeads ? "q_norm" : "k_norm";
        return rotate(
          architecture === "qwen3" ? norm(part, values(`${prefix}.self_attn.${name}.weight`)) : part,
          position,
        );
      });
    });
    const output = matrix(`${prefix}.self_attn.o_proj`, hiddenSize, numHeads * headDim);
    const gateUp = matrix(`${prefix}.mlp.gate_up_proj`, 2 * intermediateSize, hiddenSize);
    const down = matrix(`${prefix}.mlp.down_proj`, hiddenSize, intermediateSize);
    x = x.map((row, position) => {
      const attended = Array.from({ length: numHeads }, (_, head) => {
        const kvHead = numHeads + Math.floor((head * numKvHeads) / numHeads);
        const seen = heads.slice(0, position + 1);
        const scores = seen.map((one) =>
          Math.exp(times([one[kvHead]!], heads[position]![head]!)[0]! / Math.sqrt(headDim)),
        );
        const total = scores.reduce((a, b) => a + b);
        return Array.from({ length: headDim }, (_, i) =>
          seen.reduce((sum, one, j) => sum + (scores[j]! / total) * one[kvHead + numKvHeads]![i]!, 0),
        );
      }).flat();
      const middle = add(row, times(output, attended));
      const both = times(gateUp, norm(middle, values(`${prefix}.post_attention_layernorm.weight`)));
      const inner = both
        .slice(0, intermediateSize)
        .map((gate, i) => (gate / (1 + Math.exp(-gate))) * both[intermediateSize + i]!);
      return add(middle, times(down, inner));
    });
  }
  const head = config.tieWordEmbeddings ? table : matrix("lm_head", config.vocabSize, hiddenSize);
  return times(head, norm(x.at(-1)!, values("model.norm.weight")));
}
