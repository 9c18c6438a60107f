/**
 * The requests being served, and the ways in which one ends: exactly one event for each, even
 * when whoever receives an event ends requests from within it.
 */
import {
  type EngineEvent,
  type EpochMs,
  type InferscopeError,
  type RequestId,
  serializeError,
} from "../../protocol/index.ts";
import type { ActiveRequest } from "./active-request.ts";
import type { KvCache } from "./kv-cache.ts";
import type { Scheduler } from "./scheduler.ts";

export type EngineOutput =
  | Extract<EngineEvent, { type: "step" | "finished" }>
  | (Extract<EngineEvent, { type: "failed" }> & { readonly requestId: RequestId });

export class RequestTable {
  readonly #requests = new Map<RequestId, ActiveRequest>();
  readonly #scheduler: Scheduler;
  readonly #kv: KvCache;
  readonly #emit: (event: EngineOutput) => void;
  readonly #now: () => EpochMs;

  constructor(scheduler: Scheduler, kv: KvCache, emit: (event: EngineOutput) => void, now: () => EpochMs) {
    this.#scheduler = scheduler;
    this.#kv = kv;
    this.#emit = emit;
    this.#now = now;
  }

  get size(): number {
    return this.#requests.size;
  }

  get ids(): readonly RequestId[] {
    return [...this.#requests.keys()];
  }

  /** A copy: requests may end while it is walked. */
  get all(): readonly ActiveRequest[] {
    return [...this.#requests.values()];
  }

  get(requestId: RequestId): ActiveRequest | undefined {
    return this.#requests.get(requestId);
  }

  add(active: ActiveRequest): void {
    this.#requests.set(active.request.requestId, active);
    for (const sequence of active.sequences) this.#scheduler.add(sequence);
  }

  /** Takes every block and queue place from a request; its one event is still to come. */
  release(active: ActiveRequest): void {
    for (const sequence of active.sequences) this.#scheduler.remove(sequence);
    this.#kv.dropPrivateSpace(active.request.requestId);
  }

  finish(active: ActiveRequest): void {
    if (!this.#end(active)) return;
    this.#emit({
      type: "finished",
      requestId: active.request.requestId,
      choices: active.choices(),
      metrics: active.metrics(this.#now()),
    });
  }

  fail(active: ActiveRequest, error: InferscopeError): void {
    if (!this.#end(active)) return;
    this.#emit({
      type: "failed",
      requestId: active.request.requestId,
      error: serializeError(error),
      choices: active.choices(),
    });
  }

  finishAborted(): void {
    for (const active of this.all) {
      if (active.abortRequested) this.finish(active);
    }
  }

  /** False when it has ended before. */
  #end(active: ActiveRequest): boolean {
    const { requestId } = active.request;
    if (this.#requests.get(requestId) !== active) return false;
    this.release(active);
    return this.#requests.delete(requestId);
  }
}
