/**
 * An OpenAI-compatible server over a loaded engine: `/v1/models`, `/v1/chat/completions` and
 * `/v1/completions`, streamed or whole, with usage and cached tokens. All requests share the engine's
 * batch. `npm run serve` starts it with the embedded model.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import {
  isCounted,
  now,
  requestId,
  serializeError,
  type Choice,
  type RequestMetrics,
  type SerializedError,
} from "../../protocol/index.ts";
import type { InferenceBackend } from "../../workers/backends/backend.ts";
import { readBody, type Asked } from "./body.ts";

export interface OpenAiServerOptions {
  /** With a model loaded; the server does not unload it. */
  readonly backend: InferenceBackend;
  /** 0: any free one. */
  readonly port: number;
  /** Which page may read the answers; `*` is any. */
  readonly allowedOrigin: string;
  /** Null: everybody may ask. */
  readonly apiKey: string | null;
}

export interface OpenAiServer {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

const mostBodyBytes = 4_000_000;

export async function startOpenAiServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  let served = 0;
  const server = createServer((request, response) => {
    served += 1;
    answer(options, served, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, 500, serializeError(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { backend, allowedOrigin, apiKey }: OpenAiServerOptions,
  number: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader("Access-Control-Allow-Origin", allowedOrigin);
  response.setHeader("Access-Control-Expose-Headers", "Retry-After");
  if (request.method === "OPTIONS") {
    response.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type");
    response.setHeader("Access-Control-Allow-Private-Network", "true");
    response.writeHead(204).end();
    return;
  }
  if (apiKey !== null && request.headers.authorization !== `Bearer ${apiKey}`) {
    sendError(response, 401, { kind: "server", message: "Incorrect API key provided." });
    return;
  }
  const model = backend.status().model;
  const route = `${request.method ?? ""} ${request.url ?? ""}`;
  if (model !== null && route === "GET /v1/models") {
    const { id, contextWindow } = model;
    sendJson(response, 200, {
      object: "list",
      data: [{ id, object: "model", owned_by: "inferscope", max_model_len: contextWindow }],
    });
    return;
  }
  const kind = kinds[route];
  if (kind === undefined) {
    sendError(response, 404, { kind: "server", message: `There is no ${route} here.` });
    return;
  }
  let asked: Asked;
  try {
    asked = readBody(kind, JSON.parse(await readText(request)), requestId(`served-${number}`));
  } catch (error) {
    sendError(response, 400, {
      kind: "invalid-request",
      message: `The body cannot be read: ${String(error)}`,
    });
    return;
  }
  if (asked.model !== model?.id) {
    sendError(response, 404, { kind: "server", message: `The model ${asked.model} does not exist.` });
    return;
  }
  generate(backend, kind, asked, response);
}

const kinds: Readonly<Record<string, "chat" | "completion">> = {
  "POST /v1/chat/completions": "chat",
  "POST /v1/completions": "completion",
};

/** Submits, and answers as the engine does; a client that goes away ends its request. */
function generate(
  backend: InferenceBackend,
  kind: "chat" | "completion",
  { request, model, streams, tellsUsage }: Asked,
  response: ServerResponse,
): void {
  const { id } = request;
  const envelope = {
    id,
    object: kind === "chat" ? "chat.completion.chunk" : "text_completion",
    created: Math.floor(Date.now() / 1000),
    model,
  };
  const part = (index: number, text: string, finish_reason: string | null) => ({
    index,
    finish_reason,
    ...(kind === "chat" ? { delta: { role: "assistant", content: text } } : { text }),
  });
  const send = (data: unknown) => {
    if (!response.headersSent) {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    }
    response.write(`data: ${JSON.stringify(data)}\n\n`);
  };
  const finish = (choices: readonly Choice[], metrics: RequestMetrics) => {
    const usage = usageOf(metrics);
    if (!streams) {
      sendJson(response, 200, {
        ...envelope,
        object: envelope.object.replace(".chunk", ""),
        usage,
        choices: choices.map(whole),
      });
      return;
    }
    for (const { index, finishReason } of choices)
      send({ ...envelope, choices: [part(index, "", finishReason)] });
    if (tellsUsage) send({ ...envelope, choices: [], usage });
    response.end("data: [DONE]\n\n");
  };
  const whole = ({ index, text, finishReason }: Choice) => ({
    index,
    finish_reason: finishReason,
    ...(kind === "chat" ? { message: { role: "assistant", content: text } } : { text }),
  });
  response.on("close", () => {
    if (!response.writableFinished) backend.abort(id);
  });
  try {
    backend.submit({ ...request, submittedMs: now() }, (event) => {
      if (event.type === "step" && streams) {
        for (const row of event.trace.sequences) {
          if (row.requestId === id && row.text !== "")
            send({ ...envelope, choices: [part(row.choice, row.text, null)] });
        }
      } else if (event.type === "finished" && event.requestId === id) {
        finish(event.choices, event.metrics);
      } else if (event.type === "failed" && event.requestId === id) {
        fail(response, event.error);
      }
    });
  } catch (error) {
    fail(response, serializeError(error));
  }
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

const refusals: readonly SerializedError["kind"][] = ["invalid-request", "request-too-large", "unsupported"];

/** Before the first text by status; after it there is only an event. */
function fail(response: ServerResponse, error: SerializedError): void {
  if (response.headersSent) response.end(`data: ${JSON.stringify({ error: errorOf(error) })}\n\n`);
  else sendError(response, refusals.includes(error.kind) ? 400 : 500, error);
}

const errorOf = ({ kind, message, hint }: SerializedError) => ({
  message: hint === undefined ? message : `${message} ${hint}`,
  type: kind,
  code: kind === "request-too-large" ? "context_length_exceeded" : kind,
});

function sendError(response: ServerResponse, status: number, error: SerializedError): void {
  sendJson(response, status, { error: errorOf(error) });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBodyBytes) throw new RangeError(`more than ${mostBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
