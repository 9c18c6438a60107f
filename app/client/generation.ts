/** One request in flight, as its caller sees it: tokens to iterate over, an abort, a result. */
import {
  InferscopeError,
  type Choice,
  type EpochMs,
  type GeneratedToken,
  type Generation,
  type GenerationResult,
  type Interruption,
  type RequestId,
  type RequestMetrics,
  type SequenceStep,
  type TokenLogprob,
} from "../../protocol/index.ts";

/** A request that failed on its way. `choices` is what it had said until then. */
export class GenerationError extends InferscopeError {
  readonly choices: readonly Choice[];

  constructor(cause: InferscopeError, choices: readonly Choice[]) {
    super(cause.kind, cause.message, {
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      ...(cause.details === undefined ? {} : { details: { ...cause.details } }),
      cause,
    });
    this.name = "GenerationError";
    this.choices = choices;
  }
}

type Outcome =
  | { readonly state: "running" }
  | { readonly state: "finished" }
  | { readonly state: "failed"; readonly error: InferscopeError };

/** Exactly one of `finish` and `fail` counts: the first. */
export class GenerationState implements Generation {
  readonly requestId: RequestId;
  readonly result: Promise<GenerationResult>;
  readonly #submittedMs: EpochMs;
  readonly #abort: () => void;
  readonly #interruption: () => Interruption | null;
  readonly #tokens: GeneratedToken[] = [];
  readonly #numTokens = new Map<number, number>();
  #outcome: Outcome = { state: "running" };
  #wake: (() => void)[] = [];
  #resolve: (result: GenerationResult) => void = () => undefined;
  #reject: (error: InferscopeError) => void = () => undefined;

  /** `interruption` is asked once, at the end: what came over the request until then. */
  constructor(
    requestId: RequestId,
    submittedMs: EpochMs,
    abort: () => void,
    interruption: () => Interruption | null = () => null,
  ) {
    this.requestId = requestId;
    this.#submittedMs = submittedMs;
    this.#abort = abort;
    this.#interruption = interruption;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever only iterates meets the error there; it is not unhandled.
    this.result.catch(() => undefined);
  }

  abort(): void {
    if (this.#outcome.state === "running") this.#abort();
  }

  /** Takes one sequence's row of a step. The row's text belongs to its last token. */
  push(row: SequenceStep, atMs: number): void {
    if (this.#outcome.state !== "running") return;
    const ids: readonly (number | null)[] =
      row.newTokenIds.length === 0 && row.text !== "" ? [null] : row.newTokenIds;
    const first = this.#numTokens.get(row.choice) ?? 0;
    for (const [position, tokenId] of ids.entries()) {
      const logprobs = row.logprobs?.[position];
      this.#tokens.push({
        tokenId,
        text: position === ids.length - 1 ? row.text : "",
        atMs,
        index: first + position,
        choice: row.choice,
        ...(logprobs === undefined ? {} : { logprobs }),
      });
    }
    this.#numTokens.set(row.choice, first + ids.length);
    if (ids.length > 0) this.#notify();
  }

  /** Takes a piece of text from a backend that tells no steps and no token ids. */
  pushChunk(choice: number, text: string, atMs: number, logprobs?: readonly TokenLogprob[]): void {
    if (this.#outcome.state !== "running") return;
    const index = this.#numTokens.get(choice) ?? 0;
    const told = logprobs === undefined ? {} : { logprobs };
    this.#tokens.push({ tokenId: null, text, atMs, index, choice, ...told });
    this.#numTokens.set(choice, index + 1);
    this.#notify();
  }

  finish(choices: readonly Choice[], metrics: RequestMetrics): void {
    if (this.#outcome.state !== "running") return;
    const first = choices.find(({ index }) => index === 0);
    if (first === undefined) {
      this.fail(new InferscopeError("internal", "The request ended without an answer."), choices);
      return;
    }
    this.#outcome = { state: "finished" };
    const interrupted = this.#interruption();
    this.#resolve({
      requestId: this.requestId,
      tokenIds: first.tokenIds,
      text: first.text,
      finishReason: first.finishReason,
      metrics: interrupted === null ? metrics : { ...metrics, interrupted },
      ...(first.logprobs === undefined ? {} : { logprobs: first.logprobs }),
      choices,
      submittedMs: this.#submittedMs,
    });
    this.#notify();
  }

  /** `choices`: what the engine says was there; without it, what arrived here. */
  fail(error: InferscopeError, choices: readonly Choice[] = this.#arrived()): void {
    if (this.#outcome.state !== "running") return;
    const failure = new GenerationError(error, choices);
    this.#interruption();
    this.#outcome = { state: "failed", error: failure };
    this.#reject(failure);
    this.#notify();
  }

  /** Each iteration starts at the first token, so that several readers do not steal from each other. */
  async *[Symbol.asyncIterator](): AsyncGenerator<GeneratedToken, void, undefined> {
    for (let index = 0; ;) {
      const token = this.#tokens[index];
      if (token !== undefined) {
        index += 1;
        yield token;
      } else if (this.#outcome.state === "running") {
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      } else if (this.#outcome.state === "failed") {
        throw this.#outcome.error;
      } else {
        return;
      }
    }
  }

  #arrived(): readonly Choice[] {
    return [...this.#numTokens.keys()].map((index): Choice => {
      const tokens = this.#tokens.filter(({ choice }) => choice === index);
      return {
        index,
        tokenIds: tokens.flatMap(({ tokenId }) => (tokenId === null ? [] : [tokenId])),
        text: tokens.map(({ text }) => text).join(""),
        finishReason: "abort",
      };
    });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
