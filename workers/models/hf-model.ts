/** A folder as Hugging Face's transformers write it, from its config.json to checked weights. */
import { md5 } from "hash-wasm";

import type { LoadProgress } from "../../protocol/index.ts";
import type { ModelDescription } from "./config.ts";
import type { FileSource, WeightsFile } from "./file-source.ts";
import { parseHfConfig } from "./hf-config.ts";
import { readText } from "./loader.ts";
import {
  findCheckpoint,
  measureFiles,
  readSafetensors,
  WeightProgress,
  type Checkpoint,
} from "./safetensors.ts";
import { TensorPlan } from "./tensor-plan.ts";
import type { ModelWeights } from "./weights.ts";

export async function readHfDescription(
  source: FileSource,
  configText: string,
  signal: AbortSignal,
): Promise<Omit<ModelDescription, "quantization">> {
  const generation = await readText(source, "generation_config.json", "bad-config", signal);
  return parseHfConfig(configText, generation.found ? generation.text : null);
}

export interface FoundWeights extends Checkpoint {
  /** What is to be stored before it is read; null where the source stores nothing. */
  readonly download: { readonly shards: readonly WeightsFile[]; readonly totalBytes: number } | null;
}

export async function findHfWeights(source: FileSource, signal: AbortSignal): Promise<FoundWeights> {
  const checkpoint = await findCheckpoint(source, signal);
  if (source.fetchShards === undefined) return { ...checkpoint, download: null };
  const shards = await measureFiles(source, checkpoint.paths, signal);
  const totalBytes = shards.reduce((sum, { nbytes }) => sum + nbytes, 0);
  return { ...checkpoint, download: { shards, totalBytes } };
}

export interface HfWeights {
  readonly weights: ModelWeights;
  readonly quantization: ModelDescription["quantization"];
  /** MD5 over the files' MD5s in the order of their names. */
  readonly weightsHash: string;
  readonly weightBytes: number;
}

/** All or nothing, as for MLC. The q, k, v and gate, up projections become one matrix each. */
export async function readHfWeights(
  source: FileSource,
  { paths, names, claimedBytes }: Checkpoint,
  { config }: Omit<ModelDescription, "quantization">,
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<HfWeights> {
  let plan = names === null ? null : new TensorPlan(config, names);
  let totalBytes = claimedBytes;
  const told = new WeightProgress(progress);
  const hashes: string[] = [];
  for (const path of paths) {
    const hash = await readSafetensors(
      source,
      path,
      {
        place: (entries) => {
          const used = (plan ??= new TensorPlan(config, new Set(entries.map(({ name }) => name))));
          if (names === null) totalBytes = entries.at(-1)?.end ?? 0;
          return entries.map((entry) => used.place(entry));
        },
        onBytes: (bytes) => told.add(path, bytes, totalBytes),
      },
      signal,
    );
    hashes.push(hash);
  }
  if (plan === null) throw new Error("no file of weights was read");
  return {
    weights: plan.weights(),
    quantization: plan.format,
    weightsHash: await md5(hashes.join("")),
    weightBytes: plan.bytes,
  };
}
