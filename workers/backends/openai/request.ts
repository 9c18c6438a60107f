/** Our request in OpenAI's words. What a server cannot do is refused: a setting left out would falsify a measurement. */
import { InferscopeError, type Request, type ResponseFormat } from "../../../protocol/index.ts";

export interface ServerRequest {
  /** Below the server's base address. */
  readonly endpoint: "chat/completions" | "completions";
  readonly body: Readonly<Record<string, unknown>>;
}

/** Throws `unsupported`. Settings that OpenAI does not know (`top_k`, `ignore_eos`) are sent only where asked for. */
export function toServerRequest(
  { prompt, sampling, responseFormat, usePrefixCache }: Request,
  model: string,
): ServerRequest {
  if (prompt.type === "tokens") throw unsupported("It takes text: the page does not have its tokenizer.");
  if (sampling.logprobs > 0) throw unsupported("It tells no token ids, so no log-probabilities by id.");
  if (!usePrefixCache) throw unsupported("Its prefix cache cannot be switched off from here.");
  const body = {
    model,
    stream: true,
    stream_options: { include_usage: true },
    temperature: sampling.temperature,
    top_p: sampling.topP,
    max_tokens: sampling.maxTokens,
    seed: sampling.seed,
    ...(sampling.stop.length === 0 ? {} : { stop: sampling.stop }),
    ...(sampling.n === 1 ? {} : { n: sampling.n }),
    ...(sampling.topK === 0 ? {} : { top_k: sampling.topK }),
    ...(sampling.ignoreEos ? { ignore_eos: true } : {}),
    ...(responseFormat.type === "text" ? {} : { response_format: formatOf(responseFormat) }),
  };
  return prompt.type === "text"
    ? { endpoint: "completions", body: { ...body, prompt: prompt.text } }
    : { endpoint: "chat/completions", body: { ...body, messages: prompt.messages } };
}

function formatOf(format: ResponseFormat): unknown {
  if (format.type !== "json_schema") return { type: format.type };
  return { type: "json_schema", json_schema: { name: "answer", schema: format.schema, strict: true } };
}

function unsupported(what: string): InferscopeError {
  return new InferscopeError("unsupported", `A server cannot run this request: ${what}`, {
    hint: "Change the setting, or load a model with the Inferscope engine.",
  });
}
