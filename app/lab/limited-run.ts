/** Runs calls within rate limits: so many at once, each started when the windows allow it, failures retried. */
import {
  InferscopeError,
  now,
  serializeError,
  type AbortSignalLike,
  type SerializedError,
} from "../../protocol/index.ts";
import { RateLimiter, retryDelayMs, type RateLimits, type RetryPolicy } from "./rate-limit.ts";

/** Injected, so that tests run an hour in milliseconds. */
export interface LabClock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const pageClock: LabClock = {
  now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

export interface LimitedCall<Value> {
  /** Counted against the tokens per minute: prompt tokens + most output tokens. */
  readonly tokens: number;
  readonly run: () => Promise<Value>;
}

export interface LimitedOptions {
  readonly clock: LabClock;
  readonly limits: RateLimits;
  /** Calls in flight at most. */
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly signal?: AbortSignalLike;
  readonly onEvent?: (event: LimitedEvent) => void;
}

export type LimitedEvent =
  | { readonly type: "wait"; readonly call: number; readonly ms: number; readonly reason: "limits" | "retry" }
  | { readonly type: "start"; readonly call: number; readonly atMs: number; readonly attempt: number }
  | {
      readonly type: "end";
      readonly call: number;
      readonly atMs: number;
      readonly error: SerializedError | null;
    };

export interface LimitedResult<Value> {
  /** Start of each attempt. */
  readonly startsMs: readonly number[];
  readonly endMs: number;
  /** Time spent waiting for the limits and for retries. */
  readonly waitedMs: number;
  readonly outcome: { readonly value: Value } | { readonly error: SerializedError };
}

/**
 * Results in the order of `calls`. A call that fails for good does not stop the others; after an
 * abort no further call starts and those that did not end with the error `aborted`.
 */
export async function runLimited<Value>(
  calls: readonly LimitedCall<Value>[],
  options: LimitedOptions,
): Promise<readonly LimitedResult<Value>[]> {
  const results: LimitedResult<Value>[] = [];
  const gate = new Gate(options);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < calls.length; index = next++) {
      const call = calls[index];
      if (call !== undefined) results[index] = await runCall(index, call, gate, options);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, lane));
  return results;
}

/** Lets calls through one after another, in the order in which they asked. */
class Gate {
  readonly #limiter: RateLimiter;
  readonly #options: LimitedOptions;
  #last: Promise<unknown> = Promise.resolve();
  #closedUntilMs = -Infinity;

  constructor(options: LimitedOptions) {
    this.#limiter = new RateLimiter(options.limits);
    this.#options = options;
  }

  /** A server that says "not before" means it for every call. */
  closeUntil(atMs: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, atMs);
  }

  /** Resolves with the time of the start and the time waited for it. */
  enter(call: number, tokens: number): Promise<{ readonly atMs: number; readonly waitedMs: number }> {
    const askedMs = this.#options.clock.now();
    const turn = this.#last.then(() => this.#wait(call, tokens, askedMs));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #wait(
    call: number,
    tokens: number,
    askedMs: number,
  ): Promise<{ readonly atMs: number; readonly waitedMs: number }> {
    const { clock, signal, onEvent } = this.#options;
    for (;;) {
      if (signal?.aborted === true) throw new InferscopeError("aborted", "The run was cancelled.");
      const nowMs = clock.now();
      const waitMs = Math.max(this.#limiter.waitMs(nowMs, tokens), this.#closedUntilMs - nowMs);
      if (waitMs <= 0) {
        this.#limiter.record(nowMs, tokens);
        return { atMs: nowMs, waitedMs: nowMs - askedMs };
      }
      onEvent?.({ type: "wait", call, ms: waitMs, reason: "limits" });
      // Whole milliseconds: a remainder too small to move the clock would be waited for again.
      await sleepUnlessAborted(Math.ceil(waitMs), clock, signal);
    }
  }
}

async function runCall<Value>(
  index: number,
  { tokens, run }: LimitedCall<Value>,
  gate: Gate,
  { clock, retry, random, signal, onEvent }: LimitedOptions,
): Promise<LimitedResult<Value>> {
  const startsMs: number[] = [];
  let waitedMs = 0;
  const end = (outcome: LimitedResult<Value>["outcome"]): LimitedResult<Value> => {
    const endMs = clock.now();
    onEvent?.({ type: "end", call: index, atMs: endMs, error: "error" in outcome ? outcome.error : null });
    return { startsMs, endMs, waitedMs, outcome };
  };
  for (;;) {
    try {
      const entered = await gate.enter(index, tokens);
      waitedMs += entered.waitedMs;
      startsMs.push(entered.atMs);
      onEvent?.({ type: "start", call: index, atMs: entered.atMs, attempt: startsMs.length });
      return end({ value: await run() });
    } catch (cause) {
      const error = serializeError(cause);
      if (!isRetryable(error) || startsMs.length >= retry.maxAttempts) return end({ error });
      const retryAfterMs = retryAfterOf(error);
      const ms = retryDelayMs(startsMs.length, retryAfterMs, retry, random);
      if (retryAfterMs !== null) gate.closeUntil(clock.now() + retryAfterMs);
      onEvent?.({ type: "wait", call: index, ms, reason: "retry" });
      waitedMs += ms;
      await sleepUnlessAborted(Math.ceil(ms), clock, signal);
    }
  }
}

/** What may go away by itself. */
function isRetryable({ kind }: SerializedError): boolean {
  return kind === "rate-limited" || kind === "server" || kind === "network" || kind === "stream-interrupted";
}

function retryAfterOf({ details }: SerializedError): number | null {
  const ms = details?.["retryAfterMs"];
  return typeof ms === "number" && ms >= 0 ? ms : null;
}

async function sleepUnlessAborted(ms: number, clock: LabClock, signal?: AbortSignalLike): Promise<void> {
  const aborted = new Promise<void>((resolve) => signal?.addEventListener("abort", resolve));
  await Promise.race([clock.sleep(ms), aborted]);
}
