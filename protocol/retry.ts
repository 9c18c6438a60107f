/** When a refused request is sent again: by the server's word, else after a random wait. */
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
