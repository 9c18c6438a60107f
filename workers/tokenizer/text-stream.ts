/** Token bytes to text, token by token. */

export interface TextStreamOptions {
  readonly bytesOf: (tokenId: number) => Uint8Array;
  readonly stop: readonly string[];
  /** Drop one space at the very beginning (SentencePiece puts one before the first word). */
  readonly stripLeadingSpace: boolean;
}

/**
 * Gives text out as soon as it is final: bytes of an unfinished character and what may be the
 * beginning of a stop string are held back. One stream per sequence.
 */
export class TextStream {
  readonly #options: TextStreamOptions;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #held = "";
  #atStart: boolean;
  #stopped = false;

  constructor(options: TextStreamOptions) {
    this.#options = options;
    this.#atStart = options.stripLeadingSpace;
  }

  /** `stopped`: a stop string is complete; the text before it has been given out, nothing follows. */
  push(tokenId: number): { readonly text: string; readonly stopped: boolean } {
    if (this.#stopped) return { text: "", stopped: true };
    this.#hold(this.#decoder.decode(this.#options.bytesOf(tokenId), { stream: true }));
    const end = firstStop(this.#held, this.#options.stop);
    if (end !== null) {
      this.#stopped = true;
      return { text: this.#take(end), stopped: true };
    }
    return { text: this.#take(this.#held.length - heldBack(this.#held, this.#options.stop)), stopped: false };
  }

  /** What was held back; an unfinished character becomes U+FFFD. */
  flush(): string {
    if (this.#stopped) return "";
    this.#stopped = true;
    this.#hold(this.#decoder.decode());
    return this.#take(this.#held.length);
  }

  #hold(text: string): void {
    if (text === "") return;
    this.#held += this.#atStart && text.startsWith(" ") ? text.slice(1) : text;
    this.#atStart = false;
  }

  #take(length: number): string {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return text;
  }
}

/** Where the first stop string begins, or null. */
function firstStop(text: string, stops: readonly string[]): number | null {
  const starts = stops.map((stop) => text.indexOf(stop)).filter((start) => start >= 0);
  return starts.length === 0 ? null : Math.min(...starts);
}

/** Length of the longest end of the text that begins a stop string. */
function heldBack(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}
