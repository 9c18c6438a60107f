import {
  estimateMemory,
  type AdapterInfo,
  type CatalogModel,
  type ModelConfig,
  type ModelFacts,
  type Quantization,
} from "../../../protocol/index.ts";

export const engines = ["paged", "web-llm"] as const;
export type CatalogEngine = (typeof engines)[number];

export type MemoryChoice = "any" | "1" | "2" | "4" | "8" | "16";
export type EngineChoice = "either" | CatalogEngine | "all";
export type SortChoice = "memory" | "download" | "name";

/** Values in GB. */
export const memoryChoices: readonly { readonly value: MemoryChoice; readonly label: string }[] = [
  { value: "any", label: "any" },
  ...(["1", "2", "4", "8", "16"] as const).map((value) => ({ value, label: `up to ${value} GB` })),
];

export interface CatalogFilter {
  /** Words, all of which must be in the id, the family or the licence. */
  readonly query: string;
  readonly engine: EngineChoice;
  readonly memory: MemoryChoice;
  readonly sort: SortChoice;
  /** Tokens of our engine's KV pool, which its memory depends on. */
  readonly kvTokens: number;
}

/** A size with where it is from. */
export interface KnownBytes {
  readonly bytes: number;
  readonly source: string;
  readonly isEstimate: boolean;
}

export interface PagedMemory {
  readonly weights: number;
  readonly kv: number;
  readonly scratch: number;
  readonly total: number;
  readonly isEstimate: boolean;
}

/** What our engine will take; null where the shape is not known before the files are read. */
export function pagedMemory(
  model: CatalogModel,
  facts: ModelFacts | null,
  kvTokens: number,
): PagedMemory | null {
  const shape = facts?.config ?? model.shape;
  const quantization = quantizationOf(facts?.quantization ?? model.quantization);
  if (shape === null || quantization === null) return null;
  const { weights, kvPerToken, scratch } = estimateMemory(shape, quantization);
  const kv = kvTokens * kvPerToken;
  return { weights, kv, scratch, total: weights + kv + scratch, isEstimate: facts?.config == null };
}

/** What a download brings: as its manifest says, or by the shape, or by the parameters in its name. */
export function downloadBytes(model: CatalogModel, facts: ModelFacts | null): KnownBytes | null {
  if (facts !== null && facts.weightBytes !== null) {
    return { bytes: facts.weightBytes, source: "sum of the files in its manifest", isEstimate: false };
  }
  const quantization = quantizationOf(model.quantization);
  if (quantization === null) return null;
  if (model.shape !== null) {
    return {
      bytes: estimateMemory(model.shape, quantization).weights,
      source: `the shape's matrices in ${quantization}: ${bitsText(quantization)}`,
      isEstimate: true,
    };
  }
  const params = nominalParams(model.id);
  if (params === null) return null;
  return {
    bytes: (params * bitsPerWeight(quantization)) / 8,
    source: `the parameters in its name × ${bitsText(quantization)}`,
    isEstimate: true,
  };
}

/** Why the KV pool does not fit this adapter, or null. As `GpuModelRunner.maxNumBlocks` counts. */
export function kvProblem(shape: ModelConfig, kvTokens: number, adapter: AdapterInfo | null): string | null {
  const { kvPerToken } = estimateMemory(shape, "q4f16_1");
  if (kvTokens * kvPerToken > 2 ** 31) {
    return `a KV pool of ${kvTokens} tokens is more than the engine's 2 GiB: choose fewer`;
  }
  const { maxBufferSize = Infinity, maxStorageBufferBindingSize = Infinity } = adapter?.limits ?? {};
  const buffer = (kvTokens * kvPerToken) / (2 * shape.numLayers);
  return buffer > Math.min(maxBufferSize, maxStorageBufferBindingSize)
    ? `a KV pool of ${kvTokens} tokens needs buffers of ${buffer} bytes, more than this adapter's: choose fewer`
    : null;
}

/** What a model may take without a word of caution. */
export interface MemoryBudget {
  readonly bytes: number;
  /** In words, to follow the bytes. */
  readonly source: string;
}

/** Pages are not told how much memory a GPU has: what was chosen, else half of what the device reports, else none. */
export function memoryBudget(choice: MemoryChoice, reportedGb: number | null): MemoryBudget | null {
  if (choice !== "any") return { bytes: Number(choice) * 1e9, source: "the GPU memory that you chose" };
  if (reportedGb === null) return null;
  return { bytes: reportedGb * 5e8, source: `half of the ${reportedGb} GB that this device reports` };
}

export function memoryCaution(bytes: number | null, budget: MemoryBudget | null): string | null {
  return bytes !== null && budget !== null && bytes > budget.bytes ? `more than ${budget.source}` : null;
}

/** As searched, models that can run first. What has no known size fits no limit, and comes last. */
export function searchCatalog(
  models: readonly CatalogModel[],
  filter: CatalogFilter,
  factsOf: (model: CatalogModel) => ModelFacts | null = () => null,
): readonly CatalogModel[] {
  const words = filter.query.toLowerCase().split(/\s+/).filter(Boolean);
  const most = filter.memory === "any" ? Infinity : Number(filter.memory) * 1e9;
  const size = (model: CatalogModel): number => leastMemory(model, filter, factsOf(model));
  const order: Record<SortChoice, (a: CatalogModel, b: CatalogModel) => number> = {
    memory: (a, b) => compare(size(a), size(b)),
    download: (a, b) =>
      compare(
        downloadBytes(a, factsOf(a))?.bytes ?? Infinity,
        downloadBytes(b, factsOf(b))?.bytes ?? Infinity,
      ),
    name: (a, b) => a.id.localeCompare(b.id),
  };
  return models
    .filter(({ id, family }) => {
      const text = `${id} ${family?.name ?? ""} ${family?.licence ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .filter((model) => runsIn(model, filter.engine))
    .filter((model) => most === Infinity || size(model) <= most)
    .toSorted(
      (a, b) =>
        Number(b.own) - Number(a.own) ||
        Number(runsIn(b, "either")) - Number(runsIn(a, "either")) ||
        order[filter.sort](a, b) ||
        a.id.localeCompare(b.id),
    );
}

export function runsIn({ fits }: CatalogModel, engine: EngineChoice): boolean {
  if (engine === "all") return true;
  if (engine !== "either") return fits[engine].unavailableReason === null;
  return engines.some((name) => fits[name].unavailableReason === null);
}

/** In the engines that are looked at, the one that takes less. */
function leastMemory(model: CatalogModel, filter: CatalogFilter, facts: ModelFacts | null): number {
  const { engine, kvTokens } = filter;
  const counts = (name: CatalogEngine) =>
    engine === name ||
    (engine !== "paged" && engine !== "web-llm" && model.fits[name].unavailableReason === null);
  const paged = counts("paged") ? (pagedMemory(model, facts, kvTokens)?.total ?? Infinity) : Infinity;
  const webLlm = counts("web-llm") ? (model.vramBytes ?? Infinity) : Infinity;
  return Math.min(paged, webLlm);
}

const compare = (a: number, b: number): number => (a === b ? 0 : a - b);

function quantizationOf(name: string | null): Quantization | null {
  return name === "q4f16_1" || name === "q4f32_1" || name === "q0f16" || name === "q0f32" ? name : null;
}

// MLC stores 32-bit numbers as bf16: the f32 formats are as large as the f16 ones.
const bitsPerWeight = (quantization: Quantization): number => (quantization.startsWith("q4") ? 4.5 : 16);
const bitsText = (quantization: Quantization): string =>
  quantization.startsWith("q4") ? "4 bits and a 16-bit scale for 32 of them" : "16 bits each";

/** "Mistral-7B" is 7e9, "stablelm-2-zephyr-1_6b" 1.6e9; null where the name has no number. */
export function nominalParams(id: string): number | null {
  const found = /[-_](\d+(?:[._]\d+)?)([bm])(?=[-_]|$)/i.exec(id);
  if (found === null) return null;
  const count = Number(found[1]?.replace("_", "."));
  return count * (found[2]?.toLowerCase() === "b" ? 1e9 : 1e6);
}

/** The page of a model: its address without the part that names files. */
export function modelPage(url: string): string {
  return url.replace(/\/resolve\/[^/]+\/$/, "");
}
