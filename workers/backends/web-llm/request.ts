/** Our request in WebLLM's words. What it cannot do is refused: a setting left out would falsify a measurement. */
import type { ChatCompletionRequestStreaming, CompletionCreateParamsStreaming } from "@mlc-ai/web-llm";

import { InferscopeError, type Request } from "../../../protocol/index.ts";

export type WebLlmRequest =
  | { readonly type: "chat"; readonly body: ChatCompletionRequestStreaming }
  | { readonly type: "completion"; readonly body: CompletionCreateParamsStreaming };

/** Throws `unsupported`. */
export function toWebLlmRequest({ prompt, sampling, responseFormat }: Request): WebLlmRequest {
  if (prompt.type === "tokens") throw unsupported("It takes text, not token ids.");
  if (responseFormat.type !== "text") throw unsupported("Answers by a schema are not wired to it yet.");
  if (sampling.n > 1) throw unsupported("It streams one answer a request; set n to 1.");
  if (sampling.topK > 0) throw unsupported("It has no top-k; set topK to 0.");
  if (sampling.logprobs > 0)
    throw unsupported("It tells no log-probabilities by token id; set logprobs to 0.");
  if (sampling.seed < 0) throw unsupported("Its seeds start at 0.");
  if (sampling.ignoreEos && sampling.stop.length > 0) {
    throw unsupported("It drops the stop strings when it ignores the end; leave one of the two out.");
  }
  const settings = {
    stream: true,
    stream_options: { include_usage: true },
    temperature: sampling.temperature,
    top_p: sampling.topP,
    max_tokens: sampling.maxTokens,
    seed: sampling.seed,
    ignore_eos: sampling.ignoreEos,
    // Models bring penalties of their own; here sampling is what the caller says and nothing else.
    repetition_penalty: 1,
    frequency_penalty: 0,
    presence_penalty: 0,
    ...(sampling.stop.length === 0 ? {} : { stop: [...sampling.stop] }),
  } as const;
  if (prompt.type === "text") {
    return { type: "completion", body: { ...settings, prompt: prompt.text } };
  }
  return {
    type: "chat",
    body: { ...settings, messages: prompt.messages.map((message) => ({ ...message })) },
  };
}

function unsupported(what: string): InferscopeError {
  return new InferscopeError("unsupported", `WebLLM cannot run this request: ${what}`, {
    hint: "Change the setting, or load a model with the Inferscope engine.",
  });
}
