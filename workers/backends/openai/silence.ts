/**
 * Gives a server up that says nothing for too long. One clock an attempt, over all of it: connection,
 * head, body, error body. Whatever waits for the attempt ends with its signal, and `reason` is the error.
 */
import { InferscopeError, type ServerLimits } from "../../../protocol/index.ts";

export class Silence {
  readonly #controller = new AbortController();
  readonly #origin: string;
  readonly #limits: ServerLimits;
  readonly #caller: AbortSignal;
  readonly #onCallerAbort = () => this.#controller.abort(this.#caller.reason);
  #answerTimer: ReturnType<typeof setTimeout> | undefined;
  #byteTimer: ReturnType<typeof setTimeout> | undefined;

  /** The clock runs from here on. */
  constructor(origin: string, limits: ServerLimits, caller: AbortSignal) {
    this.#origin = origin;
    this.#limits = limits;
    this.#caller = caller;
    if (caller.aborted) this.#onCallerAbort();
    else caller.addEventListener("abort", this.#onCallerAbort);
    this.heardAnswer();
  }

  /** Aborts with the caller's, and when the server was silent for too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the server was given up; null where it was not. */
  get error(): InferscopeError | null {
    const reason: unknown = this.signal.reason;
    return reason instanceof InferscopeError && !this.#caller.aborted ? reason : null;
  }

  /** A byte came, were it only to keep the connection open. */
  heardByte(): void {
    clearTimeout(this.#byteTimer);
    this.#byteTimer = this.#after(this.#limits.silenceMs, "not one byte came");
  }

  /** A piece of the answer came. */
  heardAnswer(): void {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = this.#after(this.#limits.answerMs, "no piece of an answer came");
  }

  /** Ends the clock. */
  end(): void {
    clearTimeout(this.#answerTimer);
    clearTimeout(this.#byteTimer);
    this.#caller.removeEventListener("abort", this.#onCallerAbort);
  }

  #after(ms: number, what: string) {
    return setTimeout(() => {
      this.end();
      this.#controller.abort(silent(this.#origin, `for ${ms / 1000} s ${what}.`));
    }, ms);
  }
}

function silent(origin: string, what: string): InferscopeError {
  return new InferscopeError("stream-interrupted", `${origin} was given up: ${what}`, {
    hint: "What had arrived is kept. If the server is only slow, allow it more time in Models, Server; else look into its log.",
    details: { server: origin },
  });
}

/**
 * A body as text, of at most so many bytes; what is beyond is not read. `whole` tells whether that was all.
 * Rejects with `silence.error`, or the network's error.
 */
export async function readText(
  { body }: Response,
  mostBytes: number,
  silence: Silence,
): Promise<{ readonly text: string; readonly whole: boolean }> {
  if (body === null) return { text: "", whole: true };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [text, numBytes] = ["", 0];
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw silence.error ?? error;
      });
      if (done) return { text: text + decoder.decode(), whole: true };
      silence.heardByte();
      const room = mostBytes - numBytes;
      text += decoder.decode(value.subarray(0, room), { stream: true });
      numBytes += value.length;
      if (value.length > room) return { text, whole: false };
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
