/** What a loaded model of our own engine is put together from, and what it tells of itself. */
import {
  defaultPolicy,
  InferscopeError,
  type EnginePolicy,
  type LoadParams,
  type ModelInfo,
} from "../../protocol/index.ts";
import type { Engine } from "../engine/engine.ts";
import type { ModelRunner } from "../engine/model-runner.ts";
import type { GpuContext } from "../gpu/device.ts";
import type { GrammarCompiler, JsonFormat } from "../grammar/grammar-compiler.ts";
import type { Vocabulary } from "../grammar/vocabulary.ts";
import { CpuRunner } from "../models/cpu-runner.ts";
import { GpuModelRunner } from "../models/gpu-runner.ts";
import type { LoadedModel } from "../models/load-model.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";

export interface Loaded {
  readonly model: LoadedModel;
  readonly tokenizer: Tokenizer;
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
/** Multiply-adds that a step on the CPU may take: it blocks the worker, heartbeat included. */
const cpuStepOperations = 2e8;

/** A tokenizer may have added tokens that its model was never given: a prompt with one is refused. */
export function openTokenizer(model: LoadedModel): Tokenizer {
  const { convTemplate, config } = model.description;
  const tokenizer = new Tokenizer({ ...model.tokenizerFiles, convTemplate });
  if (tokenizer.vocabularySize > config.vocabSize) {
    throw new InferscopeError(
      "bad-tokenizer",
      `tokenizer.json has ${tokenizer.vocabularySize} tokens, the model's vocabulary ${config.vocabSize}`,
      { hint: "The tokenizer belongs to another model." },
    );
  }
  return tokenizer;
}

/** The grammar code comes with the first request that needs it. */
export async function compileConstraints(loaded: Loaded, format: JsonFormat, count: number) {
  const { formatGrammar, GrammarCompiler } = await import("../grammar/grammar-compiler.ts");
  const grammar = formatGrammar(format);
  loaded.grammars ??= new GrammarCompiler(vocabularyOf(loaded.model, loaded.tokenizer));
  return loaded.grammars.compile(grammar, count);
}

function vocabularyOf({ description }: LoadedModel, tokenizer: Tokenizer): Vocabulary {
  return {
    vocabSize: description.config.vocabSize,
    bytesOf: (id) => tokenizer.bytesOf(id),
    isSpecial: (id) => tokenizer.isSpecial(id),
    stopTokenIds: description.stopTokenIds,
  };
}

/** A chunk of its own: the first load can do without. */
export const synthetics = () => import("../models/synthetic.ts");

export async function createRunner(context: GpuContext | null, model: LoadedModel): Promise<ModelRunner> {
  const { config } = model.description;
  if (context === null) {
    if (model.synthetic) (await synthetics()).assertFitsCpu(model);
    return new CpuRunner(config, model.weights);
  }
  return GpuModelRunner.create(context, config, model.weights);
}

/** What the caller wants, over defaults that fit the device. */
export function initialPolicy({ policy }: LoadParams, runner: ModelRunner, model: LoadedModel): EnginePolicy {
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
