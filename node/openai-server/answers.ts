/** What the engine says, in OpenAI's words. */
import type { ServerResponse } from "node:http";

import {
  assertNever,
  isCounted,
  type Choice,
  type RequestMetrics,
  type SerializedError,
} from "../../protocol/index.ts";
import type { Asked } from "./body.ts";
import type { RequestEvent } from "./engine-thread-client.ts";
import type { Refusal } from "./limits.ts";

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

export function sendRefusal(
  response: ServerResponse,
  { status, error, retryAfterSeconds }: Pick<Refusal, "status" | "error" | "retryAfterSeconds">,
): void {
  if (retryAfterSeconds !== null) response.setHeader("Retry-After", retryAfterSeconds);
  sendJson(response, status, { error: errorOf(error) });
}

/** Writes what is told of one request: streamed piece by piece, or whole at its end. */
export function createWriter(
  kind: "chat" | "completion",
  { request: { id }, model, streams, tellsUsage }: Asked,
  response: ServerResponse,
): (event: RequestEvent) => void {
  const isChat = kind === "chat";
  const envelope = { id, created: Math.floor(Date.now() / 1000), model };
  const send = (choices: readonly unknown[], rest: object = {}) => {
    if (!response.headersSent) {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    }
    const object = isChat ? "chat.completion.chunk" : "text_completion";
    response.write(`data: ${JSON.stringify({ ...envelope, object, choices, ...rest })}\n\n`);
  };
  const part = (index: number, text: string, finish_reason: string | null) => ({
    index,
    finish_reason,
    ...(isChat ? { delta: { role: "assistant", content: text } } : { text }),
  });
  const whole = ({ index, text, finishReason }: Choice) => ({
    index,
    finish_reason: finishReason,
    ...(isChat ? { message: { role: "assistant", content: text } } : { text }),
  });
  const finish = (choices: readonly Choice[], metrics: RequestMetrics) => {
    const usage = usageOf(metrics);
    if (!streams) {
      const object = isChat ? "chat.completion" : "text_completion";
      sendJson(response, 200, { ...envelope, object, usage, choices: choices.map(whole) });
      return;
    }
    for (const { index, finishReason } of choices) send([part(index, "", finishReason)]);
    if (tellsUsage) send([], { usage });
    response.end("data: [DONE]\n\n");
  };
  return (event) => {
    switch (event.type) {
      case "step":
        if (!streams) return;
        for (const { requestId, choice, text } of event.trace.sequences) {
          if (requestId === id && text !== "") send([part(choice, text, null)]);
        }
        return;
      case "finished":
        finish(event.choices, event.metrics);
        return;
      case "failed":
        fail(response, event.error);
        return;
      default:
        assertNever(event);
    }
  };
}

function usageOf(metrics: RequestMetrics) {
  if (!isCounted(metrics)) return null;
  const { numPromptTokens, numOutputTokens, numCachedTokens } = metrics;
  return {
    prompt_tokens: numPromptTokens,
    completion_tokens: numOutputTokens,
    total_tokens: numPromptTokens + numOutputTokens,
    prompt_tokens_details: { cached_tokens: numCachedTokens },
  };
}

/** Before the first text by status; after it there is only an event. */
function fail(response: ServerResponse, error: SerializedError): void {
  if (response.headersSent) response.end(`data: ${JSON.stringify({ error: errorOf(error) })}\n\n`);
  else sendRefusal(response, { error, ...statusOf(error.kind) });
}

function statusOf(kind: SerializedError["kind"]): Pick<Refusal, "status" | "retryAfterSeconds"> {
  switch (kind) {
    case "invalid-request":
    case "unsupported":
      return { status: 400, retryAfterSeconds: null };
    case "request-too-large":
      return { status: 413, retryAfterSeconds: null };
    case "rate-limited":
      return { status: 429, retryAfterSeconds: 1 };
    case "worker-crashed":
      return { status: 503, retryAfterSeconds: 5 };
    default:
      return { status: 500, retryAfterSeconds: null };
  }
}

const errorOf = ({ kind, message, hint }: SerializedError) => ({
  message: hint === undefined ? message : `${message} ${hint}`,
  type: kind,
  code: kind === "request-too-large" ? "context_length_exceeded" : kind,
});
