/** A model folder from source to checked weights. What runs it comes after. */
import { md5 } from "hash-wasm";

import { InferscopeError, type LoadProgress } from "../../protocol/index.ts";
import { type ModelDescription, parseModelDescription } from "./config.ts";
import type { AbsentFile, FileSource, ShardProgress, WeightsFile } from "./file-source.ts";
import { absentError, readShard, readText } from "./loader.ts";
import { assertFinite } from "./not-finite.ts";
import { type Manifest, manifestNames, parseManifest } from "./manifest.ts";
import { assembleWeights, checkTensors } from "./stored-tensors.ts";
import { countParams, type LoadedWeights } from "./weights.ts";

/** The tokenizer's files as parsed JSON; `workers/tokenizer` checks what is in them. */
export interface TokenizerFiles {
  readonly tokenizer: unknown;
  /** `tokenizer_config.json`, or an empty object where there is none. */
  readonly config: unknown;
  /** `chat_template.jinja`, where newer folders keep it apart from the config. */
  readonly chatTemplate: string | null;
}

export interface LoadedModel {
  readonly id: string;
  readonly description: ModelDescription;
  readonly weights: LoadedWeights;
  /** Made by a hash: the text is noise. */
  readonly synthetic: boolean;
  readonly tokenizerFiles: TokenizerFiles;
  /** MD5 over the shards' MD5s in manifest order. */
  readonly weightsHash: string;
  /** Bytes of all shards. */
  readonly weightBytes: number;
  readonly numParams: number;
}

/** What stays of a model once its weights are with the runner. */
export type ModelFacts = Omit<LoadedModel, "weights">;

/**
 * Loads and verifies a model folder. All or nothing: rejects with an `InferscopeError` that names
 * the file, and keeps nothing. `aborted` follows the signal within one turn of the event loop.
 */
export async function loadModel(
  source: FileSource,
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const say = (stage: LoadProgress["stage"], file: string) => {
    progress({ stage, file, loadedBytes: 0, totalBytes: 0, bytesPerSecond: 0 });
  };
  say("config", "mlc-chat-config.json");
  const chatConfig = await readText(source, "mlc-chat-config.json", "bad-config", signal);
  if (!chatConfig.found) return loadHfModel(source, chatConfig, progress, signal);
  const description = parseModelDescription(chatConfig.text);
  const manifest = await readManifest(source, parseManifest, signal);
  checkTensors(description.config, description.quantization, manifest);
  say("tokenizer", "tokenizer.json");
  const tokenizerFiles = await readTokenizerFiles(source, description, signal);
  const shards = await readShards(source, manifest, progress, signal);
  return {
    id: source.id,
    description,
    synthetic: false,
    weights: assembleWeights(description.config, manifest, shards),
    tokenizerFiles,
    weightsHash: await md5(manifest.shards.map((shard) => shard.md5).join("")),
    weightBytes: manifest.totalBytes,
    numParams: countParams(description.config),
  };
}

/** A folder without an MLC config is one of safetensors, if anything. */
async function loadHfModel(
  source: FileSource,
  noChatConfig: AbsentFile,
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const file = await readText(source, "config.json", "bad-config", signal);
  if (!file.found) {
    const kind = noChatConfig.status === null ? "bad-config" : "http-status";
    throw absentError("mlc-chat-config.json (or config.json)", noChatConfig, kind);
  }
  // A chunk of its own: the first load, of the embedded model, can do without.
  const { findHfWeights, readHfDescription, readHfWeights } = await import("./hf-model.ts");
  const described = await readHfDescription(source, file.text, signal);
  progress({ stage: "tokenizer", file: "tokenizer.json", loadedBytes: 0, totalBytes: 0, bytesPerSecond: 0 });
  const tokenizerFiles = await readTokenizerFiles(source, described, signal);
  const found = await findHfWeights(source, signal);
  if (found.download !== null) await fetchShards(source, found.download, progress, signal);
  const told = (step: LoadProgress) => progress({ ...step, ...noteOf(source) });
  const { quantization, ...weights } = await readHfWeights(source, found, described, told, signal);
  return {
    ...weights,
    synthetic: false,
    id: source.id,
    description: { ...described, quantization },
    tokenizerFiles,
    numParams: countParams(described.config),
  };
}

/** parse: `parseManifest`, or `parseShardList` for whoever only moves the bytes. */
export async function readManifest<Parsed>(
  source: FileSource,
  parse: (text: string, name: string) => Parsed,
  signal: AbortSignal,
): Promise<Parsed> {
  const [name, olderName] = manifestNames;
  const file = await readText(source, name, "bad-manifest", signal);
  if (file.found) return parse(file.text, name);
  const older = await readText(source, olderName, "bad-manifest", signal);
  if (older.found) return parse(older.text, olderName);
  throw absentError(`${name} (or ${olderName})`, file, file.status === null ? "bad-manifest" : "http-status");
}

/** Throws `missing-tokenizer` or `bad-tokenizer`. */
export async function readTokenizerFiles(
  source: FileSource,
  description: Pick<ModelDescription, "tokenizerFiles">,
  signal: AbortSignal,
): Promise<TokenizerFiles> {
  const tokenizer = await readText(source, "tokenizer.json", "bad-tokenizer", signal);
  if (!tokenizer.found) {
    throw new InferscopeError("missing-tokenizer", `The model has no tokenizer.json: ${tokenizer.reason}`, {
      hint: "Convert the tokenizer to tokenizer.json (Hugging Face tokenizers) and put it beside the config.",
    });
  }
  const config = await readText(source, "tokenizer_config.json", "bad-tokenizer", signal);
  const template = description.tokenizerFiles.includes("chat_template.jinja")
    ? await readText(source, "chat_template.jinja", "bad-template", signal)
    : null;
  return {
    tokenizer: parseJson(tokenizer.text, "tokenizer.json"),
    config: config.found ? parseJson(config.text, "tokenizer_config.json") : {},
    chatTemplate: template?.found === true ? template.text : null,
  };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InferscopeError("bad-tokenizer", `${name} is not JSON`, { cause });
  }
}

const progressEveryMs = 50;

async function readShards(
  source: FileSource,
  manifest: Manifest,
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>[]> {
  await fetchShards(source, manifest, progress, signal);
  const { totalBytes } = manifest;
  const startMs = performance.now();
  let lastMs = -Infinity;
  let doneBytes = 0;
  const shards: Uint8Array<ArrayBuffer>[] = [];
  for (const shard of manifest.shards) {
    const report = (loaded: number) => {
      const nowMs = performance.now();
      if (loaded < shard.nbytes && nowMs - lastMs < progressEveryMs) return;
      lastMs = nowMs;
      const loadedBytes = doneBytes + loaded;
      const bytesPerSecond = nowMs > startMs ? (loadedBytes * 1000) / (nowMs - startMs) : 0;
      const note = noteOf(source);
      progress({ stage: "weights", file: shard.path, loadedBytes, totalBytes, bytesPerSecond, ...note });
    };
    const bytes = await readShard(source, shard, signal, report);
    for (const tensor of manifest.tensors.values()) {
      if (tensor.shardIndex !== shards.length || tensor.format === "u32") continue;
      const { name, format, byteOffset, nbytes } = tensor;
      assertFinite(name, format, bytes.subarray(byteOffset, byteOffset + nbytes));
    }
    shards.push(bytes);
    doneBytes += shard.nbytes;
  }
  return shards;
}

/** What the page says beside the progress of reading. */
function noteOf({ whyNotKept }: FileSource): { note?: string } {
  return whyNotKept == null ? {} : { note: whyNotKept };
}

/** Brings the shards in, where the source stores them, and says how far that is. */
export async function fetchShards(
  source: FileSource,
  { shards, totalBytes }: { readonly shards: readonly WeightsFile[]; readonly totalBytes: number },
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const startMs = performance.now();
  let lastMs = -Infinity;
  const report = ({ file, loadedBytes, arrivedBytes }: ShardProgress) => {
    const nowMs = performance.now();
    if (loadedBytes < totalBytes && nowMs - lastMs < progressEveryMs) return;
    lastMs = nowMs;
    const bytesPerSecond = (arrivedBytes * 1000) / Math.max(1, nowMs - startMs);
    progress({ stage: "download", file, loadedBytes, totalBytes, bytesPerSecond });
  };
  await source.fetchShards?.(shards, report, signal);
}
