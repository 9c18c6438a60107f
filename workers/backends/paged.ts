/**
 * Our own engine behind the backend contract: model files, tokenizer, GPU or CPU runner, Engine.
 *
 * A lost device fails what runs, with its partial text. It is replaced by a fresh one once per
 * load, without being asked; after a second loss only a new load helps, because browsers refuse
 * adapters to pages whose GPU crashes again and again. The weights, which are in the device's
 * memory only, are read again for that.
 */
import {
  InferscopeError,
  serializeError,
  type CacheSnapshot,
  type Capabilities,
  type EngineEvent,
  type EnginePolicy,
  type EngineStatus,
  type KernelProfile,
  type LoadParams,
  type LoadProgress,
  type LoadResult,
  type Request,
  type RequestId,
  type SubmittedRequest,
} from "../../protocol/index.ts";
import { Engine } from "../engine/engine.ts";
import { acquireDevice, deviceLostError, type DeviceLoss, type GpuContext } from "../gpu/device.ts";
import type { FileSource } from "../models/file-source.ts";
import { GpuModelRunner } from "../models/gpu-runner.ts";
import { loadModel } from "../models/load-model.ts";
import { noModelError, type EventSink, type InferenceBackend } from "./backend.ts";
import { embeddedModels, fileSource } from "./model-source.ts";
import {
  assertSameModel,
  compileConstraints,
  createRunner,
  factsOf,
  initialPolicy,
  modelInfo,
  tokenizerOf,
  synthetics,
  type Loaded,
} from "./paged-model.ts";
import { PendingRequests, type Prepared } from "./pending-requests.ts";
import { SinkTable } from "./sink-table.ts";
import type { SpawnSandbox } from "../tokenizer/sandbox.ts";
import type { EncodedPrompt } from "../tokenizer/tokenizer.ts";

export interface PagedOptions {
  /** `navigator.gpu`, or Dawn's in Node; undefined where there is none. */
  readonly gpu: GPU | undefined;
  /** The app's folder, with a slash at its end. */
  readonly baseUrl: string;
  readonly onDeviceLost: (event: Extract<EngineEvent, { type: "device-lost" }>) => void;
  /** Lets what the load may fetch be fetched while the work goes on; default: it always may. */
  readonly allowing?: <Result>(params: LoadParams, work: () => Promise<Result>) => Promise<Result>;
  /** For foreign templates and patterns; default: they run in this thread. */
  readonly spawnSandbox?: SpawnSandbox;
  /** Default: by the source's kind. Tests load from memory. */
  readonly openSource?: (params: LoadParams) => FileSource;
  /** Default: the GPU's with a device, else the CPU's. Tests lose devices that are none. */
  readonly createRunner?: typeof createRunner;
}

export class PagedBackend implements InferenceBackend {
  readonly #options: PagedOptions;
  readonly #createRunner: typeof createRunner;
  readonly #sinks = new SinkTable();
  /** Those whose prompt is read by foreign code, or whose grammar is being compiled. */
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
    const read = async (tell: typeof progress, until: AbortSignal) =>
      isSynthetic
        ? (await synthetics()).syntheticModel(wanted.synthetic, source, until)
        : loadModel(source, tell, until);
    const loaded = await read(progress, signal);
    // Only the runner holds the weights after this.
    const model = factsOf(loaded);
    const { tokenizer, prompts } = await tokenizerOf(model, this.#options.spawnSandbox ?? null, signal);
    const undo: (() => void)[] = [() => prompts.close()];
    const bytes = { loadedBytes: model.weightBytes, totalBytes: model.weightBytes, bytesPerSecond: 0 };
    try {
      signal.throwIfAborted();
      const runner = await this.#createRunner(context, loaded, progress, signal);
      undo.push(() => runner.destroy());
      progress({ stage: "pipelines", file: "", loadedBytes: 0, totalBytes: 0, bytesPerSecond: 0 });
      const policy = initialPolicy(params, runner, model);
      const emit = (event: Parameters<EventSink>[0]) => this.#sinks.emit(event);
      const engine = await Engine.create({ runner, policy, emit });
      signal.throwIfAborted();
      const unloading = new AbortController();
      const readAgain = () => this.#allowing(params, () => read(() => undefined, unloading.signal));
      const own = { model, readAgain, unloading, tokenizer, prompts, engine };
      this.#loaded = { ...own, grammars: null, runner, context, isRebuilt: false };
      progress({ ...bytes, stage: "ready", file: "" });
      return { model: modelInfo(this.#loaded), capabilities: this.capabilities, policy: engine.policy };
    } catch (error) {
      for (const free of undo) free();
      throw error;
    }
  }

  async configure(policy: Partial<EnginePolicy>): Promise<EnginePolicy> {
    return this.#model().engine.configure(policy);
  }

  submit(request: SubmittedRequest, sink: EventSink): void {
    const loaded = this.#model();
    const { responseFormat, sampling } = request;
    this.#pending.refuse(request.id);
    const encoded = loaded.prompts.encodePrompt(request.prompt);
    const compile =
      responseFormat.type === "text" ? null : () => compileConstraints(loaded, responseFormat, sampling.n);
    if (compile === null && !(encoded instanceof Promise)) {
      this.#start(request, sink, { tokenIds: encoded.tokenIds });
      return;
    }
    const tokenIds = encoded instanceof Promise ? encoded.then((later) => later.tokenIds) : encoded.tokenIds;
    this.#pending.add(request, sink, { tokenIds, compile }, (prepared) =>
      this.#start(request, sink, prepared),
    );
  }

  #start(request: SubmittedRequest, sink: EventSink, { tokenIds, constraint }: Prepared): void {
    const { engine, tokenizer, model } = this.#model();
    const { sampling, prompt } = request;
    const { stopTokenIds, stopStrings } = model.description;
    const stop = sampling.ignoreEos ? sampling.stop : [...sampling.stop, ...stopStrings];
    // The engine refuses a second request of the same name: then the first one's sink stays.
    engine.submit({
      requestId: request.id,
      submittedMs: request.submittedMs,
      promptTokenIds: tokenIds,
      sampling,
      stopTokenIds,
      usePrefixCache: request.usePrefixCache,
      createTextStream: () => tokenizer.createTextStream({ stop, continuesText: prompt.type === "text" }),
      ...(constraint === undefined ? {} : { constraint }),
    });
    this.#sinks.add(request.id, sink);
  }

  abort(requestId: RequestId): void {
    this.#pending.abort(requestId);
    this.#loaded?.engine.abort(requestId);
  }

  encode(text: string): readonly number[] | Promise<readonly number[]> {
    return this.#model().prompts.encode(text);
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

  applyTemplate(prompt: Request["prompt"]): EncodedPrompt | Promise<EncodedPrompt> {
    return this.#model().prompts.encodePrompt(prompt);
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
    loaded.prompts.close();
    await loaded.engine.close();
    this.#loaded = null;
    loaded.unloading.abort();
    loaded.grammars?.dispose();
    loaded.runner.destroy();
  }

  #allowing<Result>(params: LoadParams, work: () => Promise<Result>): Promise<Result> {
    return this.#options.allowing?.(params, work) ?? work();
  }

  #model(): Loaded {
    if (this.#loaded !== null) return this.#loaded;
    throw noModelError();
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
    const model = await loaded.readAgain();
    assertSameModel(model, loaded.model);
    const runner = await this.#createRunner(context, model, () => undefined, loaded.unloading.signal);
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
