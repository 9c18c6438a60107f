/**
 * Any OpenAI-compatible server behind the backend contract. Requests go out as they come, all at
 * once: the server batches and caches as it does. What it does not tell stays untold.
 */
import {
  InferscopeError,
  now,
  serializeError,
  type CacheSnapshot,
  type Calls,
  type Capabilities,
  type EnginePolicy,
  type EngineStatus,
  type LoadParams,
  type LoadProgress,
  type LoadResult,
  type ModelInfo,
  type RateLimited,
  type RequestId,
  type ServerAddress,
  type SubmittedRequest,
} from "../../../protocol/index.ts";
import type { EventSink, InferenceBackend } from "../backend.ts";
import { Connection, type ConnectionOptions, type OpenStream, type ServerModel } from "./connection.ts";
import { endless, streamCut } from "./errors.ts";
import { toServerRequest } from "./request.ts";
import { StreamRecord } from "./stream.ts";

interface Loaded {
  readonly connection: Connection;
  readonly model: ServerModel;
}

interface InFlight {
  readonly controller: AbortController;
  /** Resolves after its terminal event. */
  readonly ended: Promise<void>;
}

export class OpenAiBackend implements InferenceBackend {
  readonly #options: ConnectionOptions;
  readonly #inFlight = new Map<RequestId, InFlight>();
  #loaded: Loaded | null = null;
  #tellsCachedTokens = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get capabilities(): Capabilities {
    return {
      batching: "server",
      prefixCache: "server",
      gpuTiming: false,
      structuredOutput: true,
      // Known once an answer told them.
      cachedTokenCounts: this.#tellsCachedTokens,
      rawCompletion: true,
      tokenIds: false,
      logprobs: false,
    };
  }

  async load(
    params: LoadParams,
    progress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<LoadResult> {
    await this.unload();
    if (!("server" in params.source)) {
      throw new InferscopeError("invalid-request", "This engine loads from a server.", {
        hint: "Give {server: {baseUrl, model}} as the source.",
      });
    }
    const { server } = params.source;
    const connection = new Connection(server, this.#options);
    const { origin } = connection.url;
    progress({ stage: "config", loadedBytes: 0, totalBytes: 0, bytesPerSecond: 0, file: "", note: origin });
    const models = await connection.models(signal);
    signal.throwIfAborted();
    const model = models.find(({ id }) => id === server.model);
    if (model === undefined) {
      throw new InferscopeError("invalid-request", `${origin} has no model "${server.model}".`, {
        hint: `It offers: ${
          models
            .map(({ id }) => id)
            .slice(0, 10)
            .join(", ") || "none"
        }.`,
        details: { server: origin, models: models.length },
      });
    }
    this.#loaded = { connection, model };
    this.#tellsCachedTokens = false;
    return { model: modelInfo(this.#loaded), capabilities: this.capabilities, policy: null };
  }

  configure(): Promise<EnginePolicy> {
    return Promise.reject(lacks("schedules by itself: its policy cannot be set from here"));
  }

  submit(request: SubmittedRequest, sink: EventSink): void {
    const { connection, model } = this.#model();
    const { endpoint, body } = toServerRequest(request, model.id);
    if (this.#inFlight.has(request.id)) {
      throw new InferscopeError("invalid-request", `A request "${request.id}" is in flight already.`);
    }
    const controller = new AbortController();
    const ended = this.#run({ connection, endpoint, body, request, sink, controller });
    this.#inFlight.set(request.id, { controller, ended });
  }

  abort(requestId: RequestId): void {
    this.#inFlight.get(requestId)?.controller.abort();
  }

  startProfile(): void {
    throw lacks("does not let its kernels be timed");
  }

  stopProfile(): null {
    return null;
  }

  encode(): readonly number[] {
    throw lacks("does not give out its tokenizer");
  }

  decode(): string {
    throw lacks("does not give out its tokenizer");
  }

  applyTemplate(): Calls["applyTemplate"]["result"] {
    throw lacks("does not show the prompt it makes of a chat");
  }

  snapshot(): CacheSnapshot | null {
    return null;
  }

  clearCache(): void {
    this.#model();
    throw lacks("keeps its cache to itself: it cannot be emptied from here");
  }

  status(): EngineStatus {
    const loaded = this.#loaded;
    return {
      adapter: null,
      kernels: [],
      gpuMemory: null,
      model: loaded === null ? null : modelInfo(loaded),
    };
  }

  /** Ends everything in flight with "abort"; the key is forgotten. */
  async unload(): Promise<void> {
    this.#loaded = null;
    const running = [...this.#inFlight.values()];
    for (const { controller } of running) controller.abort();
    await Promise.all(running.map(({ ended }) => ended));
  }

  #model(): Loaded {
    if (this.#loaded !== null) return this.#loaded;
    throw new InferscopeError("no-model", "No model is loaded.", { hint: "Connect to a server first." });
  }

  /** One request from prompt to end; exactly one terminal event. Never rejects. */
  async #run(sent: Sent): Promise<void> {
    const { connection, request, sink, controller } = sent;
    const { id: requestId, sampling, submittedMs } = request;
    const record = new StreamRecord(connection.url.origin, submittedMs, sampling.n);
    let limited: RateLimited | null = null;
    const finish = (aborted: boolean) => {
      const metrics = record.metrics(now(), limited);
      sink({ type: "finished", requestId, choices: record.choices(aborted), metrics });
    };
    try {
      // Not before `submit` has put it among those in flight.
      await Promise.resolve();
      const stream = await connection.stream(sent.endpoint, sent.body, controller.signal, (refusal) => {
        limited = { numRefused: refusal.numRefused, waitedMs: (limited?.waitedMs ?? 0) + refusal.ms };
        sink({ type: "waiting", requestId, ...refusal });
      });
      await this.#follow(stream, sent, record);
      this.#tellsCachedTokens ||= record.cachedTokens !== null;
      this.#inFlight.delete(requestId);
      finish(false);
    } catch (error) {
      this.#inFlight.delete(requestId);
      if (controller.signal.aborted) {
        finish(true);
        return;
      }
      const known = error instanceof InferscopeError ? connection.withoutKey(error) : error;
      sink({ type: "failed", requestId, error: serializeError(known), choices: record.choices(false) });
    }
  }

  async #follow(
    { body, silence }: OpenStream,
    { connection, request, sink, controller }: Sent,
    record: StreamRecord,
  ): Promise<void> {
    const reader = body.getReader();
    const { origin } = connection.url;
    const { answerBytes } = connection.limits;
    let numBytes = 0;
    try {
      while (!record.isDone) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw silence.error ?? streamCut(origin, "the connection was lost.", error);
        });
        controller.signal.throwIfAborted();
        if (done) break;
        silence.heardByte();
        numBytes += value.length;
        if (numBytes > answerBytes) throw endless(origin, answerBytes);
        const atMs = now();
        for (const piece of record.take(value, atMs)) {
          silence.heardAnswer();
          sink({ type: "chunk", requestId: request.id, atMs, ...piece });
          controller.signal.throwIfAborted();
        }
      }
      record.end();
    } finally {
      silence.end();
      // Lets the server stop computing what nobody reads.
      reader.cancel().catch(() => undefined);
    }
  }
}

interface Sent {
  readonly connection: Connection;
  readonly endpoint: string;
  readonly body: unknown;
  readonly request: SubmittedRequest;
  readonly sink: EventSink;
  readonly controller: AbortController;
}

/** Ids of the models that a server offers. Rejects with what is wrong with address, key or server. */
export async function listServerModels(
  address: ServerAddress,
  options: ConnectionOptions,
): Promise<readonly string[]> {
  const models = await new Connection(address, options).models(new AbortController().signal);
  return models.map(({ id }) => id);
}

function lacks(what: string): InferscopeError {
  return new InferscopeError("unsupported", `A server ${what}.`, {
    hint: "Load a model with the Inferscope engine for this.",
  });
}

function modelInfo({ connection, model }: Loaded): ModelInfo {
  return {
    ...model,
    architecture: null,
    quantization: null,
    weightBytes: null,
    kvBytesPerToken: null,
    numBlocks: null,
    blockSize: null,
    synthetic: false,
    runner: null,
    backend: "openai",
    weightsHash: null,
    stopTokenIds: [],
    server: connection.url.origin,
  };
}
