/** A tokenizer whose template or patterns are foreign: they run in a sandbox, the rest here. */
import type { Prompt } from "../../protocol/index.ts";
import { Sandbox, type SpawnSandbox } from "./sandbox.ts";
import {
  foreignCodeOf,
  Tokenizer,
  type Elsewhere,
  type EncodedPrompt,
  type TokenizerInput,
} from "./tokenizer.ts";

/** Text and chats to ids. With foreign code they come later, and may reject with what did not end. */
export interface PromptEncoder {
  encode(text: string): readonly number[] | Promise<readonly number[]>;
  encodePrompt(prompt: Prompt): EncodedPrompt | Promise<EncodedPrompt>;
  /** Ends threads. */
  close(): void;
}

export interface OpenedTokenizer {
  /** Bytes of tokens, and text of generated ones. */
  readonly tokenizer: Tokenizer;
  readonly prompts: PromptEncoder;
}

/**
 * Rejects with `bad-tokenizer`, `bad-template`. `spawn`: null runs foreign code in this thread too: for
 * Node, where the files are the embedded models' or a test's.
 */
export async function openTokenizer(
  input: TokenizerInput,
  spawn: SpawnSandbox | null,
  signal: AbortSignal,
): Promise<OpenedTokenizer> {
  const foreign = spawn === null ? null : foreignCodeOf(input);
  if (spawn === null || foreign === null) {
    const tokenizer = new Tokenizer(input);
    return { tokenizer, prompts: new TrustedTokenizer(tokenizer) };
  }
  const elsewhere = { template: foreign.template !== null, encoder: foreign.tokenizer !== null };
  const tokenizer = new Tokenizer(input, elsewhere);
  const sandbox = new Sandbox(spawn, foreign);
  const cancel = () => sandbox.close();
  signal.addEventListener("abort", cancel);
  try {
    await sandbox.open();
  } catch (error) {
    sandbox.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  return { tokenizer, prompts: new SandboxedTokenizer(tokenizer, sandbox, elsewhere) };
}

class TrustedTokenizer implements PromptEncoder {
  readonly #tokenizer: Tokenizer;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  encode(text: string): readonly number[] {
    return this.#tokenizer.encode(text);
  }

  encodePrompt(prompt: Prompt): EncodedPrompt {
    return this.#tokenizer.encodePrompt(prompt);
  }

  close(): void {
    // There is no thread.
  }
}

class SandboxedTokenizer implements PromptEncoder {
  readonly #tokenizer: Tokenizer;
  readonly #sandbox: Sandbox;
  readonly #elsewhere: Elsewhere;

  constructor(tokenizer: Tokenizer, sandbox: Sandbox, elsewhere: Elsewhere) {
    this.#tokenizer = tokenizer;
    this.#sandbox = sandbox;
    this.#elsewhere = elsewhere;
  }

  async encode(text: string): Promise<readonly number[]> {
    return this.#ids(text, false);
  }

  async encodePrompt(prompt: Prompt): Promise<EncodedPrompt> {
    const tokenizer = this.#tokenizer;
    switch (prompt.type) {
      case "tokens":
        return tokenizer.encodePrompt(prompt);
      case "text":
        return tokenizer.encoded(tokenizer.textIds(await this.#ids(prompt.text, true)));
      case "messages": {
        const messages = tokenizer.chatMessages(prompt.messages);
        const chat = this.#elsewhere.template
          ? { text: await this.#sandbox.render(messages), prefixTokenIds: [] }
          : tokenizer.render(messages);
        return tokenizer.encoded(tokenizer.chatIds(chat, await this.#ids(chat.text, false)));
      }
    }
  }

  close(): void {
    this.#sandbox.close();
  }

  #ids(text: string, addSpecialTokens: boolean): readonly number[] | Promise<readonly number[]> {
    return this.#elsewhere.encoder
      ? this.#sandbox.encode(text, addSpecialTokens)
      : this.#tokenizer.encodeHere(text, addSpecialTokens);
  }
}
