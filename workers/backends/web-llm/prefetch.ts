/**
 * Brings a model's files into WebLLM's own caches before WebLLM looks for them: in parallel,
 * resumed, with the bytes counted, and every shard checked against the manifest's MD5, which
 * WebLLM itself does not do. The library comes before the weights: what is wrong with it shows
 * before gigabytes are fetched.
 */
import { md5 } from "hash-wasm";

import { InferscopeError, type LoadProgress } from "../../../protocol/index.ts";
import { hasModelStorage } from "../../models/downloads/model-storage.ts";
import { StoredSource } from "../../models/downloads/stored-source.ts";
import { fetchShards, readManifest } from "../../models/load-model.ts";
import { absentError, readText } from "../../models/loader.ts";
import { parseShardList } from "../../models/manifest.ts";
import type { Part } from "./errors.ts";
import { fetchLibrary } from "./library.ts";

/** What the files tell of the model; null where they do not. */
export interface ModelFiles {
  readonly architecture: string | null;
  readonly contextWindow: number | null;
  readonly vocabSize: number | null;
  /** Of all shards; null where the browser stores nothing, and WebLLM fetches by itself. */
  readonly weightBytes: number | null;
  /** MD5 over the shards' MD5s in manifest order. */
  readonly weightsHash: string | null;
}

export const noFiles: ModelFiles = {
  architecture: null,
  contextWindow: null,
  vocabSize: null,
  weightBytes: null,
  weightsHash: null,
};

/**
 * folder: with a slash at its end. onPart: what is fetched from here on. Throws as the loader of
 * our own engine does: `network`, `http-status`, `bad-config`, `bad-manifest`, `corrupt-shard`...
 */
export async function prefetch(
  folder: string,
  library: string,
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
  onPart: (part: Part, url: string) => void,
): Promise<ModelFiles> {
  if (!hasModelStorage()) return noFiles;
  const source = new StoredSource(folder, folder);
  const say = (file: string) =>
    progress({ stage: "config", file, loadedBytes: 0, totalBytes: 0, bytesPerSecond: 0 });
  const configName = "mlc-chat-config.json";
  onPart("configuration", folder);
  say(configName);
  const file = await readText(source, configName, "bad-config", signal);
  if (!file.found) throw absentError(configName, file, "http-status");
  const config = parseConfig(file.text);
  onPart("library", library);
  say(library.slice(library.lastIndexOf("/") + 1));
  await fetchLibrary(library, signal);
  onPart("weights or tokenizer", folder);
  const manifest = await readManifest(source, parseShardList, signal);
  // Read here to be stored: WebLLM then finds it, without a network too.
  if (config.tokenizerFiles.includes("tokenizer.json")) {
    const tokenizer = await readText(source, "tokenizer.json", "bad-tokenizer", signal);
    if (!tokenizer.found) throw absentError("tokenizer.json", tokenizer, "missing-tokenizer");
  }
  await fetchShards(source, manifest, progress, signal);
  return {
    architecture: config.architecture,
    contextWindow: config.contextWindow,
    vocabSize: config.vocabSize,
    weightBytes: manifest.totalBytes,
    weightsHash: await md5(manifest.shards.map((shard) => shard.md5).join("")),
  };
}

function parseConfig(text: string) {
  let config: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) throw new Error("it is no object");
    config = parsed as Record<string, unknown>;
  } catch (cause) {
    throw new InferscopeError("bad-config", `mlc-chat-config.json cannot be read: ${String(cause)}`, {
      cause,
    });
  }
  const count = (name: string): number | null => {
    const value = config[name];
    return typeof value === "number" && value > 0 ? value : null;
  };
  const { model_type: architecture, tokenizer_files: tokenizerFiles } = config;
  if (!Array.isArray(tokenizerFiles)) {
    throw new InferscopeError("bad-config", "mlc-chat-config.json lists no tokenizer_files", {
      hint: "WebLLM runs models that MLC converted; this folder's configuration is not one of theirs.",
    });
  }
  return {
    architecture: typeof architecture === "string" ? architecture : null,
    contextWindow: count("context_window_size"),
    vocabSize: count("vocab_size"),
    tokenizerFiles: tokenizerFiles as readonly unknown[],
  };
}
