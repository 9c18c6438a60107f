/**
 * WebLLM (`@mlc-ai/web-llm`) behind the backend contract. It runs in this worker, so that its
 * chunks are timed where they arise. One request at a time; what it does not tell (token ids,
 * steps, KV blocks) stays untold. A lost device ends the load: only a new one helps.
 */
import {
  InferscopeError,
  now,
  serializeError,
  type CacheSnapshot,
  type Calls,
  type Capabilities,
  type EngineEvent,
  type EnginePolicy,
  type EngineStatus,
  type LoadParams,
  type LoadProgress,
  type LoadResult,
  type ModelInfo,
  type Request,
  type RequestId,
  type SubmittedRequest,
} from "../../../protocol/index.ts";
import { deviceLostError, type DeviceLoss } from "../../gpu/device.ts";
import { noModelError, type EventSink, type InferenceBackend } from "../backend.ts";
import { quantizationOf } from "./catalog.ts";
import { Conversation } from "./conversation.ts";
import { gaveUp, toInferscopeError } from "./errors.ts";
import { loadEngine, type LoadedEngine, type LoaderOptions, type WebLlmEngine } from "./loader.ts";
import { Deadline, defaultPatience, settledWithin, withReject } from "./patience.ts";
import { RequestQueue, type Entry } from "./request-queue.ts";
import { toWebLlmRequest } from "./request.ts";
import { StreamRecord, type StreamChunk } from "./stream.ts";

export interface WebLlmOptions extends LoaderOptions {
  readonly onDeviceLost: (event: Extract<EngineEvent, { type: "device-lost" }>) => void;
}

interface Loaded extends LoadedEngine {
  readonly conversation: Conversation;
  /** Rejects when the device goes while the model is in use, or the engine is given up; never resolves. */
  readonly lost: Promise<never>;
  readonly fail: (error: InferscopeError) => void;
}

export class WebLlmBackend implements InferenceBackend {
  readonly capabilities: Capabilities = {
    batching: "queue",
    prefixCache: "last-conversation",
    gpuTiming: false,
    structuredOutput: true,
    cachedTokenCounts: true,
    rawCompletion: true,
    tokenIds: false,
    logprobs: true,
  };
  readonly #options: WebLlmOptions;
  readonly #queue = new RequestQueue({
    run: (entry) => this.#run(entry),
    interrupt: () => this.#interrupt(),
    dropped: (entry) => finish(entry, new StreamRecord(entry.request.submittedMs, null), null),
  });
  #loaded: Loaded | null = null;
  /** Of the request that runs. */
  #deadline: Deadline | null = null;
  /** Why there is no model any more, until the next load. */
  #loss: InferscopeError | null = null;

  constructor(options: WebLlmOptions) {
    this.#options = options;
  }

  async load(
    params: LoadParams,
    progress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<LoadResult> {
    await this.unload();
    this.#loss = null;
    const parts = await loadEngine(this.#options, params, progress, signal);
    const { promise: lost, reject: fail } = withReject();
    const loaded: Loaded = { ...parts, conversation: new Conversation(), lost, fail };
    this.#watch(loaded);
    this.#loaded = loaded;
    return { model: modelInfo(loaded), capabilities: this.capabilities, policy: null };
  }

  configure(): Promise<EnginePolicy> {
    return Promise.reject(this.#lacks("schedules by itself: its policy cannot be set"));
  }

  submit(request: SubmittedRequest, sink: EventSink): void {
    this.#model();
    toWebLlmRequest(request);
    if (this.#queue.has(request.id)) {
      throw new InferscopeError("invalid-request", `A request "${request.id}" is in flight already.`);
    }
    this.#queue.push({ request, sink, aborted: false, ended: false });
  }

  abort(requestId: RequestId): void {
    this.#queue.abort(requestId);
  }

  startProfile(): void {
    throw this.#lacks("does not let its kernels be timed");
  }

  stopProfile(): null {
    return null;
  }

  encode(): readonly number[] {
    throw this.#lacks("does not give out its tokenizer");
  }

  decode(): string {
    throw this.#lacks("does not give out its tokenizer");
  }

  applyTemplate(): Calls["applyTemplate"]["result"] {
    throw this.#lacks("does not show the prompt it makes of a chat");
  }

  snapshot(): CacheSnapshot | null {
    return null;
  }

  /** Takes effect before the next request. */
  clearCache(): void {
    this.#model().conversation.markStale();
  }

  status(): EngineStatus {
    const loaded = this.#loaded;
    return {
      adapter: loaded?.adapter ?? null,
      kernels: [],
      gpuMemory: null,
      model: loaded === null ? null : modelInfo(loaded),
    };
  }

  /** Ends everything in flight with "abort"; WebLLM destroys its device, or we do. */
  async unload(): Promise<void> {
    const loaded = this.#loaded;
    if (loaded === null) return;
    await this.#queue.drain();
    // Given up while it was drained: nothing is left of it.
    if (this.#loaded !== loaded) return;
    this.#loaded = null;
    await settledWithin(loaded.engine.unload(), this.#patience.obeyMs);
    loaded.device?.destroy();
  }

  get #patience() {
    return this.#options.patience ?? defaultPatience;
  }

  #interrupt(): void {
    this.#loaded?.engine.interruptGenerate().catch(() => undefined);
    this.#deadline?.move(this.#patience.obeyMs);
  }

  /**
   * WebLLM may never settle a promise (0.2.79 does not for answers by a schema): it is destroyed with
   * its device, so that the next load finds memory, and its wait ends here.
   */
  #giveUp(loaded: Loaded, error: InferscopeError): void {
    if (this.#loaded !== loaded) return;
    this.#loss = error;
    this.#loaded = null;
    loaded.device?.destroy();
    const { message } = error;
    this.#options.onDeviceLost({ type: "device-lost", reason: "destroyed", message, recovering: false });
    loaded.fail(error);
  }

  #model(): Loaded {
    if (this.#loaded !== null) return this.#loaded;
    throw this.#loss ?? noModelError();
  }

  #lacks(what: string): InferscopeError {
    return new InferscopeError("unsupported", `WebLLM ${what}.`, {
      hint: "Load a model with the Inferscope engine for this.",
    });
  }

  /** One request from prompt to end; exactly one terminal event. */
  async #run(entry: Entry): Promise<void> {
    const record = new StreamRecord(entry.request.submittedMs, now());
    try {
      const loaded = this.#model();
      this.#deadline = new Deadline(this.#patience.silenceMs, (ms) => {
        const what = entry.aborted ? "it did not end an answer that was stopped" : "it said nothing";
        this.#giveUp(loaded, gaveUp(`for ${ms / 1000} s ${what}`));
      });
      const cached = await Promise.race([this.#stream(loaded, entry, record), loaded.lost]);
      finish(entry, record, cached);
    } catch (error) {
      this.#loaded?.conversation.markStale();
      if (entry.aborted) {
        finish(entry, record, null);
        return;
      }
      entry.ended = true;
      const choices = [record.choice(true)];
      const { id: requestId } = entry.request;
      entry.sink({ type: "failed", requestId, error: serializeError(toInferscopeError(error)), choices });
    } finally {
      this.#deadline?.end();
      this.#deadline = null;
    }
  }

  /** Resolves with the number of prompt tokens that were there already. */
  async #stream({ engine, conversation }: Loaded, entry: Entry, record: StreamRecord): Promise<number> {
    const { request } = entry;
    if (conversation.isStale || !request.usePrefixCache) {
      await engine.resetChat();
      conversation.reset();
    }
    const cachedTokens = conversation.cachedTokens(request.prompt);
    for await (const chunk of await open(engine, request)) {
      const atMs = now();
      const piece = record.take(chunk, atMs);
      // WebLLM forgets an interrupt that comes before its first token.
      if (entry.aborted) engine.interruptGenerate().catch(() => undefined);
      else if (!entry.ended) this.#deadline?.move(this.#patience.silenceMs);
      if (piece !== null && !entry.ended) {
        entry.sink({ type: "chunk", requestId: request.id, choice: 0, ...piece, atMs });
      }
    }
    conversation.finish(request.prompt, record, cachedTokens);
    return cachedTokens;
  }

  #watch(loaded: Loaded): void {
    void loaded.device?.lost.then((loss) => {
      // Our own unload has taken the model away before it destroys the device.
      if (this.#loaded !== loaded) return;
      this.#lose(loss);
      loaded.fail(this.#loss ?? deviceLostError(loss));
    });
  }

  #lose({ reason, message }: DeviceLoss): void {
    this.#loss = deviceLostError({ reason, message });
    // What waits meets the loss when its turn comes.
    this.#loaded = null;
    this.#options.onDeviceLost({ type: "device-lost", reason, message, recovering: false });
  }
}

async function open(engine: WebLlmEngine, request: Request): Promise<AsyncIterable<StreamChunk>> {
  const { type, body } = toWebLlmRequest(request);
  return type === "chat" ? engine.chat.completions.create(body) : engine.completions.create(body);
}

function finish(entry: Entry, record: StreamRecord, numCachedTokens: number | null): void {
  entry.ended = true;
  entry.sink({
    type: "finished",
    requestId: entry.request.id,
    choices: [record.choice(entry.aborted)],
    metrics: record.metrics(now(), numCachedTokens),
  });
}

function modelInfo({ record, files }: LoadedEngine): ModelInfo {
  return {
    id: record.model_id,
    architecture: files.architecture,
    quantization: quantizationOf(record.model_id),
    numParams: null,
    contextWindow: record.overrides?.context_window_size ?? files.contextWindow,
    vocabSize: files.vocabSize,
    weightBytes: files.weightBytes,
    kvBytesPerToken: null,
    numBlocks: null,
    blockSize: null,
    synthetic: false,
    runner: "gpu",
    backend: "web-llm",
    weightsHash: files.weightsHash,
    stopTokenIds: [],
  };
}
