/** Branded ids and times: a request id cannot be passed where a call id is meant. */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type CallId = Brand<number, "CallId">;
export type RequestId = Brand<string, "RequestId">;
/** Milliseconds since the Unix epoch, from `now()`. */
export type EpochMs = Brand<number, "EpochMs">;

export const callId = (value: number): CallId => value as CallId;
export const requestId = (value: string): RequestId => value as RequestId;
export const epochMs = (value: number): EpochMs => value as EpochMs;

interface Clock {
  readonly timeOrigin: number;
  now(): number;
}

/**
 * The one clock of both threads. Each thread's `performance.now()` starts at its own
 * `timeOrigin`, so times of the page and of the worker compare only as the sum.
 */
export function now(clock: Clock = (globalThis as unknown as { performance: Clock }).performance): EpochMs {
  return epochMs(clock.timeOrigin + clock.now());
}
