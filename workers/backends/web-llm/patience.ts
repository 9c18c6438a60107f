/** Waits on an engine that is not ours: none of its promises need ever settle. */

export interface Patience {
  /** Longest time without a piece of an answer; compiling kernels and reading the prompt are in it. */
  readonly silenceMs: number;
  /** Longest time to obey: to end an answer or a load that was stopped, or to unload. */
  readonly obeyMs: number;
}

export const defaultPatience: Patience = { silenceMs: 300_000, obeyMs: 10_000 };

/** Calls `onExpired` unless it is moved or ended before. */
export class Deadline {
  readonly #onExpired: (ms: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, onExpired: (ms: number) => void) {
    this.#onExpired = onExpired;
    this.move(ms);
  }

  /** So many milliseconds from now. */
  move(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onExpired(ms), ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Rejects with the signal's reason, so many milliseconds after its abort, where `work` has not settled by then. */
export async function untilAbort<Value>(
  work: Promise<Value>,
  signal: AbortSignal,
  obeyMs: number,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const { promise, reject } = withReject();
  const onAbort = () => {
    timer = setTimeout(() => reject(signal.reason), obeyMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    // Whatever it comes to later is nobody's.
    work.catch(() => undefined);
  }
}

/** Resolves when `work` settles, either way, or after so many milliseconds. */
export async function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  const settled = work.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([settled, tooLong]);
  clearTimeout(timer);
}

export function withReject(): {
  readonly promise: Promise<never>;
  readonly reject: (reason: unknown) => void;
} {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  promise.catch(() => undefined);
  return { promise, reject };
}
