import fc from "fast-check";
import { expect, it } from "vitest";

import { drawn } from "../engine/testing/drawn.ts";
import { InferscopeError } from "../../protocol/index.ts";
import type { SamplerInput } from "../engine/model-runner.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { type ModelFiles, randomModel } from "../testing/random-model.ts";
import { changeHeader, randomSafetensors } from "../testing/random-safetensors.ts";
import { propertyRuns, soakTimeoutMs, startSoak } from "../testing/soak.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import { CpuRunner } from "./cpu-runner.ts";
import { loadModel } from "./load-model.ts";

const greedy: SamplerInput = {
  temperature: 0,
  topK: 0,
  topP: 1,
  seed: 0,
  outputIndex: 0,
  logprobs: 1,
  allowedTokens: null,
};

/** Loads the folder as a backend does, and runs one token where it loads. */
async function use(files: ModelFiles): Promise<void> {
  const model = await loadModel(new MemorySource(files), () => undefined, new AbortController().signal);
  const { config, convTemplate } = model.description;
  const tokenizer = new Tokenizer({ ...model.tokenizerFiles, convTemplate });
  tokenizer.encodePrompt({ type: "messages", messages: [{ role: "user", content: "the <|end|> ü" }] });
  tokenizer.decode(tokenizer.encodePrompt({ type: "text", text: "the end" }).tokenIds);
  const runner = new CpuRunner(config, model.weights);
  await runner.allocateKv({ numBlocks: 1, blockSize: 4 });
  const sampled = await runner.run([{ tokenIds: [1], startPosition: 0, blockTable: [0], sampler: greedy }]);
  expect(drawn(sampled.samples[0]).tokenId).toBeLessThan(config.vocabSize);
}

/** A value as a careless or a hostile author may write it. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    "",
    "x",
    -1,
    0,
    1,
    3,
    1.5,
    7,
    1e9,
    2 ** 31,
    2 ** 53,
    1e300,
    [],
    {},
    [1],
    ["a"],
    { type: "x" },
  ),
  fc.string({ maxLength: 8 }),
  fc.integer({ min: -3, max: 600 }),
  fc.constantFrom(
    "{{",
    "{% for x in messages %}",
    "{{ messages[9].content }}",
    "{{ undefined.a.b }}",
    "{{ bos_token * 3 }}",
  ),
);

type Path = readonly (string | number)[];

function paths(value: unknown, prefix: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [prefix];
  const entries = Object.entries(value).slice(0, 12);
  return [prefix, ...entries.flatMap(([key, inner]) => paths(inner, [...prefix, key]))];
}

/** The value with the part at `path` replaced, or removed where `to` is undefined. */
function replaced(value: unknown, path: Path, to: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  const copy: Record<string | number, unknown> | unknown[] = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as object) };
  const inner = (copy as Record<string | number, unknown>)[key];
  (copy as Record<string | number, unknown>)[key] = replaced(inner, rest, to);
  return copy;
}

interface Folder {
  readonly name: string;
  readonly files: () => ModelFiles | Promise<ModelFiles>;
  readonly jsonFiles: readonly string[];
  readonly runs: readonly [normal: number, soak: number];
  /** Errors that mutations must have met. */
  readonly kinds: readonly string[];
}

const tinyConfig = {
  hiddenSize: 8,
  intermediateSize: 12,
  numLayers: 1,
  numHeads: 2,
  numKvHeads: 1,
  vocabSize: 272,
};
const tokenizerFiles = ["tokenizer.json", "tokenizer_config.json"];

const folders: readonly Folder[] = [
  {
    name: "MLC",
    files: () => randomModel({ config: tinyConfig, quantization: "q4f16_1", shardBytes: 4000 }),
    jsonFiles: ["mlc-chat-config.json", "tensor-cache.json", ...tokenizerFiles],
    runs: [5000, 1_000_000],
    kinds: [
      "bad-config",
      "bad-manifest",
      "corrupt-shard",
      "truncated-shard",
      "bad-tokenizer",
      "bad-template",
    ],
  },
  {
    name: "safetensors",
    files: () => randomSafetensors({ config: tinyConfig, numFiles: 2 }),
    jsonFiles: [
      "config.json",
      "generation_config.json",
      "model.safetensors.index.json",
      "model-00001-of-00002.safetensors",
      ...tokenizerFiles,
    ],
    runs: [1000, 200_000],
    kinds: [
      "bad-config",
      "bad-manifest",
      "missing-tensor",
      "truncated-shard",
      "bad-tokenizer",
      "bad-template",
    ],
  },
];

/** A JSON file, or the header of a safetensors file. */
const isWeights = (path: string) => path.endsWith(".safetensors");

function readJson(files: ModelFiles, path: string): unknown {
  const bytes = files.get(path)!;
  if (!isWeights(path)) return JSON.parse(new TextDecoder().decode(bytes));
  let header: unknown;
  changeHeader(bytes, (value) => (header = value));
  return header;
}

function writeJson(files: ModelFiles, path: string, value: unknown): Uint8Array<ArrayBuffer> {
  if (isWeights(path)) return changeHeader(files.get(path)!, () => value);
  return new TextEncoder().encode(JSON.stringify(value));
}

it.each(folders)(
  "mutated folders of $name load, or fail with a typed error",
  async ({ files: makeFiles, jsonFiles, runs, kinds }) => {
    const files = await makeFiles();
    const text = (path: string) => new TextDecoder().decode(files.get(path));
    const parsed = new Map(jsonFiles.map((path) => [path, readJson(files, path)]));
    const places = jsonFiles.flatMap((path) => paths(parsed.get(path)).map((at) => [path, at] as const));
    const encode = (value: string) => new TextEncoder().encode(value);

    const value = fc
      .tuple(fc.constantFrom(...places), fc.option(oddValue, { nil: undefined, freq: 5 }))
      .map(
        ([[path, at], to]) =>
          [path, writeJson(files, path, replaced(parsed.get(path), at, to) ?? null)] as const,
      );
    const characters = fc
      .tuple(
        fc.constantFrom(...jsonFiles.filter((path) => !isWeights(path))),
        fc.nat(),
        fc.nat(20),
        fc.string({ maxLength: 3 }),
      )
      .map(([path, start, length, insert]) => {
        const original = text(path);
        const cut = start % original.length;
        return [path, encode(original.slice(0, cut) + insert + original.slice(cut + length))] as const;
      });
    const bytes = fc
      .tuple(fc.constantFrom(...files.keys()), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean())
      .map(([path, position, change, truncate]) => {
        const copy = files.get(path)!.slice();
        copy[position % copy.length]! ^= change;
        return [path, truncate ? copy.subarray(0, position % copy.length).slice() : copy] as const;
      });

    const soak = startSoak();
    const outcomes = new Map<string, number>();
    const mutation = fc.oneof(
      { weight: 7, arbitrary: value },
      { weight: 2, arbitrary: characters },
      { weight: 2, arbitrary: bytes },
    );
    await fc.assert(
      fc.asyncProperty(mutation, async ([path, content]) => {
        let outcome = "loaded";
        try {
          await use(new Map(files).set(path, content));
        } catch (error) {
          if (!(error instanceof InferscopeError)) throw error;
          expect(error.message.length).toBeGreaterThan(10);
          outcome = error.kind;
        }
        expect(outcome).not.toBe("internal");
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      propertyRuns(...runs),
    );
    soak.report(
      [...outcomes.values()].reduce((sum, count) => sum + count, 0),
      "mutated folders",
    );
    console.log(Object.fromEntries(outcomes));
    expect(outcomes.get("loaded")).toBeGreaterThan(100);
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining([...kinds]));
  },
  soakTimeoutMs,
);
