/**
 * Sliding windows of requests and tokens per minute. Pure: the caller brings the time.
 *
 * In any window [t, t + 60 s) the starts that were recorded number at most `requestsPerMinute`
 * and their tokens at most `tokensPerMinute`; with a shorter `windowMs`, in any such window their
 * share of it, rounded down. A start counts whatever becomes of the call: providers count failed
 * calls too.
 */
import { InferscopeError } from "../../protocol/index.ts";

export interface RateLimits {
  /** Null: no such limit. */
  readonly requestsPerMinute: number | null;
  /** Prompt tokens and the most output tokens that were asked for; null: no such limit. */
  readonly tokensPerMinute: number | null;
  /** Some providers enforce 600 a minute as 10 a second. Default: 60,000. */
  readonly windowMs?: number;
}

/** Which of the two limits a call waits for. */
export type LimitName = "requests" | "tokens";

interface Start {
  readonly atMs: number;
  readonly tokens: number;
}

const minuteMs = 60_000;

/** What one window lets through. Throws `invalid-request` on limits that let nothing through. */
export function windowLimits({ requestsPerMinute, tokensPerMinute, windowMs = minuteMs }: RateLimits) {
  const share = (name: string, limit: number | null): number => {
    if (limit === null) return Infinity;
    if (!(limit >= 1)) throw invalid(`${name} is ${limit}, a limit is a number of at least 1`);
    const most = Math.floor((limit * windowMs) / minuteMs);
    if (most < 1) throw invalid(`${name} is ${limit}, which lets nothing through in ${windowMs} ms`);
    return most;
  };
  if (!(windowMs > 0)) throw invalid(`windowMs is ${windowMs}, a window is longer than 0`);
  return {
    windowMs,
    requests: share("requestsPerMinute", requestsPerMinute),
    tokens: share("tokensPerMinute", tokensPerMinute),
  };
}

const invalid = (problem: string): InferscopeError => new InferscopeError("invalid-request", problem);

export class RateLimiter {
  readonly #most: ReturnType<typeof windowLimits>;
  /** Oldest first. */
  #starts: readonly Start[] = [];

  /** Throws `invalid-request` on a limit that lets nothing through. */
  constructor(limits: RateLimits) {
    this.#most = windowLimits(limits);
  }

  /**
   * Milliseconds until a call of `tokens` may start if nothing else starts before, and the limit
   * that it waits for last; 0 and null: now. Throws `request-too-large` where it could never start.
   */
  wait(nowMs: number, tokens: number): { readonly ms: number; readonly limit: LimitName | null } {
    const { requests, tokens: mostTokens, windowMs } = this.#most;
    if (tokens > mostTokens) {
      const window = windowMs === minuteMs ? "a minute" : `in ${windowMs} ms`;
      throw new InferscopeError(
        "request-too-large",
        `A call of ${tokens} tokens never fits the limit of ${mostTokens} tokens ${window}.`,
        { hint: "Shorten the prompt, ask for fewer output tokens or raise the limit." },
      );
    }
    const requestsMs = this.#clearMs(nowMs, 1, requests, () => 1);
    const tokensMs = this.#clearMs(nowMs, tokens, mostTokens, (start) => start.tokens);
    const ms = Math.max(requestsMs, tokensMs);
    return { ms, limit: ms === 0 ? null : requestsMs >= tokensMs ? "requests" : "tokens" };
  }

  waitMs(nowMs: number, tokens: number): number {
    return this.wait(nowMs, tokens).ms;
  }

  /** Until so many starts have left the window that `wanted` more stay within `most`. */
  #clearMs(nowMs: number, wanted: number, most: number, amount: (start: Start) => number): number {
    const recent = this.#recent(nowMs);
    let total = wanted + recent.reduce((sum, start) => sum + amount(start), 0);
    let waitMs = 0;
    for (const start of recent) {
      if (total <= most) break;
      total -= amount(start);
      waitMs = start.atMs + this.#most.windowMs - nowMs;
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
    return this.#starts.filter(({ atMs }) => atMs + this.#most.windowMs > nowMs);
  }
}

const sumTokens = (starts: readonly Start[]): number => starts.reduce((sum, { tokens }) => sum + tokens, 0);
