/** What a loaded model of our own engine is put together from, and what it tells of itself. */
import {
  defaultPolicy,
  InferscopeError,
  type EnginePolicy,
  type LoadParams,
  type LoadProgress,
  type ModelInfo,
} from "../../protocol/index.ts";
import type { Engine } from "../engine/engine.ts";
import type { ModelRunner } from "../engine/model-runner.ts";
import type { GpuContext } from "../gpu/device.ts";
import type { GrammarCompiler, JsonFormat } from "../grammar/grammar-compiler.ts";
import type { Vocabulary } from "../grammar/vocabulary.ts";
import { CpuRunner } from "../models/cpu-runner.ts";
import { GpuModelRunner } from "../models/gpu-runner.ts";
import type { LoadedModel, ModelFacts } from "../models/load-model.ts";
import type { SpawnSandbox } from "../tokenizer/sandbox.ts";
import { openTokenizer, type OpenedTokenizer, type PromptEncoder } from "../tokenizer/sandboxed-tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

export interface Loaded {
  readonly model: ModelFacts;
  /** The model once more, weights included, and the same one: for a runner on a fresh device. */
  readonly readAgain: () => Promise<LoadedModel>;
  /** Aborts that. */
  readonly unloading: AbortController;
  readonly tokenizer: Tokenizer;
  readonly prompts: PromptEncoder;
  /** Null before the first request that needs it. */
  grammars: GrammarCompiler | null;
  readonly engine: Engine;
  runner: ModelRunner;
  /** Null on the CPU. */
  context: GpuContext | null;
  isRebuilt: boolean;
}

/** Most bytes of a KV pool whose size nobody asked for. */
const defaultKvBytes = 2 ** 29;
const progressEveryMs = 50;
/** Multiply-adds that a step on the CPU may take: it blocks the worker, heartbeat included. */
const cpuStepOperations = 2e8;

/** A tokenizer may have added tokens that its model was never given: a prompt with one is refused. */
export async function tokenizerOf(
  model: ModelFacts,
  spawn: SpawnSandbox | null,
  signal: AbortSignal,
): Promise<OpenedTokenizer> {
  const { convTemplate, config } = model.description;
  const opened = await openTokenizer({ ...model.tokenizerFiles, convTemplate }, spawn, signal);
  const { tokenizer } = opened;
  if (tokenizer.vocabularySize > config.vocabSize) {
    opened.prompts.close();
    throw new InferscopeError(
      "bad-tokenizer",
      `tokenizer.json has ${tokenizer.vocabularySize} tokens, the model's vocabulary ${config.vocabSize}`,
      { hint: "The tokenizer belongs to another model." },
    );
  }
  return opened;
}

/** The grammar code comes with the first request that needs it. */
export async function compileConstraints(loaded: Loaded, format: JsonFormat, count: number) {
  const { formatGrammar, GrammarCompiler } = await import("../grammar/grammar-compiler.ts");
  const grammar = formatGrammar(format);
  loaded.grammars ??= new GrammarCompiler(vocabularyOf(loaded.model, loaded.tokenizer));
  return loaded.grammars.compile(grammar, count);
}

function vocabularyOf({ description }: ModelFacts, tokenizer: Tokenizer): Vocabulary {
  return {
    vocabSize: description.config.vocabSize,
    bytesOf: (id) => tokenizer.bytesOf(id),
    isSpecial: (id) => tokenizer.isSpecial(id),
    stopTokenIds: description.stopTokenIds,
  };
}

/** A chunk of its own: the first load can do without. */
export const synthetics = () => import("../models/synthetic.ts");

/** The weights are the runner's from here on. Rejects with what the runners do, and `aborted`. */
export async function createRunner(
  context: GpuContext | null,
  model: LoadedModel,
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<ModelRunner> {
  const { config } = model.description;
  if (context === null) {
    if (model.synthetic) (await synthetics()).assertFitsCpu(model);
    return new CpuRunner(config, model.weights);
  }
  // The closure below outlives the load and must not hold the weights.
  const { weightBytes } = model;
  const startMs = performance.now();
  let lastMs = -Infinity;
  return GpuModelRunner.create(context, config, model.weights, {
    takesWeights: true,
    signal,
    onProgress: (step) => {
      const nowMs = performance.now();
      const isFirst = step.stage !== "pipelines" && step.loadedBytes === 0;
      if (!isFirst && nowMs - lastMs < progressEveryMs) return;
      lastMs = nowMs;
      if (step.stage === "pipelines") {
        progress({ ...step, file: "", loadedBytes: 0, totalBytes: 0, bytesPerSecond: 0 });
        return;
      }
      const { stage, loadedBytes } = step;
      const bytesPerSecond = (loadedBytes * 1000) / Math.max(1, nowMs - startMs);
      // Padding may make what is written a little more than what is stored.
      const totalBytes = Math.max(weightBytes, loadedBytes);
      progress({ stage, file: "", loadedBytes, totalBytes, bytesPerSecond });
    },
  });
}

/** What the caller wants, over defaults that fit the device. */
export function initialPolicy({ policy }: LoadParams, runner: ModelRunner, model: ModelFacts): EnginePolicy {
  const blockSize = policy.blockSize ?? defaultPolicy.blockSize;
  const affordable = Math.floor(defaultKvBytes / (blockSize * runner.kvBytesPerToken));
  const numBlocks = Math.max(
    1,
    Math.min(defaultPolicy.numBlocks, affordable, runner.maxNumBlocks(blockSize)),
  );
  const cpuTokens = Math.max(16, Math.floor(cpuStepOperations / model.numParams));
  const maxNumBatchedTokens =
    runner instanceof CpuRunner
      ? Math.min(defaultPolicy.maxNumBatchedTokens, cpuTokens)
      : defaultPolicy.maxNumBatchedTokens;
  return { ...defaultPolicy, numBlocks, maxNumBatchedTokens, ...policy };
}

export function factsOf(model: LoadedModel): ModelFacts {
  const { id, description, synthetic, tokenizerFiles, weightsHash, weightBytes, numParams } = model;
  return { id, description, synthetic, tokenizerFiles, weightsHash, weightBytes, numParams };
}

/** Throws `corrupt-shard` where the files are not those of the load any more. */
export function assertSameModel(now: ModelFacts, then: ModelFacts): void {
  if (now.weightsHash === then.weightsHash) return;
  throw new InferscopeError("corrupt-shard", `The files of ${then.id} were changed since they were loaded.`, {
    hint: "Load the model again.",
  });
}

export function modelInfo({ model, runner, engine, context }: Loaded): ModelInfo {
  const { config, quantization, stopTokenIds } = model.description;
  return {
    id: model.id,
    architecture: config.architecture,
    quantization,
    numParams: model.numParams,
    contextWindow: config.contextWindow,
    vocabSize: config.vocabSize,
    weightBytes: model.weightBytes,
    kvBytesPerToken: runner.kvBytesPerToken,
    numBlocks: engine.policy.numBlocks,
    blockSize: engine.policy.blockSize,
    synthetic: model.synthetic,
    runner: context === null ? "cpu" : "gpu",
    backend: "paged",
    weightsHash: model.weightsHash,
    stopTokenIds,
  };
}
