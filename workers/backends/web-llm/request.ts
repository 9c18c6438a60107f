/** Our request in WebLLM's words. What it cannot do is refused: a setting left out would falsify a measurement. */
import type { ChatCompletionRequestStreaming, CompletionCreateParamsStreaming } from "@mlc-ai/web-llm";

import { InferscopeError, type Request } from "../../../protocol/index.ts";
import { formatGrammar } from "../../grammar/grammar-compiler.ts";

export type WebLlmRequest =
  | { readonly type: "chat"; readonly body: ChatCompletionRequestStreaming }
  | { readonly type: "completion"; readonly body: CompletionCreateParamsStreaming };

/** `top_logprobs` of its API. */
const mostLogprobs = 5;

/** Throws `unsupported`, or `invalid-request` for a schema that decoding cannot be held to. */
export function toWebLlmRequest({ prompt, sampling, responseFormat }: Request): WebLlmRequest {
  if (prompt.type === "tokens") throw unsupported("It takes text, not token ids.");
  if (responseFormat.type !== "text" && prompt.type === "text") {
    throw unsupported("It holds chats to a schema, not raw text.");
  }
  if (sampling.n > 1) throw unsupported("It streams one answer a request; set n to 1.");
  if (sampling.topK > 0) throw unsupported("It has no top-k; set topK to 0.");
  if (sampling.logprobs > mostLogprobs) {
    throw unsupported(`It tells at most ${mostLogprobs} log-probabilities a token.`);
  }
  // Its are those after the temperature: at 1 they are the model's own.
  if (sampling.logprobs > 0 && sampling.temperature !== 1) {
    throw unsupported("Its log-probabilities are the model's own at temperature 1 only.");
  }
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
    ...(sampling.logprobs === 0 ? {} : { logprobs: true, top_logprobs: sampling.logprobs }),
  } as const;
  if (prompt.type === "text") {
    return { type: "completion", body: { ...settings, prompt: prompt.text } };
  }
  return {
    type: "chat",
    body: {
      ...settings,
      messages: prompt.messages.map((message) => ({ ...message })),
      // Our grammar in its grammar engine: the same answers are allowed as on ours, to the white space.
      ...(responseFormat.type === "text"
        ? {}
        : { response_format: { type: "grammar", grammar: formatGrammar(responseFormat) } }),
    },
  };
}

function unsupported(what: string): InferscopeError {
  return new InferscopeError("unsupported", `WebLLM cannot run this request: ${what}`, {
    hint: "Change the setting, or load a model with the Inferscope engine.",
  });
}
