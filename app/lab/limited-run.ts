/** Runs calls within rate limits: so many at once, each started when the windows allow it, failures retried. */
import {
  InferscopeError,
  now,
  serializeError,
  type AbortSignalLike,
  type SerializedError,
  retryDelayMs,
  type RetryPolicy,
} from "../../protocol/index.ts";
import { RateLimiter, type LimitName, type RateLimits } from "./rate-limit.ts";

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
  /** Milliseconds from the run's start before which it is not there; default: at the start. Ascending. */
  readonly atMs?: number;
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

/** `server`: it said "not before", for every call. */
export type WaitReason = LimitName | "server" | "retry";

/** Milliseconds of the run's clock. */
export interface Wait {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: WaitReason;
}

export type LimitedEvent =
  /** A call is there to be started: now, or when the limits let it through. */
  | { readonly type: "ask"; readonly call: number; readonly atMs: number }
  /** The call at the head waits; those behind it wait for the same. */
  | { readonly type: "wait"; readonly call: number; readonly ms: number; readonly reason: WaitReason }
  | {
      readonly type: "start";
      readonly call: number;
      readonly atMs: number;
      readonly attempt: number;
      /** What it waited for since it asked, or since its last attempt. */
      readonly waits: readonly Wait[];
    }
  | {
      readonly type: "end";
      readonly call: number;
      readonly atMs: number;
      readonly error: SerializedError | null;
    };

export interface LimitedResult<Value> {
  /** When its turn came: it was there, and fewer than `concurrency` calls were in flight. */
  readonly askedMs: number;
  /** Start of each attempt. */
  readonly startsMs: readonly number[];
  readonly endMs: number;
  /** In order of time. */
  readonly waits: readonly Wait[];
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
  const { clock, signal } = options;
  const startMs = clock.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < calls.length; index = next++) {
      const call = calls[index];
      const earlyMs = startMs + (call?.atMs ?? 0) - clock.now();
      if (earlyMs > 0 && signal?.aborted !== true) await sleepUnlessAborted(earlyMs, clock, signal);
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
  /** What the head of the queue waited for; those behind it waited with it. */
  readonly #waits: Wait[] = [];

  constructor(options: LimitedOptions) {
    this.#limiter = new RateLimiter(options.limits);
    this.#options = options;
  }

  /** A server that says "not before" means it for every call. */
  closeUntil(atMs: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, atMs);
  }

  /** Resolves with the time of the start and what it was waited for. */
  enter(call: number, tokens: number): Promise<{ readonly atMs: number; readonly waits: readonly Wait[] }> {
    const { clock, onEvent } = this.#options;
    const askedMs = clock.now();
    onEvent?.({ type: "ask", call, atMs: askedMs });
    const turn = this.#last.then(async () => {
      const atMs = await this.#wait(call, tokens);
      return { atMs, waits: this.#waitsSince(askedMs) };
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #wait(call: number, tokens: number): Promise<number> {
    const { clock, signal, onEvent } = this.#options;
    for (;;) {
      if (signal?.aborted === true) throw new InferscopeError("aborted", "The run was cancelled.");
      const fromMs = clock.now();
      const { ms: limitMs, limit } = this.#limiter.wait(fromMs, tokens);
      const closedMs = this.#closedUntilMs - fromMs;
      const ms = Math.max(limitMs, closedMs);
      if (ms <= 0) {
        this.#limiter.record(fromMs, tokens);
        return fromMs;
      }
      const reason = limit === null || closedMs > limitMs ? "server" : limit;
      onEvent?.({ type: "wait", call, ms, reason });
      // Whole milliseconds: a remainder too small to move the clock would be waited for again.
      await sleepUnlessAborted(Math.ceil(ms), clock, signal);
      this.#waits.push({ fromMs, toMs: clock.now(), reason });
    }
  }

  #waitsSince(askedMs: number): readonly Wait[] {
    return this.#waits
      .filter(({ toMs }) => toMs > askedMs)
      .map((wait) => ({ ...wait, fromMs: Math.max(askedMs, wait.fromMs) }));
  }
}

async function runCall<Value>(
  index: number,
  { tokens, run }: LimitedCall<Value>,
  gate: Gate,
  { clock, retry, random, signal, onEvent }: LimitedOptions,
): Promise<LimitedResult<Value>> {
  const startsMs: number[] = [];
  const waits: Wait[] = [];
  const askedMs = clock.now();
  let numTold = 0;
  const end = (outcome: LimitedResult<Value>["outcome"]): LimitedResult<Value> => {
    const endMs = clock.now();
    onEvent?.({ type: "end", call: index, atMs: endMs, error: "error" in outcome ? outcome.error : null });
    const waitedMs = waits.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    return { askedMs, startsMs, endMs, waits, waitedMs, outcome };
  };
  for (;;) {
    try {
      const entered = await gate.enter(index, tokens);
      waits.push(...entered.waits);
      startsMs.push(entered.atMs);
      const attempt = startsMs.length;
      onEvent?.({ type: "start", call: index, atMs: entered.atMs, attempt, waits: waits.slice(numTold) });
      numTold = waits.length;
      return end({ value: await run() });
    } catch (cause) {
      const error = serializeError(cause);
      if (!isRetryable(error) || startsMs.length >= retry.maxAttempts) return end({ error });
      const retryAfterMs = retryAfterOf(error);
      const ms = retryDelayMs(startsMs.length, retryAfterMs, retry, random);
      if (retryAfterMs !== null) gate.closeUntil(clock.now() + retryAfterMs);
      onEvent?.({ type: "wait", call: index, ms, reason: "retry" });
      const fromMs = clock.now();
      await sleepUnlessAborted(Math.ceil(ms), clock, signal);
      waits.push({ fromMs, toMs: clock.now(), reason: "retry" });
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
