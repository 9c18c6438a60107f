/**
 * Tries in a thread of its own what may take long, before the engine gets it: tokenizing a long prompt,
 * compiling a schema. What takes longer than the deadline ends with that thread, and a fresh one comes.
 * One at a time: the engine compiles again what was let through, so it is free half of the time at least.
 *
 * Size alone does not tell: 1,600 plain properties compile in 3 s, 100 with a length of up to 1,000 in 13 s.
 */
import { defaultSampling, InferscopeError, now, requestId, type Request } from "../../protocol/index.ts";
import type { EngineThread } from "./engine-thread-client.ts";

/** What the judge asks of a thread. */
export type JudgeThread = Pick<EngineThread, "call" | "submit" | "stop" | "isEnded">;

export interface JudgeOptions {
  /** A fresh thread with the model loaded. */
  readonly startThread: () => Promise<JudgeThread>;
  /** Tokens of a prompt and its answer together; null where the model has no limit. */
  readonly contextWindow: number | null;
  /** For one request, without the wait for its turn. */
  readonly deadlineMs: number;
  /** Requests that may wait for their turn; the next one is refused. */
  readonly mostWaiting: number;
}

/** A prompt of so many characters is tokenized in a few milliseconds. */
const shortChars = 2000;
/** The embedded models' longest token is a quarter of it (16). So long a prompt cannot fit, and is not tokenized. */
const mostCharsOfToken = 64;
/** What a template writes around a message, about. */
const charsOfMessage = 32;

export class Judge {
  readonly #options: JudgeOptions;
  #thread: Promise<JudgeThread>;
  #turn: Promise<void> = Promise.resolve();
  #numWaiting = 0;
  #numTried = 0;
  #isClosed = false;

  private constructor(options: JudgeOptions, thread: JudgeThread) {
    this.#options = options;
    this.#thread = Promise.resolve(thread);
  }

  static async start(options: JudgeOptions): Promise<Judge> {
    return new Judge(options, await open(options));
  }

  /**
   * Resolves when the engine may have the request. Rejects with `request-too-large`, `invalid-request` (the
   * schema, or the deadline), `rate-limited` where too many wait. `isWanted`: false once its client has gone.
   */
  async check(request: Request, isWanted: () => boolean): Promise<void> {
    const chars = lengthOf(request);
    const { contextWindow } = this.#options;
    if (chars > (contextWindow ?? Infinity) * mostCharsOfToken) {
      throw tooLong(`${chars} characters`, contextWindow);
    }
    if (request.responseFormat.type === "text" && chars <= shortChars) return;
    if (this.#numWaiting >= this.#options.mostWaiting) throw tooMany();
    this.#numWaiting += 1;
    const turn = this.#turn.then(async () => {
      if (isWanted() && !this.#isClosed) await this.#try(request);
    });
    this.#turn = turn.catch(() => undefined);
    try {
      await turn;
    } finally {
      this.#numWaiting -= 1;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = await this.#thread.catch(() => null);
    await thread?.stop();
  }

  async #try(request: Request): Promise<void> {
    const { deadlineMs } = this.#options;
    // One that did not start is tried again with the next request.
    const thread = await this.#thread.catch(() => (this.#thread = open(this.#options)));
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
      void thread.stop();
    }, deadlineMs);
    try {
      await this.#run(thread, request);
    } catch (error) {
      if (!late.signal.aborted) throw error;
      throw tooSlow(deadlineMs);
    } finally {
      clearTimeout(timer);
      if (thread.isEnded && !this.#isClosed) {
        this.#thread = open(this.#options);
        this.#thread.catch(() => undefined);
      }
    }
  }

  async #run(thread: JudgeThread, { prompt, responseFormat }: Request): Promise<void> {
    const { contextWindow } = this.#options;
    const { tokenIds } = await thread.call("applyTemplate", { prompt });
    if (contextWindow !== null && tokenIds.length >= contextWindow)
      throw tooLong(`${tokenIds.length} tokens`, contextWindow);
    if (responseFormat.type === "text") return;
    // One token of an answer: the grammar is compiled, and its first mask computed.
    await oneToken(thread, {
      id: requestId(`judged-${(this.#numTried += 1)}`),
      prompt: { type: "tokens", tokenIds: tokenIds.slice(-1) },
      sampling: { ...defaultSampling, maxTokens: 1 },
      responseFormat,
      usePrefixCache: false,
    });
  }
}

/** A thread whose grammar library is loaded: that is no request's time. */
async function open({ startThread }: JudgeOptions): Promise<JudgeThread> {
  const thread = await startThread();
  await oneToken(thread, {
    id: requestId("judged-0"),
    prompt: { type: "text", text: "a" },
    sampling: { ...defaultSampling, maxTokens: 1 },
    responseFormat: { type: "json_object" },
    usePrefixCache: false,
  });
  return thread;
}

function oneToken(thread: JudgeThread, request: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    thread.submit({ ...request, submittedMs: now() }, (event) => {
      if (event.type === "finished") resolve();
      else if (event.type === "failed") reject(new InferscopeError(event.error.kind, event.error.message));
    });
  });
}

function lengthOf({ prompt }: Request): number {
  switch (prompt.type) {
    case "text":
      return prompt.text.length;
    case "messages":
      return prompt.messages.reduce((sum, { content }) => sum + content.length + charsOfMessage, 0);
    case "tokens":
      return prompt.tokenIds.length;
  }
}

const tooMany = () =>
  new InferscopeError("rate-limited", "Too many long prompts and schemas wait to be looked at.");

const tooSlow = (deadlineMs: number) =>
  new InferscopeError(
    "invalid-request",
    `The prompt and schema took longer than ${deadlineMs / 1000} s to prepare; others would wait for them.`,
    { hint: "Use fewer properties, and shorter patterns and lengths." },
  );

const tooLong = (size: string, contextWindow: number | null) =>
  new InferscopeError(
    "request-too-large",
    `The prompt has ${size}; the context window of ${contextWindow ?? 0} tokens leaves no room for an answer.`,
  );
