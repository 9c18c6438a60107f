/**
 * The serving core's face: requests in, events out. One step is schedule, run, postprocess;
 * the loop steps while there are requests and lets the event loop in between.
 *
 * Everything that happens to sequences happens between two runs of the model. So `abort`
 * during a run takes effect at its end, and a step could be scheduled before the last one's
 * tokens are read (look-ahead) without touching anything but `#step`.
 */
import {
  type CacheSnapshot,
  type EnginePolicy,
  type EpochMs,
  InferscopeError,
  now as protocolNow,
  type RequestId,
  type SequenceStep,
} from "../../protocol/index.ts";
import { ActiveRequest } from "./active-request.ts";
import { assertIntegrity, integrityView } from "./integrity.ts";
import { KvCache } from "./kv-cache.ts";
import { checkPolicy, KvPool } from "./kv-pool.ts";
import type { ModelRunner } from "./model-runner.ts";
import { advance, isFailed } from "./postprocess.ts";
import { type EngineOutput, RequestTable } from "./request-table.ts";
import { checkRequest, type EngineRequest } from "./request.ts";
import { type BatchOutput, runBatch } from "./run-batch.ts";
import { type Schedule, Scheduler } from "./scheduler.ts";
import { type FinishedRun, stepTrace } from "./step-trace.ts";
import { createYieldToEvents, type YieldToEvents } from "./yield-to-events.ts";

export interface EngineOptions {
  readonly runner: ModelRunner;
  readonly policy: EnginePolicy;
  /** Steps, and exactly one `finished` or `failed` for each accepted request. Must not throw. */
  readonly emit: (event: EngineOutput) => void;
  readonly now?: () => EpochMs;
  readonly yieldToEvents?: YieldToEvents;
  /** Told when an invariant is found broken at idle; the engine then refuses requests, saying why. */
  readonly onIntegrityError?: (error: InferscopeError) => void;
}

export class Engine {
  readonly #emit: (event: EngineOutput) => void;
  readonly #now: () => EpochMs;
  readonly #yieldToEvents: YieldToEvents;
  readonly #onIntegrityError: (error: InferscopeError) => void;
  readonly #kv: KvCache;
  readonly #scheduler: Scheduler;
  readonly #pool: KvPool;
  readonly #requests: RequestTable;
  #runner: ModelRunner;
  #policy: EnginePolicy;
  /** Why nothing can run any more, until `replaceRunner`. */
  #failure: InferscopeError | null = null;
  #loop: Promise<void> | null = null;
  #isRunInFlight = false;
  #numSteps = 0;
  #numSubmitted = 0;

  /** Allocates the KV pool. Rejects with `invalid-request`, `device-limit` or the runner's error. */
  static async create(options: EngineOptions): Promise<Engine> {
    checkPolicy(options.policy, options.runner);
    await options.runner.allocateKv(options.policy);
    return new Engine(options);
  }

  private constructor(options: EngineOptions) {
    this.#runner = options.runner;
    this.#policy = options.policy;
    this.#emit = options.emit;
    this.#now = options.now ?? protocolNow;
    this.#yieldToEvents = options.yieldToEvents ?? createYieldToEvents();
    this.#onIntegrityError = options.onIntegrityError ?? (() => undefined);
    this.#kv = new KvCache(options.policy, this.#now);
    this.#pool = new KvPool(this.#kv, options.policy);
    this.#scheduler = new Scheduler(this.#kv, options.policy);
    this.#requests = new RequestTable(this.#scheduler, this.#kv, options.emit, this.#now);
  }

  /** In effect: its pool is the one in use. */
  get policy(): EnginePolicy {
    return { ...this.#policy, ...this.#pool.current };
  }

  get numSteps(): number {
    return this.#numSteps;
  }

  get isIdle(): boolean {
    return this.#requests.size === 0;
  }

  /** Throws `invalid-request`, `request-too-large`, or what stopped the engine. */
  submit(request: EngineRequest): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#requests.get(request.requestId) !== undefined) {
      throw new InferscopeError("invalid-request", `request ${request.requestId} is already being served`);
    }
    const { vocabSize, contextWindow } = this.#runner;
    checkRequest(request, { ...this.#pool.next, vocabSize, contextWindow });
    const active = new ActiveRequest(request, this.#numSubmitted);
    this.#numSubmitted += active.sequences.length;
    this.#requests.add(active);
    this.#wake();
  }

  /** Ends a request with reason "abort", at the end of the step that is running. Unknown ids are ignored. */
  abort(requestId: RequestId): void {
    const active = this.#requests.get(requestId);
    if (active === undefined) return;
    active.abortRequested = true;
    if (!this.#isRunInFlight) this.#requests.finishAborted();
  }

  /**
   * Takes effect with the next step; a change of the pool when the engine is idle, emptying
   * the cache. Resolves with the policy once all of it is in effect. Rejects with
   * `invalid-request`, `device-limit`, or the runner's error, the old policy then staying.
   */
  async configure(change: Partial<EnginePolicy>): Promise<EnginePolicy> {
    const policy = { ...this.#policy, ...this.#pool.wanted, ...change };
    checkPolicy(policy, this.#runner);
    this.#policy = policy;
    this.#scheduler.configure(policy);
    const isPoolReady = this.#pool.want(policy);
    if (this.#pool.isStale) this.#wake();
    await isPoolReady;
    return this.policy;
  }

  snapshot(): CacheSnapshot {
    return this.#kv.snapshot();
  }

  /** Drops every cached block that no sequence holds. */
  clearCache(): void {
    this.#kv.clear();
  }

  /** Fails every request, keeping partial text, and refuses new ones until `replaceRunner`. */
  fail(error: InferscopeError): void {
    this.#failure = error;
    for (const active of this.#requests.all) this.#requests.fail(active, error);
    this.#kv.clear();
  }

  /** After a lost device: serves on with a new runner and an empty cache. */
  async replaceRunner(runner: ModelRunner): Promise<void> {
    await this.whenIdle();
    checkPolicy({ ...this.#policy, ...this.#pool.wanted }, runner);
    await this.#pool.replace(runner);
    this.#runner = runner;
    this.#failure = null;
  }

  /** Resolves when no request is left. */
  async whenIdle(): Promise<void> {
    while (this.#loop !== null) await this.#loop;
  }

  /** Aborts everything and waits for the end of the running step. The runner stays the caller's. */
  async close(): Promise<void> {
    for (const requestId of this.#requests.ids) this.abort(requestId);
    this.#failure = new InferscopeError("no-model", "the engine has been closed");
    await this.whenIdle();
  }

  /** Throws when an invariant of `integrity.ts` is broken. Not during a step. */
  checkIntegrity(): void {
    assertIntegrity(integrityView(this.#kv, this.#scheduler, this.#requests.ids));
  }

  #wake(): void {
    this.#loop ??= this.#run().finally(() => {
      this.#loop = null;
      // A request may have come between the loop's last look and this line.
      if (this.#hasWork()) this.#wake();
    });
  }

  #hasWork(): boolean {
    return this.#requests.size > 0 || this.#pool.isStale;
  }

  async #run(): Promise<void> {
    // Requests submitted in the same task share their first step.
    await this.#yieldToEvents();
    while (this.#hasWork()) {
      if (this.#requests.size === 0) await this.#replacePool();
      else await this.#step().catch((error: unknown) => this.#handleStepFailure(error));
      await this.#yieldToEvents();
    }
    this.#checkIntegrityWhenIdle();
  }

  async #step(): Promise<void> {
    const scheduled = this.#schedule();
    const output = await this.#runModel(scheduled.plan);
    this.#postprocess({ ...scheduled, output, finishedMs: this.#now() });
  }

  #schedule(): Omit<FinishedRun, "output" | "finishedMs"> {
    const startMs = this.#now();
    const plan = this.#scheduler.schedule();
    if (plan.scheduled.length === 0) {
      throw new InferscopeError("internal", "requests are waiting and none could be scheduled");
    }
    for (const { sequence } of plan.scheduled) sequence.firstScheduledMs ??= startMs;
    const { waiting, running } = this.#scheduler;
    return {
      plan,
      startMs,
      scheduledMs: this.#now(),
      numWaiting: waiting.length,
      numRunning: running.length,
    };
  }

  async #runModel(plan: Schedule): Promise<BatchOutput> {
    this.#isRunInFlight = true;
    try {
      return await runBatch(this.#runner, plan.scheduled, this.#now);
    } finally {
      this.#isRunInFlight = false;
    }
  }

  #postprocess(run: FinishedRun): void {
    const rows: SequenceStep[] = [];
    const failures = new Map<ActiveRequest, InferscopeError>();
    run.plan.scheduled.forEach((scheduled, index) => {
      const { sequence } = scheduled;
      const active = this.#requests.get(sequence.requestId);
      // `fail` may have ended it while the model ran.
      if (active === undefined || sequence.state !== "running") return;
      const sample = run.output.samples[index];
      // The token of an aborted request is thrown away.
      const { row, error } = advance(scheduled, active.abortRequested && !isFailed(sample) ? null : sample, {
        kv: this.#kv,
        stopTokenIds: active.request.stopTokenIds,
        contextWindow: this.#runner.contextWindow,
        timeMs: run.finishedMs,
        constraintError: run.output.constraintErrors.get(index),
      });
      rows.push(row);
      if (error !== null) failures.set(active, error);
      if (sequence.finishReason !== null) this.#scheduler.remove(sequence);
    });
    // Blocks go first, so that the trace shows the pool as it is after the step.
    const requests = this.#requests.all;
    for (const active of requests) {
      if (active.abortRequested || failures.has(active)) this.#requests.release(active);
    }
    // What a failed sequence computed in earlier steps is cached, and may be no numbers either.
    if (run.output.samples.some(isFailed)) this.#kv.clear();
    this.#numSteps += 1;
    this.#emit({ type: "step", trace: stepTrace(this.#numSteps, run, rows, this.#kv.counts()) });
    for (const active of requests) {
      const error = failures.get(active);
      if (error !== undefined && !active.abortRequested) this.#requests.fail(active, error);
      else if (active.isDone) this.#requests.finish(active);
    }
  }

  /** The KV content of the step is undefined: what ran fails, and nothing stays cached. */
  #handleStepFailure(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    const error =
      cause instanceof InferscopeError ? cause : new InferscopeError("internal", message, { cause });
    this.#requests.finishAborted();
    if (error.kind === "device-lost") {
      this.fail(error);
      return;
    }
    const all = this.#requests.all;
    const ran = all.filter((active) => active.sequences.some(({ state }) => state === "running"));
    for (const active of ran.length > 0 ? ran : all) this.#requests.fail(active, error);
    this.#kv.clear();
  }

  async #replacePool(): Promise<void> {
    try {
      await this.#pool.replace(this.#runner);
    } catch (cause) {
      this.fail(new InferscopeError("out-of-memory", "the KV pool could not be restored", { cause }));
    }
  }

  #checkIntegrityWhenIdle(): void {
    try {
      this.checkIntegrity();
    } catch (cause) {
      this.#kv.reset(this.#pool.current);
      const message = cause instanceof Error ? cause.message : String(cause);
      const error = new InferscopeError("internal", `The engine stopped, its books are wrong: ${message}`, {
        hint: "Answers since it was last idle may be wrong. Load the model again, and report this message.",
        cause,
      });
      this.#failure = error;
      this.#onIntegrityError(error);
    }
  }
}
