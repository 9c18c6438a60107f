/**
 * WebLLM's interface without a model: answers are scripted, a letter a chunk. For the adapter's
 * own duties (queue, abort, unload, errors) only; nothing that it does says anything of WebLLM.
 */
import type { ChatCompletionChunk, Completion, ModelRecord } from "@mlc-ai/web-llm";

import type { WebLlmEngine, WebLlmPackage } from "../loader.ts";
import type { StreamChunk } from "../stream.ts";

export const scriptedId = "Scripted-1B-q4f32_1-MLC";

export const scriptedRecord: ModelRecord = {
  model: "https://models.example/Scripted",
  model_id: scriptedId,
  model_lib: "https://libraries.example/Scripted.wasm",
  vram_required_MB: 1000,
  low_resource_required: true,
  overrides: { context_window_size: 4096 },
};

interface Body {
  readonly max_tokens?: number | null;
  readonly ignore_eos?: boolean;
  readonly stop?: string | null | readonly string[];
  readonly top_logprobs?: number | null;
  readonly response_format?: { readonly type?: string };
  readonly messages?: readonly { readonly content?: unknown }[];
}

/** Prompts longer than this exceed the context, as those of 8192 words of the contract do. */
const contextLetters = 20_000;

export interface Script {
  readonly answer?: string;
  /** Thrown by `reload`. */
  readonly reloadError?: Error;
  /** Thrown after the first chunk. */
  readonly streamError?: Error;
  /** These are begun and never settle, as answers by a schema do in 0.2.79. */
  readonly hangs?: readonly ("reload" | "unload" | "answer" | "middle" | "resetChat")[];
  /** Asked for by `reload`, as WebLLM does. */
  readonly gpu?: GPU;
}

/** `calls`: what was asked of engines, in order. */
export function scriptedPackage(script: Script = {}): WebLlmPackage & { readonly calls: string[] } {
  const calls: string[] = [];
  const hang = (what: NonNullable<Script["hangs"]>[number]): Promise<void> =>
    script.hangs?.includes(what) === true ? new Promise(() => undefined) : Promise.resolve();
  class ScriptedEngine {
    readonly #report: (report: { progress: number; timeElapsed: number; text: string }) => void;
    #interrupted = false;
    #unloads = 0;
    readonly chat = { completions: { create: (body: Body) => Promise.resolve(this.#stream("chat", body)) } };
    readonly completions = { create: (body: Body) => Promise.resolve(this.#stream("completion", body)) };

    constructor(config: ConstructorParameters<WebLlmPackage["MLCEngine"]>[0]) {
      this.#report = config.initProgressCallback;
    }

    async reload(): Promise<void> {
      calls.push("reload");
      const unloads = this.#unloads;
      const adapter = await script.gpu?.requestAdapter();
      await adapter?.requestDevice();
      await hang("reload");
      for (const progress of [0, 0.5, 1]) {
        this.#report({ progress, timeElapsed: 0, text: "Fetching param cache" });
        await tick();
        // Like WebLLM: a load that is told to stop resolves.
        if (this.#unloads > unloads) return;
      }
      if (script.reloadError !== undefined) throw script.reloadError;
    }

    unload(): Promise<void> {
      calls.push("unload");
      this.#unloads += 1;
      return hang("unload");
    }

    resetChat(): Promise<void> {
      calls.push("resetChat");
      return hang("resetChat");
    }

    interruptGenerate(): Promise<void> {
      this.#interrupted = true;
      return Promise.resolve();
    }

    #isInterrupted(): boolean {
      return this.#interrupted;
    }

    async *#stream(kind: "chat" | "completion", body: Body): AsyncGenerator<StreamChunk> {
      calls.push(kind);
      this.#interrupted = false;
      await hang("answer");
      const words = body.messages?.map(({ content }) => String(content)).join(" ") ?? "";
      if (words.length > contextLetters) {
        throw Object.assign(new Error("the prompt is too long"), { name: "ContextWindowSizeExceededError" });
      }
      const isHeld = body.response_format?.type === "grammar";
      const letters = (isHeld ? '{"colour": "red"}' : (script.answer ?? "hello")).split("");
      const stopAt = letters.findIndex((letter) => body.stop?.includes(letter));
      const own = stopAt === -1 ? letters.length : stopAt;
      const length = body.ignore_eos === true ? (body.max_tokens ?? 0) : own;
      let reason = body.ignore_eos === true ? "length" : "stop";
      let count = 0;
      for (; count < length; count++) {
        await tick();
        if (this.#isInterrupted()) {
          reason = "abort";
          break;
        }
        yield textChunk(kind, letters[count % letters.length] ?? "", null, body.top_logprobs ?? 0);
        await hang("middle");
        if (script.streamError !== undefined) throw script.streamError;
      }
      yield textChunk(kind, "", reason);
      yield {
        choices: [],
        usage: { prompt_tokens: 7, completion_tokens: count, total_tokens: 7 + count },
      } as unknown as StreamChunk;
    }
  }
  return {
    calls,
    prebuiltAppConfig: { model_list: [scriptedRecord] },
    MLCEngine: ScriptedEngine as unknown as new (...args: unknown[]) => WebLlmEngine,
  };
}

/** A chunk in the form of either API. */
export function textChunk(
  kind: "chat" | "completion",
  text: string,
  reason: string | null,
  topLogprobs = 0,
): StreamChunk {
  const top_logprobs = Array.from({ length: topLogprobs }, (_, at) => ({ token: text, logprob: -at - 0.5 }));
  const told = { token: text, logprob: -0.5, top_logprobs };
  const logprobs = topLogprobs === 0 ? null : { content: [told] };
  const base = { index: 0, finish_reason: reason, logprobs };
  const chunk =
    kind === "chat"
      ? { choices: [{ ...base, delta: reason === null ? { content: text, role: "assistant" } : {} }] }
      : { choices: [{ ...base, text }] };
  return chunk as Pick<ChatCompletionChunk, "choices"> | Pick<Completion, "choices">;
}

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
