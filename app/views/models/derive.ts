import {
  defaultPolicy,
  estimateMemory,
  type ModelInfo,
  type ModelPreset,
  type Quantization,
} from "../../../protocol/index.ts";

export interface EmbeddedModel {
  readonly id: string;
  readonly title: string;
  readonly note: string;
}

/** What the app carries itself. */
export const embeddedModels: readonly EmbeddedModel[] = [
  {
    id: "scope-2m-q4f16_1",
    title: "Scope, 4-bit weights",
    note: "4-bit groups of 32 with f16 scales; the one that loads at start.",
  },
  {
    id: "scope-2m-q0f16",
    title: "Scope, 16-bit weights",
    note: "The weights as they were trained, rounded to f16 only.",
  },
];

/** What is wrong with an address, in words, or null. */
export function urlProblem(text: string, base: string): string | null {
  if (text.trim() === "") return "Enter the address of a model folder.";
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    return "That is not an address.";
  }
  return url.protocol === "https:" || url.protocol === "http:"
    ? null
    : `Only http and https addresses can be loaded, not ${url.protocol}`;
}

/** The output of `sha256sum` as hashes by path, or what is wrong with it. An empty text pins nothing. */
export function parseSums(text: string): { readonly sha256: Readonly<Record<string, string>> } | string {
  const sha256: Record<string, string> = {};
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "") continue;
    const [, hash, path] = /^([0-9a-fA-F]{64}) [ *]?(?:\.\/)?(\S.*)$/.exec(line) ?? [];
    if (hash === undefined || path === undefined) return `“${line}” is not a SHA-256 sum and a file name.`;
    sha256[path] = hash.toLowerCase();
  }
  return { sha256 };
}

/** A stored model's name: the last part of its address that says something. */
export function storedName(url: string): string {
  const parts = url
    .replace(/\/resolve\/[^/]+\/$/, "/")
    .split("/")
    .filter((part) => part !== "");
  return parts.at(-1) ?? url;
}

export interface MemoryPart {
  readonly name: string;
  readonly bytes: number | null;
  readonly formula: string;
}

/** Where a model's memory goes, from its own figures; null where the backend does not tell. */
export function memoryParts(model: ModelInfo): readonly MemoryPart[] {
  const { weightBytes, kvBytesPerToken, numBlocks, blockSize } = model;
  const kv =
    kvBytesPerToken === null || numBlocks === null || blockSize === null
      ? null
      : kvBytesPerToken * numBlocks * blockSize;
  return [
    { name: "Weights", bytes: weightBytes, formula: "sum of the tensors' bytes as stored" },
    { name: "KV pool", bytes: kv, formula: "blocks × block size × KV bytes per token" },
  ];
}

/** What a synthetic model will take, before it is loaded. */
export function syntheticParts(
  preset: ModelPreset,
  quantization: Quantization,
  kvTokens: number,
): readonly MemoryPart[] {
  const { weights, kvPerToken, scratch } = estimateMemory(preset, quantization);
  return [
    {
      name: "Weights",
      bytes: weights,
      formula: "sum of the matrices as packed for the kernels, and the norms",
    },
    {
      name: "KV pool",
      bytes: kvTokens * kvPerToken,
      formula: "tokens × 2 × layers × KV heads × head size × 4 bytes",
    },
    { name: "Scratch", bytes: scratch, formula: "activations of 512 rows, logits of the samples" },
  ];
}

/** Blocks of the pool for so many tokens. */
export const blocksFor = (kvTokens: number): number => Math.ceil(kvTokens / defaultPolicy.blockSize);

/** Tokens of the KV pool on offer. */
const kvSizes = ["512", "2048", "8192", "32768"] as const;
export type KvChoice = (typeof kvSizes)[number];
export const kvChoices = kvSizes.map((value) => ({
  value,
  label: `${Number(value).toLocaleString("en-US")} tokens`,
}));
