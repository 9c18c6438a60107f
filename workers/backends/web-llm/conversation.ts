/**
 * How many prompt tokens WebLLM finds computed already. It keeps the KV cache of one
 * conversation and goes on in it when a chat is exactly that conversation plus a new message,
 * and the last answer ended by itself (`preparePrefillInput` in 0.2.86). Its usage then counts
 * the new tokens only. It does not tell the rest, but it follows from its own counts: each
 * round leaves the prompt and every output token but the last in the cache.
 */
import type { Message, Prompt } from "../../../protocol/index.ts";
import type { StreamRecord } from "./stream.ts";

export class Conversation {
  #messages: readonly Message[] | null = null;
  #tokens = 0;
  #isStale = false;

  /** WebLLM's chat must be reset before the next request: that was asked for, or a request failed. */
  get isStale(): boolean {
    return this.#isStale;
  }

  markStale(): void {
    this.#isStale = true;
  }

  /** Tokens that the next request finds. */
  cachedTokens(prompt: Prompt): number {
    const held = this.#messages;
    if (held === null || prompt.type !== "messages") return 0;
    const { messages } = prompt;
    const goesOn = messages.length === held.length + 1 && held.every((one, at) => same(one, messages[at]));
    return goesOn ? this.#tokens : 0;
  }

  /** Takes in a round that came to its end. cachedTokens: what it had found. */
  finish(prompt: Prompt, { text, usage, finishReason }: StreamRecord, cachedTokens: number): void {
    this.reset();
    if (prompt.type !== "messages" || finishReason !== "stop" || usage === null) return;
    this.#messages = [...prompt.messages, { role: "assistant", content: text }];
    this.#tokens = cachedTokens + usage.promptTokens + usage.completionTokens - 1;
  }

  /** WebLLM's chat was reset. */
  reset(): void {
    this.#messages = null;
    this.#tokens = 0;
    this.#isStale = false;
  }
}

function same(a: Message, b: Message | undefined): boolean {
  return b !== undefined && a.role === b.role && a.content === b.content;
}
