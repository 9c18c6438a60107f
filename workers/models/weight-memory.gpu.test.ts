import { expect, it } from "vitest";

import type { Weight } from "../kernels/weight.ts";
import { WeightMemory } from "./weight-memory.ts";
import type { LoadedWeights } from "./weights.ts";

// In a browser, as Node 20 frees what nobody holds whenever it likes.
it("frees a shard with the last of its tensors, and a tied head once", () => {
  const [shard, own] = [new ArrayBuffer(64), new ArrayBuffer(32)];
  const matrix = (buffer: ArrayBuffer, from: number): Weight => ({
    format: "bf16",
    shape: [2, 2],
    data: new Uint16Array(buffer, from, 4),
  });
  const embedding = matrix(own, 0);
  const layer = {
    inputNorm: new Float32Array(shard, 0, 2),
    qkv: matrix(shard, 8),
    qkvBias: null,
    qkNorm: null,
    output: matrix(shard, 16),
    postAttentionNorm: new Float32Array(shard, 24, 2),
    gateUp: matrix(shard, 32),
    down: matrix(shard, 40),
  };
  const weights: LoadedWeights = {
    embedding,
    layers: [layer],
    finalNorm: new Float32Array(shard, 48, 2),
    lmHead: embedding,
  };
  const memory = new WeightMemory(weights);
  memory.free(embedding);
  expect([own.byteLength, shard.byteLength]).toEqual([0, 64]);
  const { inputNorm, qkv, output, postAttentionNorm, gateUp, down } = layer;
  for (const tensor of [inputNorm, qkv, output, postAttentionNorm, gateUp, down]) memory.free(tensor);
  expect(shard.byteLength).toBe(64);
  memory.free(weights.finalNorm);
  expect(shard.byteLength).toBe(0);
});
