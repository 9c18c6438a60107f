/**
 * A backend for simulations: the real engine and the real waiting of requests, over the fake runner whose
 * tokens change when any block holds what it should not. Loads, steps and tokenizing take random times,
 * and fail at random.
 */
import {
  defaultPolicy,
  InferscopeError,
  type Capabilities,
  type EngineEvent,
  type EnginePolicy,
  type LoadParams,
  type LoadProgress,
  type LoadResult,
  type ModelInfo,
  type RequestId,
  type SubmittedRequest,
} from "../../../protocol/index.ts";
import { noModelError, type EventSink, type InferenceBackend } from "../../../workers/backends/backend.ts";
import { PendingRequests } from "../../../workers/backends/pending-requests.ts";
import { SinkTable } from "../../../workers/backends/sink-table.ts";
import { Engine } from "../../../workers/engine/engine.ts";
import { FakeRunner } from "../../../workers/engine/testing/fake-runner.ts";
import { request as engineRequest } from "../../../workers/engine/testing/harness.ts";
import type { Dice } from "../../../workers/engine/testing/simulation.ts";

export interface SimThread {
  /** Resolves after so many virtual milliseconds of a thread that runs; never in one that was ended. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly post: (event: EngineEvent) => void;
}

export class SimBackend implements InferenceBackend {
  readonly capabilities: Capabilities = {
    batching: "continuous",
    prefixCache: "cross-request",
    gpuTiming: false,
    structuredOutput: false,
    cachedTokenCounts: true,
    rawCompletion: true,
    tokenIds: true,
    logprobs: false,
  };
  readonly integrityErrors: Error[] = [];
  readonly #die: Dice;
  readonly #thread: SimThread;
  readonly #sinks = new SinkTable();
  readonly #pending = new PendingRequests();
  /** No more faults of its own: the end of a simulation. */
  isCalm = false;
  engine: Engine | null = null;

  constructor(die: Dice, thread: SimThread) {
    this.#die = die;
    this.#thread = thread;
  }

  async load(
    params: LoadParams,
    progress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<LoadResult> {
    await this.unload();
    for (let part = 1; part <= 3; part += 1) {
      await this.#thread.sleep(this.#die.int(1, 60));
      signal.throwIfAborted();
      progress({ stage: "download", loadedBytes: part, totalBytes: 3, bytesPerSecond: 1, file: "" });
      if (this.#fails(0.04)) throw new InferscopeError("network", "the network went away");
    }
    const engine = await this.#createEngine(params);
    signal.throwIfAborted();
    this.engine = engine;
    return { model: { id: "sim" } as ModelInfo, capabilities: this.capabilities, policy: engine.policy };
  }

  async configure(policy: Partial<EnginePolicy>): Promise<EnginePolicy> {
    return this.#model().configure(policy);
  }

  submit(request: SubmittedRequest, sink: EventSink): void {
    this.#model();
    this.#pending.refuse(request.id);
    const { prompt } = request;
    if (prompt.type !== "tokens") throw new InferscopeError("unsupported", "tokens only");
    const { tokenIds } = prompt;
    if (this.#die.chance(0.5)) this.#start(request, sink, tokenIds);
    else {
      const later = this.#thread.sleep(this.#die.int(1, 100)).then(() => {
        if (this.#fails(0.1)) throw new InferscopeError("bad-template", "it did not end");
        return tokenIds;
      });
      this.#pending.add(request, sink, { tokenIds: later, compile: null }, (prepared) =>
        this.#start(request, sink, prepared.tokenIds),
      );
    }
  }

  abort(requestId: RequestId): void {
    this.#pending.abort(requestId);
    this.engine?.abort(requestId);
  }

  encode(text: string): readonly number[] {
    this.#model();
    return [text.length];
  }

  decode(): string {
    return "";
  }

  applyTemplate() {
    return { text: "", tokenIds: [], pieces: [] };
  }

  snapshot() {
    return this.engine?.snapshot() ?? null;
  }

  clearCache(): void {
    this.engine?.clearCache();
  }

  status() {
    return { adapter: null, kernels: [], model: null, gpuMemory: null };
  }

  startProfile(): void {
    throw new InferscopeError("unsupported", "nothing to time");
  }

  stopProfile(): null {
    return null;
  }

  async unload(): Promise<void> {
    const { engine } = this;
    if (engine === null) return;
    this.#pending.abortAll();
    await engine.close();
    this.engine = null;
  }

  /** The device is lost, and comes back after a while. */
  async lose(): Promise<void> {
    await this.#thread.sleep(0);
    const { engine } = this;
    if (engine === null) return;
    engine.fail(new InferscopeError("device-lost", "the device was pulled out"));
    this.#thread.post({ type: "device-lost", reason: "unknown", message: "pulled out", recovering: true });
    await this.#thread.sleep(this.#die.int(1, 300));
    if (this.engine === engine) await engine.replaceRunner(this.#runner());
  }

  #createEngine({ policy }: LoadParams): Promise<Engine> {
    return Engine.create({
      runner: this.#runner(),
      policy: { ...defaultPolicy, numBlocks: 40, blockSize: 4, maxNumBatchedTokens: 32, ...policy },
      emit: (event) => this.#sinks.emit(event),
      yieldToEvents: () => this.#thread.sleep(0),
      onIntegrityError: (error) => this.integrityErrors.push(error),
    });
  }

  #runner(): FakeRunner {
    return new FakeRunner({
      beforeRun: async () => {
        await this.#thread.sleep(this.#die.int(1, 20));
        if (this.#fails(0.01)) throw new InferscopeError("out-of-memory", "a call of this step failed");
      },
    });
  }

  #start(request: SubmittedRequest, sink: EventSink, tokenIds: readonly number[]): void {
    const { id, submittedMs, sampling, usePrefixCache } = request;
    const { maxTokens, temperature, seed } = sampling;
    const spec = { prompt: tokenIds, maxTokens, temperature, seed, usePrefixCache };
    this.#model().submit({ ...engineRequest(id, spec, submittedMs), requestId: id });
    this.#sinks.add(id, sink);
  }

  #fails(probability: number): boolean {
    return this.#die.chance(probability) && !this.isCalm;
  }

  #model(): Engine {
    if (this.engine === null) throw noModelError();
    return this.engine;
  }
}
