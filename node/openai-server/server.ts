/**
 * An OpenAI-compatible server over an engine in a thread of its own: `/v1/models`, `/v1/chat/completions`
 * and `/v1/completions`, streamed or whole, with usage and cached tokens. All requests share the engine's
 * batch. `npm run serve` starts it with the embedded model.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { now, requestId, serializeError, type EpochMs } from "../../protocol/index.ts";
import { checkHost, checkKey, originHeaders, type Access } from "./access.ts";
import { createWriter, sendJson, sendRefusal } from "./answers.ts";
import { readBody, type Asked } from "./body.ts";
import { limitConnections } from "./connections.ts";
import { bodyTooLarge, checkDepth, checkSchema, Refusal, type ServiceLimits } from "./limits.ts";
import type { ServedEngine } from "./served-engine.ts";

export interface OpenAiServerOptions {
  /** With a model loaded; the server does not close it. */
  readonly engine: Pick<ServedEngine, "model" | "submit" | "abort">;
  /** Address to listen at. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly access: Access;
  readonly limits: ServiceLimits;
}

export interface OpenAiServer {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startOpenAiServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  const { headersMs, bodyMs, mostConnections } = options.limits;
  const service = new Service(options);
  const server = createServer(
    { headersTimeout: headersMs, requestTimeout: bodyMs, connectionsCheckingInterval: 1000 },
    (request, response) => void service.answer(request, response),
  );
  limitConnections(server, mostConnections);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const kinds = new Map<string, "chat" | "completion">([
  ["POST /v1/chat/completions", "chat"],
  ["POST /v1/completions", "completion"],
]);

class Service {
  readonly #options: OpenAiServerOptions;
  #numAsked = 0;
  /** Answers being made or waited for, each choice counted. */
  #numAnswers = 0;

  constructor(options: OpenAiServerOptions) {
    this.#options = options;
  }

  /** Never rejects: whatever is wrong is answered. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      if (response.headersSent || response.destroyed) response.destroy();
      else if (error instanceof Refusal) sendRefusal(response, error);
      else sendRefusal(response, { status: 500, error: serializeError(error), retryAfterSeconds: null });
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { access, engine } = this.#options;
    const { headers } = request;
    checkHost(headers, access.hosts);
    response.setHeaders(new Map(Object.entries(originHeaders(headers, access.origins))));
    if (request.method === "OPTIONS") {
      response.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type");
      response.setHeader("Access-Control-Allow-Private-Network", "true");
      response.writeHead(204).end();
      return;
    }
    checkKey(headers, access.key);
    const route = `${request.method ?? ""} ${request.url ?? ""}`;
    if (route === "GET /v1/models") {
      const { id, contextWindow } = engine.model;
      sendJson(response, 200, {
        object: "list",
        data: [{ id, object: "model", owned_by: "inferscope", max_model_len: contextWindow }],
      });
      return;
    }
    const kind = kinds.get(route);
    if (kind === undefined) {
      throw new Refusal(404, { kind: "server", message: `There is no ${route.slice(0, 200)} here.` });
    }
    const submittedMs = now();
    const asked = await this.#read(kind, request);
    await this.#generate(kind, asked, submittedMs, response);
  }

  /** The request in the body. Throws a `Refusal` for what is none, is too large, or asks for another model. */
  async #read(kind: "chat" | "completion", request: IncomingMessage): Promise<Asked> {
    const { engine, limits } = this.#options;
    // A foreign page may send anything else without asking first.
    if (!/^application\/json *(;|$)/i.test(request.headers["content-type"] ?? "")) {
      throw new Refusal(415, { kind: "invalid-request", message: "Send Content-Type: application/json." });
    }
    const json = parseJson(await readText(request, limits));
    checkDepth(json, limits);
    this.#numAsked += 1;
    const asked = readBody(kind, json, requestId(`served-${this.#numAsked}`));
    const { responseFormat } = asked.request;
    if (responseFormat.type === "json_schema") checkSchema(responseFormat.schema, limits);
    if (asked.model !== engine.model.id) {
      throw new Refusal(404, {
        kind: "server",
        message: `The model ${asked.model.slice(0, 200)} does not exist.`,
      });
    }
    return asked;
  }

  async #generate(
    kind: "chat" | "completion",
    asked: Asked,
    submittedMs: EpochMs,
    response: ServerResponse,
  ): Promise<void> {
    const { engine, limits } = this.#options;
    const { id, sampling } = asked.request;
    if (this.#numAnswers + sampling.n > limits.mostAnswers) {
      const message = `${this.#numAnswers} answers are being made; at most ${limits.mostAnswers} at once.`;
      throw new Refusal(429, { kind: "rate-limited", message }, 1);
    }
    this.#numAnswers += sampling.n;
    response.on("close", () => {
      this.#numAnswers -= sampling.n;
      if (!response.writableFinished) engine.abort(id);
    });
    // Gone while its body was read: its end has been told already.
    const isWanted = () => !response.destroyed;
    await engine.submit({ ...asked.request, submittedMs }, createWriter(kind, asked, response), isWanted);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, {
      kind: "invalid-request",
      message: `The body is no JSON: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

/** Throws a `Refusal` as soon as it is known to be too large; what still comes is thrown away. */
async function readText(request: IncomingMessage, limits: ServiceLimits): Promise<string> {
  if (Number(request.headers["content-length"] ?? 0) > limits.mostBodyBytes) throw bodyTooLarge(limits);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.mostBodyBytes) {
        chunks.length = 0;
        reject(bodyTooLarge(limits));
      } else {
        chunks.push(chunk);
      }
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", reject);
  });
}
