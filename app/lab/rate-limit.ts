/**
 * Sliding windows of requests and tokens per minute. Pure: the caller brings the time.
 *
 * In any window [t, t + 60 s) the starts that were recorded number at most `requestsPerMinute`
 * and their tokens at most `tokensPerMinute`. A start counts whatever becomes of the call:
 * providers count failed calls too.
 */
import { InferscopeError } from "../../protocol/index.ts";

export interface RateLimits {
  /** Null: no such limit. */
  readonly requestsPerMinute: number | null;
  /** Prompt tokens and the most output tokens that were asked for; null: no such limit. */
  readonly tokensPerMinute: number | null;
}

interface Start {
  readonly atMs: number;
  readonly tokens: number;
}

export const windowMs = 60_000;

export class RateLimiter {
  readonly #limits: RateLimits;
  /** Oldest first. */
  #starts: readonly Start[] = [];

  /** Throws `invalid-request` on a limit that lets nothing through. */
  constructor(limits: RateLimits) {
    for (const name of ["requestsPerMinute", "tokensPerMinute"] as const) {
      const limit = limits[name];
      if (limit !== null && !(limit >= 1)) {
        throw new InferscopeError(
          "invalid-request",
          `${name} is ${limit}, a limit is a number of at least 1`,
        );
      }
    }
    this.#limits = limits;
  }

  /**
   * Milliseconds until a call of `tokens` may start if nothing else starts before; 0: now.
   * Throws `request-too-large` where it could never start.
   */
  waitMs(nowMs: number, tokens: number): number {
    const { requestsPerMinute, tokensPerMinute } = this.#limits;
    if (tokensPerMinute !== null && tokens > tokensPerMinute) {
      throw new InferscopeError(
        "request-too-large",
        `A call of ${tokens} tokens never fits the limit of ${tokensPerMinute} tokens a minute.`,
        { hint: "Shorten the prompt, ask for fewer output tokens or raise the limit." },
      );
    }
    const recent = this.#recent(nowMs);
    let numRequests = recent.length + 1;
    let numTokens = sumTokens(recent) + tokens;
    let waitMs = 0;
    for (const start of recent) {
      if (numRequests <= (requestsPerMinute ?? Infinity) && numTokens <= (tokensPerMinute ?? Infinity)) break;
      numRequests -= 1;
      numTokens -= start.tokens;
      waitMs = start.atMs + windowMs - nowMs;
    }
    return waitMs;
  }

  /** Counts a start. Times that run backwards count as the latest one seen. */
  record(nowMs: number, tokens: number): void {
    const atMs = Math.max(nowMs, this.#starts.at(-1)?.atMs ?? nowMs);
    this.#starts = [...this.#recent(nowMs), { atMs, tokens }];
  }

  /** What the current window holds. */
  used(nowMs: number): { readonly requests: number; readonly tokens: number } {
    const recent = this.#recent(nowMs);
    return { requests: recent.length, tokens: sumTokens(recent) };
  }

  #recent(nowMs: number): readonly Start[] {
    return this.#starts.filter(({ atMs }) => atMs + windowMs > nowMs);
  }
}

const sumTokens = (starts: readonly Start[]): number => starts.reduce((sum, { tokens }) => sum + tokens, 0);

export interface RetryPolicy {
  /** Calls in all, the first included. */
  readonly maxAttempts: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export const defaultRetry: RetryPolicy = { maxAttempts: 4, baseMs: 500, capMs: 20_000 };

/**
 * Wait before attempt `failed + 1`. What the server asked for is honoured as it is; else full
 * jitter, uniform in [0, min(cap, base · 2^(failed − 1))], so that callers do not return in step.
 */
export function retryDelayMs(
  failed: number,
  retryAfterMs: number | null,
  { baseMs, capMs }: RetryPolicy,
  random: () => number,
): number {
  return retryAfterMs ?? random() * Math.min(capMs, baseMs * 2 ** (failed - 1));
}

/** A `Retry-After` header (seconds or an HTTP date) in milliseconds from now; null: unreadable. */
export function parseRetryAfter(header: string, nowMs: number): number | null {
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const at = /[a-z]{3}/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
