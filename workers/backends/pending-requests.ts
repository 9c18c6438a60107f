/**
 * Requests that are accepted and wait for their grammar. They end like any other: by going on to
 * the engine, by an abort, or by a failure, with one event each.
 */
import {
  type EpochMs,
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
  readonly acceptedMs: EpochMs;
  readonly numPromptTokens: number;
}

/** What a request that had to wait takes along to the engine. */
export interface ReadyConstraint {
  readonly constraint: RequestConstraint;
}

export class PendingRequests {
  readonly #pending = new Map<RequestId, Pending>();

  /** `start` may throw: then the request fails with that. Throws `invalid-request` for an id that waits already. */
  add(
    request: SubmittedRequest,
    sink: EventSink,
    numPromptTokens: number,
    compile: () => Promise<readonly TokenConstraint[]>,
    start: (ready: ReadyConstraint) => void,
  ): void {
    if (this.#pending.has(request.id)) {
      throw new InferscopeError("invalid-request", `request ${request.id} is already being served`);
    }
    const pending: Pending = { request, sink, acceptedMs: now(), numPromptTokens };
    this.#pending.set(request.id, pending);
    void this.#run(pending, compile, start);
  }

  abort(requestId: RequestId): void {
    const pending = this.#take(requestId);
    if (pending === undefined) return;
    const { request, sink, numPromptTokens } = pending;
    const { submittedMs } = request;
    const counts = { numPromptTokens, numCachedTokens: 0, numPreemptions: 0 };
    sink({
      type: "finished",
      requestId,
      choices: Array.from({ length: request.sampling.n }, (_, index) => ({
        index,
        tokenIds: [],
        text: "",
        finishReason: "abort",
      })),
      metrics: requestMetrics(
        { submittedMs, firstScheduledMs: null, tokenMs: [], finishedMs: now() },
        counts,
      ),
    });
  }

  abortAll(): void {
    for (const requestId of [...this.#pending.keys()]) this.abort(requestId);
  }

  async #run(
    { request, sink, acceptedMs }: Pending,
    compile: () => Promise<readonly TokenConstraint[]>,
    start: (ready: ReadyConstraint) => void,
  ): Promise<void> {
    let choices: readonly TokenConstraint[] = [];
    try {
      choices = await compile();
      const isWanted = this.#take(request.id) !== undefined;
      if (isWanted) start({ constraint: { choices, compileMs: now() - acceptedMs } });
      else for (const choice of choices) choice.dispose();
    } catch (error) {
      for (const choice of choices) choice.dispose();
      const isAborted = this.#take(request.id) === undefined && choices.length === 0;
      if (isAborted) return;
      sink({ type: "failed", requestId: request.id, error: serializeError(error), choices: [] });
    }
  }

  #take(requestId: RequestId): Pending | undefined {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    return pending;
  }
}
