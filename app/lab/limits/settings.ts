/** What "sequential against parallel" runs: requests, limits, concurrency, retries. */
import { InferscopeError, defaultRetry, type RetryPolicy } from "../../../protocol/index.ts";
import { defaultLoad, loadProblem, type LoadSettings } from "../load/load.ts";
import { limitOption, loadOptions, wholeOption } from "../check-options.ts";
import { windowLimits, type RateLimits } from "../rate-limit.ts";

export interface LimitSettings {
  readonly load: LoadSettings;
  readonly limits: RateLimits;
  /** Calls in flight at most, in the parallel arm. */
  readonly concurrency: number;
  readonly retry: RetryPolicy;
}

/** 100 requests of the built-in workloads stay within these limits. */
export const defaultLimitSettings: LimitSettings = {
  load: { ...defaultLoad, numRequests: 100, maxTokens: 48 },
  limits: { requestsPerMinute: 500, tokensPerMinute: 200_000, windowMs: 60_000 },
  concurrency: 8,
  retry: defaultRetry,
};

export const mostConcurrency = 64;
export const mostAttempts = 10;

/** The first thing wrong with the settings, in words, or null. */
export function limitProblem({ load, limits, concurrency, retry }: LimitSettings): string | null {
  const whole = (value: number, most: number): boolean =>
    Number.isInteger(value) && value >= 1 && value <= most;
  if (!whole(concurrency, mostConcurrency)) {
    return `the concurrency is ${concurrency}, it must be a whole number from 1 to ${mostConcurrency}`;
  }
  if (!whole(retry.maxAttempts, mostAttempts)) {
    return `the attempts are ${retry.maxAttempts}, they must be a whole number from 1 to ${mostAttempts}`;
  }
  if (!(retry.baseMs >= 0 && retry.capMs >= retry.baseMs)) {
    return `the retry waits are ${retry.baseMs} to ${retry.capMs} ms, the second must not be the smaller`;
  }
  try {
    windowLimits(limits);
  } catch (cause) {
    return (cause as Error).message;
  }
  return loadProblem(load);
}

/**
 * `{requests, requestsPerMinute, tokensPerMinute, windowSeconds, concurrency, attempts, retryBaseMs,
 * retryCapMs}` and what `loadOptions` reads, all optional; null for a limit: none. Throws
 * `invalid-request`.
 */
export function parseLimitOptions(options: Readonly<Record<string, unknown>>): LimitSettings {
  const { load, limits, concurrency, retry } = defaultLimitSettings;
  const settings: LimitSettings = {
    load: loadOptions(options, load),
    limits: {
      requestsPerMinute: limitOption(options, "requestsPerMinute", limits.requestsPerMinute),
      tokensPerMinute: limitOption(options, "tokensPerMinute", limits.tokensPerMinute),
      windowMs: 1000 * wholeOption(options, "windowSeconds", 60, [1, 60]),
    },
    concurrency: wholeOption(options, "concurrency", concurrency, [1, mostConcurrency]),
    retry: {
      maxAttempts: wholeOption(options, "attempts", retry.maxAttempts, [1, mostAttempts]),
      baseMs: wholeOption(options, "retryBaseMs", retry.baseMs, [0, 60_000]),
      capMs: wholeOption(options, "retryCapMs", retry.capMs, [0, 600_000]),
    },
  };
  const problem = limitProblem(settings);
  if (problem !== null) throw new InferscopeError("invalid-request", `The run cannot start: ${problem}.`);
  return settings;
}

/** The same as options of `inferscope.run`. */
export function limitOptions({ load, limits, concurrency, retry }: LimitSettings): Record<string, unknown> {
  const { numRequests, ...rest } = load;
  return {
    ...rest,
    requests: numRequests,
    requestsPerMinute: limits.requestsPerMinute,
    tokensPerMinute: limits.tokensPerMinute,
    windowSeconds: (limits.windowMs ?? 60_000) / 1000,
    concurrency,
    attempts: retry.maxAttempts,
    retryBaseMs: retry.baseMs,
    retryCapMs: retry.capMs,
  };
}
