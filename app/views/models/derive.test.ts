import { describe, expect, it } from "vitest";

import { modelPresets, type ModelInfo } from "../../../protocol/index.ts";
import { blocksFor, memoryParts, parseSums, syntheticParts, urlProblem } from "./derive.ts";

describe("models derive", () => {
  it("takes relative and absolute addresses, and says what it does not take", () => {
    expect(urlProblem("models/x/", "http://localhost/")).toBeNull();
    expect(urlProblem("https://example.org/m/", "http://localhost/")).toBeNull();
    expect(urlProblem("javascript:alert(1)", "http://localhost/")).toContain("javascript:");
    expect(urlProblem("  ", "http://localhost/")).not.toBeNull();
    expect(urlProblem("http://", "http://localhost/")).not.toBeNull();
  });

  it("does not guess memory", () => {
    const known = { weightBytes: 10, kvBytesPerToken: 4, numBlocks: 3, blockSize: 2 } as ModelInfo;
    expect(memoryParts(known).map(({ bytes }) => bytes)).toEqual([10, 24]);
    expect(memoryParts({ ...known, numBlocks: null }).map(({ bytes }) => bytes)).toEqual([10, null]);
  });

  it("estimates a synthetic model by its shape, its format and the KV pool", () => {
    const preset = modelPresets.find(({ name }) => name === "Llama-3.2-1B shape")!;
    const [weights, kv, scratch] = syntheticParts(preset, "q4f16_1", 2048).map(({ bytes }) => bytes!);
    expect(weights! / (1_235_814_400 * 0.5625)).toBeCloseTo(1, 2);
    expect(kv).toBe(2048 * 16 * 8 * 64 * 2 * 4);
    expect(scratch).toBeGreaterThan(2 ** 26);
    expect(syntheticParts(preset, "q0f16", 2048)[0]!.bytes! / weights!).toBeCloseTo(2 / 0.5625, 2);
    expect(blocksFor(2048)).toBe(128);
  });
});

describe("pasted SHA-256 sums", () => {
  const hash = "0123456789abcdef".repeat(4);

  it("are read as sha256sum writes them", () => {
    const text = `${hash}  ./params_shard_0.bin\n\n${hash.toUpperCase()} *a/tokenizer.json\n`;
    expect(parseSums(text)).toEqual({
      sha256: { "params_shard_0.bin": hash, "a/tokenizer.json": hash },
    });
    expect(parseSums(" \n")).toEqual({ sha256: {} });
  });

  it.each([hash, `${hash.slice(1)}  a.bin`, "a.bin"])("%s is said to be wrong", (text) => {
    expect(parseSums(text)).toMatch(/is not a SHA-256 sum/);
  });
});
