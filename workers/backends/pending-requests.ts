/**
 * Requests that are accepted and wait for their prompt's tokens or their grammar. They end like any other: by going on to
 * the engine, by an abort, or by a failure, with one event each.
 */
import {
  InferscopeError,
  now,
  requestMetrics,
  type RequestId,
  serializeError,
  type SubmittedRequest,
} from "../../protocol/index.ts";
import type { RequestConstraint, TokenConstraint } from "../engine/request.ts";
import type { EventSink } from "./backend.ts";

interface Pending {
  readonly request: SubmittedRequest;
  readonly sink: EventSink;
  /** Null while they are not known. */
  numPromptTokens: number | null;
}

/** What a request that had to wait takes along to the engine. */
export interface Prepared {
  readonly tokenIds: readonly number[];
  /** Missing where it is held to no format. */
  readonly constraint?: RequestConstraint;
}

export interface Preparation {
  readonly tokenIds: readonly number[] | Promise<readonly number[]>;
  /** Null: held to no format. */
  readonly compile: (() => Promise<readonly TokenConstraint[]>) | null;
}

export class PendingRequests {
  readonly #pending = new Map<RequestId, Pending>();

  /** Throws `invalid-request` for an id that waits already. */
  refuse(requestId: RequestId): void {
    if (!this.#pending.has(requestId)) return;
    throw new InferscopeError("invalid-request", `request ${requestId} is already being served`);
  }

  /** `start` may throw: then the request fails with that. Throws `invalid-request` for an id that waits already. */
  add(
    request: SubmittedRequest,
    sink: EventSink,
    preparation: Preparation,
    start: (prepared: Prepared) => void,
  ): void {
    this.refuse(request.id);
    const { tokenIds } = preparation;
    const numPromptTokens = tokenIds instanceof Promise ? null : tokenIds.length;
    const pending: Pending = { request, sink, numPromptTokens };
    this.#pending.set(request.id, pending);
    void this.#run(pending, preparation, start);
  }

  abort(requestId: RequestId): void {
    const pending = this.#pending.get(requestId);
    if (pending === undefined) return;
    this.#take(pending);
    const { request, sink, numPromptTokens } = pending;
    const { submittedMs } = request;
    const counts = { numPromptTokens: numPromptTokens ?? 0, numCachedTokens: 0, numPreemptions: 0 };
    sink({
      type: "finished",
      requestId,
      choices: Array.from({ length: request.sampling.n }, (_, index) => ({
        index,
        tokenIds: [],
        text: "",
        finishReason: "abort",
      })),
      metrics: {
        ...requestMetrics({ submittedMs, firstScheduledMs: null, tokenMs: [], finishedMs: now() }, counts),
        numPromptTokens,
      },
    });
  }

  abortAll(): void {
    for (const requestId of [...this.#pending.keys()]) this.abort(requestId);
  }

  async #run(pending: Pending, preparation: Preparation, start: (prepared: Prepared) => void): Promise<void> {
    const { request, sink } = pending;
    const { compile } = preparation;
    let choices: readonly TokenConstraint[] = [];
    let isTaken = false;
    const take = () => {
      isTaken ||= this.#take(pending);
      return isTaken;
    };
    try {
      const tokenIds = await preparation.tokenIds;
      pending.numPromptTokens = tokenIds.length;
      const startedMs = now();
      // Nobody waits for the grammar of a request that was aborted.
      if (compile !== null && this.#pending.get(request.id) === pending) choices = await compile();
      const constraint = { choices, compileMs: now() - startedMs };
      if (take()) start({ tokenIds, ...(compile === null ? {} : { constraint }) });
      else for (const choice of choices) choice.dispose();
    } catch (error) {
      for (const choice of choices) choice.dispose();
      // An abort has ended it; what `start` threw has not.
      if (!take()) return;
      sink({ type: "failed", requestId: request.id, error: serializeError(error), choices: [] });
    }
  }

  /** False where it has ended already; its name may be another request's by now. */
  #take(pending: Pending): boolean {
    const { id } = pending.request;
    return this.#pending.get(id) === pending && this.#pending.delete(id);
  }
}
