/** The server's side of one engine thread: calls, and the events of each request to its own listener. */
import { Worker } from "node:worker_threads";

import {
  callId,
  deserializeError,
  InferscopeError,
  type CallName,
  type Calls,
  type EngineEvent,
  type ModelInfo,
  type RequestId,
  type SerializedError,
  type SubmittedRequest,
} from "../../protocol/index.ts";

/** What one request hears: its steps, and exactly one `finished` or `failed`. */
export type RequestEvent = Extract<EngineEvent, { type: "step" | "finished" | "failed" }>;
export type RequestListener = (event: RequestEvent) => void;

interface Call {
  resolve(result: unknown): void;
  reject(error: InferscopeError): void;
}

/** What is used of Node's threads. */
export type ThreadPort = Pick<Worker, "on" | "postMessage" | "terminate">;

const spawn = (): ThreadPort =>
  new Worker(new URL("./engine-thread-entry.js", import.meta.url), { execArgv: [] });

export class EngineThread {
  readonly #worker: ThreadPort;
  readonly #calls = new Map<number, Call>();
  readonly #listeners = new Map<RequestId, RequestListener>();
  readonly #ended: Promise<void>;
  #isEnded = false;
  #numCalls = 0;
  #lastWordMs = performance.now();

  private constructor(worker: ThreadPort) {
    this.#worker = worker;
    worker.on("message", (event: EngineEvent) => this.#hear(event));
    // An `error` is followed by the thread's end, which is told below.
    worker.on("error", () => undefined);
    this.#ended = new Promise((resolve) => {
      worker.on("exit", () => {
        this.#end();
        resolve();
      });
    });
  }

  /** A thread with the embedded model loaded. Rejects where there is no such model. */
  static async start(
    modelId: string,
    spawnThread: () => ThreadPort = spawn,
  ): Promise<{ thread: EngineThread; model: ModelInfo }> {
    const thread = new EngineThread(spawnThread());
    try {
      const { model } = await thread.call("load", {
        source: { id: modelId },
        backend: "paged",
        runner: "cpu",
        policy: {},
      });
      return { thread, model };
    } catch (error) {
      await thread.stop();
      throw error;
    }
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Resolves when the thread is gone, for whatever reason. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Milliseconds since the thread last said anything; it has a heartbeat of two seconds. */
  get silentMs(): number {
    return performance.now() - this.#lastWordMs;
  }

  /** Rejects with what the engine says, or `worker-crashed` when the thread ends before it answers. */
  call<Name extends CallName>(call: Name, params: Calls[Name]["params"]): Promise<Calls[Name]["result"]> {
    if (this.#isEnded) return Promise.reject(crashed());
    this.#numCalls += 1;
    const id = this.#numCalls;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve: (result) => resolve(result as Calls[Name]["result"]), reject });
      this.#worker.postMessage({ callId: callId(id), call, params });
    });
  }

  submit(request: SubmittedRequest, listener: RequestListener): void {
    this.#listeners.set(request.id, listener);
    this.call("submit", request).catch((error: unknown) => {
      const { kind, message, hint } = error instanceof InferscopeError ? error : crashed();
      this.#tell(request.id, {
        type: "failed",
        requestId: request.id,
        error: { kind, message, ...(hint === undefined ? {} : { hint }) },
      });
    });
  }

  abort(requestId: RequestId): void {
    this.call("abort", { requestId }).catch(() => undefined);
  }

  /** Ends the thread, whatever it is doing. What runs in it fails with `worker-crashed`. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
    await this.#ended;
  }

  #hear(event: EngineEvent): void {
    this.#lastWordMs = performance.now();
    if (event.type === "step") {
      const served = new Set(event.trace.sequences.map(({ requestId }) => requestId));
      for (const requestId of served) this.#listeners.get(requestId)?.(event);
    } else if (event.type === "result") {
      this.#take(event.callId)?.resolve(event.result);
    } else if (event.type === "finished") {
      this.#tell(event.requestId, event);
    } else if (event.type === "failed") {
      if (event.callId !== undefined) this.#take(event.callId)?.reject(deserializeError(event.error));
      else if (event.requestId !== undefined) this.#tell(event.requestId, event);
    }
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  /** The last word to a request. */
  #tell(requestId: RequestId, event: Extract<RequestEvent, { type: "finished" | "failed" }>): void {
    const listener = this.#listeners.get(requestId);
    this.#listeners.delete(requestId);
    listener?.(event);
  }

  #end(): void {
    this.#isEnded = true;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(crashed());
    for (const requestId of [...this.#listeners.keys()]) {
      this.#tell(requestId, { type: "failed", requestId, error: crashedError });
    }
  }
}

const crashedError: SerializedError = {
  kind: "worker-crashed",
  message: "The engine's thread ended in the middle of the request.",
  hint: "Send it again: a fresh one is started.",
};
const crashed = () => deserializeError(crashedError);
