/** The page's half of the protocol: typed calls into the worker, its events, and its life and death. */
import {
  callId,
  deserializeError,
  InferscopeError,
  now,
  serializeError,
  type CallId,
  type CallName,
  type Calls,
  type Command,
  type EngineEvent,
  type EnginePolicy,
  type Generation,
  type LoadParams,
  type LoadProgress,
  type LoadResult,
  type Request,
  type RequestId,
  type SerializedError,
  type StepTrace,
} from "../../protocol/index.ts";
import { Emitter } from "./emitter.ts";
import { EngineLease, otherTabError } from "./engine-lease.ts";
import { GenerationState } from "./generation.ts";
import { RunLock } from "./run-lock.ts";
import { pageTime, TimeLatch, type TimeSource } from "./time-latch.ts";
import { Watchdog } from "./watchdog.ts";
import { RestartBudget, spawnEngine, type SpawnWorker, type WorkerProcess } from "./worker-process.ts";

/** `dead`: not restarted any more; only reloading the page helps. */
export interface ClientStatus {
  readonly worker: "running" | "dead";
  /** The model that answers now; null before a load, after a failed one and after a crash. */
  readonly loaded: LoadResult | null;
  /** Why the last load failed; null before it, while it runs and when it succeeded. */
  readonly loadError: SerializedError | null;
  readonly lastCrash: SerializedError | null;
}

export type DeviceLost = Extract<EngineEvent, { type: "device-lost" }>;
/** A server asked a request to wait. */
export type Waiting = Extract<EngineEvent, { type: "waiting" }>;

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: InferscopeError): void;
  readonly onProgress: ((progress: LoadProgress) => void) | null;
}

export interface EngineClientOptions {
  readonly spawn: SpawnWorker;
  readonly locks?: LockManager;
  readonly time: TimeSource;
}

export class EngineClient {
  readonly #spawn: SpawnWorker;
  readonly #calls = new Map<CallId, PendingCall>();
  readonly #generations = new Map<RequestId, GenerationState>();
  readonly #steps = new Emitter<StepTrace>();
  readonly #progress = new Emitter<LoadProgress>();
  readonly #losses = new Emitter<DeviceLost>();
  readonly #waits = new Emitter<Waiting>();
  readonly #policies = new Emitter<EnginePolicy>();
  readonly #statuses = new Emitter<ClientStatus>();
  readonly #restarts = new RestartBudget();
  readonly #runLock: RunLock;
  readonly #time: TimeLatch;
  /** Which tab has the engine. A load needs it; what takes no model's memory does without. */
  readonly lease: EngineLease;
  readonly #watchdog = new Watchdog(() => this.#crash("The engine stopped responding."));
  #worker: WorkerProcess | null;
  #nextCall = 1;
  #loads = 0;
  #loadedFrom: LoadParams | null = null;
  #status: ClientStatus = { worker: "running", loaded: null, loadError: null, lastCrash: null };

  constructor(options: EngineClientOptions) {
    this.#spawn = options.spawn;
    this.#runLock = new RunLock(options.locks);
    this.#time = new TimeLatch(options.time);
    this.lease = new EngineLease(options.locks);
    this.lease.onState((state) => {
      if (state === "taken") this.#letGo();
    });
    this.#worker = this.#start();
  }

  /** How the present model was loaded; null without one. */
  get loadedFrom(): LoadParams | null {
    return this.#status.loaded === null ? null : this.#loadedFrom;
  }

  get status(): ClientStatus {
    return this.#status;
  }

  /** Rejects with the worker's `InferscopeError`, or `worker-crashed`. */
  call<Name extends CallName>(call: Name, params: Calls[Name]["params"]): Promise<Calls[Name]["result"]> {
    const { promise } = this.#send(call, params);
    if (call === "configure") {
      // The result of `configure` is the policy in effect: `Calls` says so, this branch cannot.
      promise.then((policy) => this.#policies.emit(policy as EnginePolicy)).catch(() => undefined);
    }
    return promise;
  }

  /**
   * Aborting `signal` rejects with `aborted` at once; the worker gives up behind it. Rejects with
   * `other-tab` where another tab has the engine, or takes it meanwhile.
   */
  async load(
    params: LoadParams,
    options: { onProgress?: (progress: LoadProgress) => void; signal?: AbortSignal } = {},
  ): Promise<LoadResult> {
    const { signal, onProgress } = options;
    const cancelled = () => new InferscopeError("aborted", "The load was cancelled.");
    if (wasAborted(signal)) throw cancelled();
    // A server's model takes nothing of this machine: any tab may use it.
    if (params.backend !== "openai" && this.lease.state !== "held") await this.lease.ask();
    if (wasAborted(signal)) throw cancelled();
    const load = (this.#loads += 1);
    const sent = this.#send("load", params, onProgress ?? null);
    const cancel = () => {
      this.#calls.get(sent.callId)?.reject(cancelled());
      this.call("cancelLoad", { loadCallId: sent.callId }).catch(() => undefined);
    };
    signal?.addEventListener("abort", cancel);
    // The worker unloads what there is before it loads.
    this.#setStatus({ loaded: null, loadError: null });
    // An older load may end after a newer one began: it says nothing about the present.
    const isNewest = () => load === this.#loads;
    try {
      const loaded = await sent.promise;
      if (isNewest()) this.#setStatus({ loaded });
      if (isNewest()) this.#loadedFrom = params;
      return loaded;
    } catch (error) {
      if (isNewest()) this.#setStatus({ loadError: serializeError(error) });
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async unload(): Promise<void> {
    this.#loads += 1;
    await this.call("unload", null);
    this.#setStatus({ loaded: null });
  }

  /** Submits a request. What is wrong with it shows in the generation's result. */
  generate(request: Request): Generation {
    const submittedMs = now();
    const abort = () => void this.call("abort", { requestId: request.id }).catch(() => undefined);
    const generation = new GenerationState(request.id, submittedMs, abort, this.#time.begin());
    this.#generations.set(request.id, generation);
    this.#runLock.set(true);
    this.call("submit", { ...request, submittedMs }).catch((error: unknown) => {
      this.#end(request.id)?.fail(deserializeError(serializeError(error)));
    });
    return generation;
  }

  onStep(listener: (trace: StepTrace) => void): () => void {
    return this.#steps.add(listener);
  }

  /** Progress of any load. */
  onProgress(listener: (progress: LoadProgress) => void): () => void {
    return this.#progress.add(listener);
  }

  onDeviceLost(listener: (event: DeviceLost) => void): () => void {
    return this.#losses.add(listener);
  }

  onWaiting(listener: (event: Waiting) => void): () => void {
    return this.#waits.add(listener);
  }

  /** The policy in effect, whenever anything asked for it or changed it. */
  onPolicy(listener: (policy: EnginePolicy) => void): () => void {
    return this.#policies.add(listener);
  }

  onStatus(listener: (status: ClientStatus) => void): () => void {
    return this.#statuses.add(listener);
  }

  /** Ends the worker for good; everything pending is rejected. */
  dispose(): void {
    this.#stop(new InferscopeError("aborted", "The engine was closed."));
    this.#setStatus({ worker: "dead", loaded: null });
  }

  #send<Name extends CallName>(
    call: Name,
    params: Calls[Name]["params"],
    onProgress: PendingCall["onProgress"] = null,
  ): { callId: CallId; promise: Promise<Calls[Name]["result"]> } {
    const id = callId(this.#nextCall++);
    const promise = new Promise<unknown>((resolve, reject) => {
      // WebLLM's script is 6 MB, and its load instantiates and compiles in one go.
      const release = usesWebLlm(call, params) ? this.#watchdog.bePatient() : () => undefined;
      const settle = () => {
        this.#calls.delete(id);
        release();
      };
      this.#calls.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        onProgress,
      });
      if (this.#worker === null) {
        this.#calls.get(id)?.reject(deadError(this.#status.lastCrash));
        return;
      }
      try {
        // `call` and `params` belong to one entry of `Calls`; the union cannot say so.
        this.#worker.post({ callId: id, call, params } as Command);
      } catch (cause) {
        const message = `The ${call} call cannot be sent to the engine: ${String(cause)}`;
        this.#calls.get(id)?.reject(new InferscopeError("invalid-request", message, { cause }));
      }
    });
    // The worker answers a call with the result of that call: `Results` in the engine host.
    return { callId: id, promise: promise as Promise<Calls[Name]["result"]> };
  }

  #start(): WorkerProcess {
    const worker = this.#spawn({
      onEvent: (event) => {
        // A terminated worker's last messages may still be queued.
        if (worker === this.#worker) this.#receive(event);
      },
      onCrash: (message) => {
        if (worker === this.#worker) this.#crash(message);
      },
    });
    this.#watchdog.start();
    return worker;
  }

  #receive(event: EngineEvent): void {
    this.#watchdog.alive();
    switch (event.type) {
      case "result":
        this.#calls.get(event.callId)?.resolve(event.result);
        break;
      case "progress": {
        const { stage, loadedBytes, totalBytes, bytesPerSecond, file, share, note } = event;
        const progress: LoadProgress = {
          ...{ stage, loadedBytes, totalBytes, bytesPerSecond, file },
          ...(share === undefined ? {} : { share }),
          ...(note === undefined ? {} : { note }),
        };
        this.#calls.get(event.callId)?.onProgress?.(progress);
        this.#progress.emit(progress);
        break;
      }
      case "step": {
        const { trace } = event;
        for (const row of trace.sequences) {
          this.#generations.get(row.requestId)?.push(row, trace.startMs + trace.totalMs);
        }
        this.#steps.emit(trace);
        break;
      }
      case "chunk":
        this.#generations
          .get(event.requestId)
          ?.pushChunk(event.choice, event.text, event.atMs, event.logprobs);
        break;
      case "waiting":
        this.#waits.emit(event);
        break;
      case "finished":
        this.#end(event.requestId)?.finish(event.choices, event.metrics);
        break;
      case "failed": {
        const error = deserializeError(event.error);
        if (event.callId !== undefined) this.#calls.get(event.callId)?.reject(error);
        if (event.requestId !== undefined) this.#end(event.requestId)?.fail(error, event.choices);
        break;
      }
      case "device-lost":
        this.#losses.emit(event);
        break;
      case "heartbeat":
        break;
    }
  }

  /** Takes a request off the list, so that no second terminal event can reach it. */
  #end(id: RequestId): GenerationState | undefined {
    const generation = this.#generations.get(id);
    this.#generations.delete(id);
    this.#runLock.set(this.#generations.size > 0);
    return generation;
  }

  #crash(message: string): void {
    const error = new InferscopeError("worker-crashed", message, {
      hint: "The engine was restarted; load the model again.",
    });
    this.#stop(error);
    const restart = this.#restarts.take(now());
    if (restart) this.#worker = this.#start();
    this.#setStatus({
      worker: restart ? "running" : "dead",
      loaded: null,
      lastCrash: serializeError(restart ? error : deadError(serializeError(error))),
    });
  }

  /** Another tab took the engine: the GPU's memory is freed with the worker, a fresh one answers the rest. */
  #letGo(): void {
    this.#stop(otherTabError("Another tab took the engine."));
    this.#worker = this.#start();
    this.#setStatus({ worker: "running", loaded: null });
  }

  #stop(error: InferscopeError): void {
    this.#watchdog.stop();
    this.#worker?.terminate();
    this.#worker = null;
    this.#loads += 1;
    for (const pending of [...this.#calls.values()]) pending.reject(error);
    for (const id of [...this.#generations.keys()]) this.#end(id)?.fail(error);
  }

  #setStatus(change: Partial<ClientStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#statuses.emit(this.#status);
  }
}

function usesWebLlm(call: CallName, params: Calls[CallName]["params"]): boolean {
  if (call === "catalog") return true;
  return call === "load" && params !== null && "backend" in params && params.backend === "web-llm";
}

function deadError(crash: SerializedError | null): InferscopeError {
  const message = crash?.message ?? "The engine is closed.";
  return new InferscopeError("worker-crashed", message, {
    hint: "It failed repeatedly and was not restarted again; reload the page.",
  });
}

function wasAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

export const createEngineClient = (): EngineClient =>
  new EngineClient({ locks: navigator.locks, spawn: spawnEngine, time: pageTime(document, window) });
