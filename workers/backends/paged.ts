/**
 * Our own engine behind the backend contract: model files, tokenizer, GPU or CPU runner, Engine.
 *
 * A lost device fails what runs, with its partial text. It is replaced by a fresh one once per
 * load, without being asked; after a second loss only a new load helps, because browsers refuse
 * adapters to pages whose GPU crashes again and again. The weights stay in memory for that.
 */
import {
  defaultPolicy,
  InferscopeError,
  serializeError,
  type CacheSnapshot,
  type Calls,
  type Capabilities,
  type EngineEvent,
  type EnginePolicy,
  type EngineStatus,
  type KernelProfile,
  type LoadParams,
  type LoadProgress,
  type LoadResult,
  type ModelInfo,
  type Request,
  type RequestId,
} from "../../protocol/index.ts";
import { Engine } from "../engine/engine.ts";
import type { ModelRunner } from "../engine/model-runner.ts";
import { acquireDevice, deviceLostError, type DeviceLoss, type GpuContext } from "../gpu/device.ts";
import { CpuRunner } from "../models/cpu-runner.ts";
import type { GrammarCompiler, JsonFormat } from "../grammar/grammar-compiler.ts";
import type { Vocabulary } from "../grammar/vocabulary.ts";
import type { FileSource } from "../models/file-source.ts";
import { GpuModelRunner } from "../models/gpu-runner.ts";
import { loadModel, type LoadedModel } from "../models/load-model.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { EventSink, InferenceBackend } from "./backend.ts";
import { embeddedModels, fileSource } from "./model-source.ts";
import { PendingRequests, type ReadyConstraint } from "./pending-requests.ts";
import { SinkTable } from "./sink-table.ts";

export interface PagedOptions {
  /** `navigator.gpu`, or Dawn's in Node; undefined where there is none. */
  readonly gpu: GPU | undefined;
  /** The app's folder, with a slash at its end. */
  readonly baseUrl: string;
  readonly onDeviceLost: (event: Extract<EngineEvent, { type: "device-lost" }>) => void;
  /** Default: by the source's kind. Tests load from memory. */
  readonly openSource?: (params: LoadParams) => FileSource;
  /** Default: the GPU's with a device, else the CPU's. Tests lose devices that are none. */
  readonly createRunner?: typeof createRunner;
}

interface Loaded {
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

export class PagedBackend implements InferenceBackend {
  readonly #options: PagedOptions;
  readonly #createRunner: typeof createRunner;
  readonly #sinks = new SinkTable();
  /** Those whose grammar is being compiled. */
  readonly #pending = new PendingRequests();
  /** Kept over loads: devices are dear, and browsers limit them. */
  #context: GpuContext | null = null;
  #loaded: Loaded | null = null;

  constructor(options: PagedOptions) {
    this.#options = options;
    this.#createRunner = options.createRunner ?? createRunner;
  }

  get capabilities(): Capabilities {
    return {
      batching: "continuous",
      prefixCache: "cross-request",
      gpuTiming: this.#loaded?.context?.hasTimestamps ?? false,
      structuredOutput: true,
      cachedTokenCounts: true,
      rawCompletion: true,
      tokenIds: true,
      logprobs: true,
    };
  }

  /** All or nothing: whatever goes wrong, no model is loaded and everything is freed. */
  async load(
    params: LoadParams,
    progress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<LoadResult> {
    await this.unload();
    const { source: wanted } = params;
    const isSynthetic = "synthetic" in wanted;
    // A synthetic model speaks with the embedded one's tokenizer.
    const origin = isSynthetic ? { id: embeddedModels[0] } : wanted;
    const source =
      this.#options.openSource?.(params) ?? (await fileSource(origin, this.#options.baseUrl, params.hosts));
    // Before the download, so that a machine without an adapter hears of it at once.
    const context = params.runner === "gpu" ? await this.#acquire() : null;
    const model = isSynthetic
      ? await (await synthetics()).syntheticModel(wanted.synthetic, source, signal)
      : await loadModel(source, progress, signal);
    const tokenizer = openTokenizer(model);
    signal.throwIfAborted();
    progress({ ...done(model), stage: "pipelines", file: "" });
    const runner = await this.#createRunner(context, model);
    try {
      const policy = initialPolicy(params, runner, model);
      const emit = (event: Parameters<EventSink>[0]) => this.#sinks.emit(event);
      const engine = await Engine.create({ runner, policy, emit });
      signal.throwIfAborted();
      this.#loaded = { model, tokenizer, grammars: null, engine, runner, context, isRebuilt: false };
      progress({ ...done(model), stage: "ready", file: "" });
      return { model: modelInfo(this.#loaded), capabilities: this.capabilities, policy: engine.policy };
    } catch (error) {
      runner.destroy();
      throw error;
    }
  }

  async configure(policy: Partial<EnginePolicy>): Promise<EnginePolicy> {
    return this.#model().engine.configure(policy);
  }

  submit(request: Request, sink: EventSink): void {
    const loaded = this.#model();
    const { responseFormat, sampling } = request;
    const { tokenIds } = loaded.tokenizer.encodePrompt(request.prompt);
    if (responseFormat.type === "text") {
      this.#start(request, tokenIds, sink);
      return;
    }
    this.#pending.add(
      request,
      sink,
      tokenIds.length,
      () => compileConstraints(loaded, responseFormat, sampling.n),
      (ready) => this.#start(request, tokenIds, sink, ready),
    );
  }

  #start(request: Request, tokenIds: readonly number[], sink: EventSink, ready?: ReadyConstraint): void {
    const { engine, tokenizer, model } = this.#model();
    const { sampling, prompt } = request;
    const { stopTokenIds, stopStrings } = model.description;
    const stop = sampling.ignoreEos ? sampling.stop : [...sampling.stop, ...stopStrings];
    // The engine refuses a second request of the same name: then the first one's sink stays.
    engine.submit({
      requestId: request.id,
      promptTokenIds: tokenIds,
      sampling,
      stopTokenIds,
      usePrefixCache: request.usePrefixCache,
      createTextStream: () => tokenizer.createTextStream({ stop, continuesText: prompt.type === "text" }),
      ...ready,
    });
    this.#sinks.add(request.id, sink);
  }

  abort(requestId: RequestId): void {
    this.#pending.abort(requestId);
    this.#loaded?.engine.abort(requestId);
  }

  encode(text: string): readonly number[] {
    return this.#model().tokenizer.encode(text);
  }

  decode(tokenIds: readonly number[]): string {
    const { tokenizer, model } = this.#model();
    const { vocabSize } = model.description.config;
    const wrong = tokenIds.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
    if (wrong !== undefined) {
      throw new InferscopeError(
        "invalid-request",
        `token id ${wrong} is not in the vocabulary, which ends at ${vocabSize - 1}`,
      );
    }
    return tokenizer.decode(tokenIds);
  }

  applyTemplate(prompt: Request["prompt"]): Calls["applyTemplate"]["result"] {
    return this.#model().tokenizer.encodePrompt(prompt);
  }

  snapshot(): CacheSnapshot | null {
    return this.#loaded?.engine.snapshot() ?? null;
  }

  clearCache(): void {
    this.#loaded?.engine.clearCache();
  }

  status(): EngineStatus {
    const loaded = this.#loaded;
    return {
      adapter: loaded?.context?.adapter ?? null,
      kernels: loaded?.runner instanceof GpuModelRunner ? loaded.runner.kernels : [],
      model: loaded === null ? null : modelInfo(loaded),
      gpuMemory: loaded?.runner instanceof GpuModelRunner ? loaded.runner.memoryUse : null,
    };
  }

  startProfile(): void {
    const { runner, context } = this.#model();
    if (runner instanceof GpuModelRunner && context?.hasTimestamps === true) {
      runner.startProfile();
      return;
    }
    throw new InferscopeError(
      "unsupported",
      context === null
        ? "The CPU runner has no kernels to time."
        : "This adapter has no timestamp queries, so single kernels cannot be timed.",
    );
  }

  stopProfile(): KernelProfile | null {
    const runner = this.#loaded?.runner;
    return runner instanceof GpuModelRunner ? runner.stopProfile() : null;
  }

  /** Ends running requests with "abort"; the device stays for the next load. */
  async unload(): Promise<void> {
    const loaded = this.#loaded;
    if (loaded === null) return;
    this.#pending.abortAll();
    await loaded.engine.close();
    this.#loaded = null;
    loaded.grammars?.dispose();
    loaded.runner.destroy();
  }

  #model(): Loaded {
    if (this.#loaded !== null) return this.#loaded;
    throw new InferscopeError("no-model", "No model is loaded.", { hint: "Load a model first." });
  }

  async #acquire(): Promise<GpuContext> {
    if (this.#context?.isAlive() === true) return this.#context;
    const context = await acquireDevice(this.#options.gpu);
    this.#context = context;
    void context.lost.then((loss) => this.#handleLoss(context, loss));
    return context;
  }

  async #handleLoss(context: GpuContext, loss: DeviceLoss): Promise<void> {
    const loaded = this.#loaded;
    if (this.#context === context) this.#context = null;
    if (loaded?.context !== context) return;
    loaded.engine.fail(deviceLostError(loss));
    const recovering = !loaded.isRebuilt;
    loaded.isRebuilt = true;
    this.#options.onDeviceLost({ type: "device-lost", ...loss, recovering });
    if (!recovering) return;
    try {
      await this.#rebuild(loaded);
    } catch (error) {
      const { message } = serializeError(error);
      this.#options.onDeviceLost({ type: "device-lost", reason: loss.reason, message, recovering: false });
    }
  }

  async #rebuild(loaded: Loaded): Promise<void> {
    const context = await this.#acquire();
    const runner = await this.#createRunner(context, loaded.model);
    try {
      // An unload may have come in between: its model needs no runner any more.
      if (this.#loaded !== loaded) throw new InferscopeError("aborted", "The model was unloaded.");
      await loaded.engine.replaceRunner(runner);
    } catch (error) {
      runner.destroy();
      throw error;
    }
    loaded.runner.destroy();
    loaded.runner = runner;
    loaded.context = context;
  }
}

/** A tokenizer may have added tokens that its model was never given: a prompt with one is refused. */
function openTokenizer(model: LoadedModel): Tokenizer {
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
async function compileConstraints(loaded: Loaded, format: JsonFormat, count: number) {
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
const synthetics = () => import("../models/synthetic.ts");

async function createRunner(context: GpuContext | null, model: LoadedModel): Promise<ModelRunner> {
  const { config } = model.description;
  if (context === null) {
    if (model.synthetic) (await synthetics()).assertFitsCpu(model);
    return new CpuRunner(config, model.weights);
  }
  return GpuModelRunner.create(context, config, model.weights);
}

/** What the caller wants, over defaults that fit the device. */
function initialPolicy({ policy }: LoadParams, runner: ModelRunner, model: LoadedModel): EnginePolicy {
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

function modelInfo({ model, runner, engine, context }: Loaded): ModelInfo {
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

function done({ weightBytes }: LoadedModel): Omit<LoadProgress, "stage" | "file"> {
  return { loadedBytes: weightBytes, totalBytes: weightBytes, bytesPerSecond: 0 };
}
