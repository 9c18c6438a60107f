/**
 * Runs a model's template and patterns in a thread of their own, one call at a time, each within a limit.
 * What takes longer ends with its thread; the next call makes a fresh one. The engine, its model and its
 * cache notice nothing of it.
 */
import { deserializeError, InferscopeError, type Message } from "../../protocol/index.ts";
import type { SpecialTokens } from "./chat-template.ts";
import type { SandboxCallName, SandboxCalls, SandboxCommand, SandboxReply } from "./sandbox-protocol.ts";

export interface SandboxThread {
  post(command: SandboxCommand): void;
  terminate(): void;
}

export type SpawnSandbox = (handlers: {
  readonly onReply: (reply: SandboxReply) => void;
  /** The thread's script did not arrive, or the thread died. */
  readonly onCrash: (message: string) => void;
}) => SandboxThread;

/** What runs in it; null for what runs elsewhere. */
export interface SandboxContent {
  readonly template: { readonly source: string; readonly special: SpecialTokens } | null;
  readonly tokenizer: {
    readonly tokenizer: object;
    readonly config: object;
    readonly patterns: readonly string[];
  } | null;
}

/** For rendering, and for each 250,000 characters of a text or a part of them. */
const limitMs = 1000;
const charsPerLimit = 250_000;
/** Script, and 20 MB of `tokenizer.json`, on a slow machine: no foreign pattern sees more than added tokens. */
const openMs = 30_000;
/** A reply may lie behind the timer in a thread that was busy: it is given that much more. */
const graceMs = 50;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: InferscopeError) => void;
}

export class Sandbox {
  readonly #spawn: SpawnSandbox;
  readonly #content: SandboxContent;
  #thread: SandboxThread | null = null;
  #waiting: Waiting | null = null;
  /** One call at a time: a limit is for the call alone, not for its wait. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(spawn: SpawnSandbox, content: SandboxContent) {
    this.#spawn = spawn;
    this.#content = content;
  }

  /** Opens everything, so that what is wrong with it shows now. Rejects with `bad-template`, `bad-tokenizer`. */
  open(): Promise<void> {
    return this.#inTurn(() => this.#open());
  }

  /** Rejects with `bad-tokenizer`. */
  encode(text: string, addSpecialTokens: boolean): Promise<readonly number[]> {
    const ms = limitMs * Math.max(1, Math.ceil(text.length / charsPerLimit));
    const tooLong = () => patternError(this.#content.tokenizer?.patterns ?? [], ms);
    return this.#inTurn(() => this.#opened("encode", { text, addSpecialTokens }, ms, tooLong));
  }

  /** Rejects with `bad-template`. */
  render(messages: readonly Message[]): Promise<string> {
    return this.#inTurn(() => this.#opened("render", messages, limitMs, templateError));
  }

  /** Ends the thread; what waits rejects with `aborted`. */
  close(): void {
    this.#isClosed = true;
    this.#end(new InferscopeError("aborted", "The model was unloaded."));
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(() => {
      if (this.#isClosed) throw new InferscopeError("aborted", "The model was unloaded.");
      return work();
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #opened<Name extends SandboxCallName>(
    call: Name,
    params: SandboxCalls[Name]["params"],
    ms: number,
    tooLong: () => InferscopeError,
  ): Promise<SandboxCalls[Name]["result"]> {
    if (this.#thread === null) await this.#open();
    return this.#ask(call, params, ms, tooLong);
  }

  async #open(): Promise<void> {
    const { template, tokenizer } = this.#content;
    await this.#within(openMs, notStarted, () => {
      this.#thread = this.#spawn({
        onReply: (reply) => this.#hear(reply),
        onCrash: (message) => this.#end(new InferscopeError("worker-crashed", crashed(message))),
      });
    });
    if (tokenizer !== null) {
      const { patterns, ...files } = tokenizer;
      await this.#ask("open-tokenizer", files, openMs, () => patternError(patterns, openMs));
    }
    if (template !== null) await this.#ask("open-template", template, limitMs, templateError);
  }

  async #ask<Name extends SandboxCallName>(
    call: Name,
    params: SandboxCalls[Name]["params"],
    ms: number,
    tooLong: () => InferscopeError,
  ): Promise<SandboxCalls[Name]["result"]> {
    // `call` and `params`, and the result, belong to one entry of `SandboxCalls`.
    const command = { call, params } as SandboxCommand;
    const result = await this.#within(ms, tooLong, () => this.#thread?.post(command));
    return result as SandboxCalls[Name]["result"];
  }

  /** The next reply. Without one in time the thread is ended. */
  #within(ms: number, tooLong: () => InferscopeError, begin: () => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let timer = setTimeout(() => {
        timer = setTimeout(() => this.#end(tooLong()), graceMs);
      }, ms);
      this.#waiting = {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      begin();
    });
  }

  #hear(reply: SandboxReply): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (reply.type === "failed") waiting?.reject(deserializeError(reply.error));
    else waiting?.resolve(reply.type === "result" ? reply.result : null);
  }

  #end(error: InferscopeError): void {
    const [thread, waiting] = [this.#thread, this.#waiting];
    this.#thread = null;
    this.#waiting = null;
    thread?.terminate();
    waiting?.reject(error);
  }
}

const templateError = () =>
  new InferscopeError("bad-template", `The model's chat template did not end within ${limitMs / 1000} s.`, {
    hint: "The template is at fault, or made for far fewer messages. Raw completion works without it.",
    details: { limitMs },
  });

const longestShown = 100;

function patternError([first = "", ...others]: readonly string[], ms: number): InferscopeError {
  const shown = first.length > longestShown ? `${first.slice(0, longestShown)}…` : first;
  const more = others.length === 0 ? "" : ` or one of ${others.length} more`;
  return new InferscopeError(
    "bad-tokenizer",
    `A pattern of tokenizer.json did not end within ${ms / 1000} s on this text: ${shown}${more}`,
    {
      hint: "The tokenizer is at fault, or not made for such a text. The model stays loaded; token ids work.",
      details: { limitMs: ms },
    },
  );
}

const notStarted = () =>
  new InferscopeError("worker-crashed", `The tokenizer's thread did not start within ${openMs / 1000} s.`, {
    hint: "Try again; if it stays, reload the page.",
  });

const crashed = (message: string): string =>
  `The thread that runs the model's template and patterns ended: ${message}`;
