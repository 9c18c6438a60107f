/** A server in front of a real one that spoils its answers: what arrives is real, until the fault. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Fault =
  | "none"
  /** Refuses the first two requests of all, with Retry-After: 1. */
  | "busy"
  /** Refuses every request, with Retry-After: 1. */
  | "always-busy"
  /** Half of the answer, then the end of the body. */
  | "short"
  /** Half of the answer, then the connection is gone. */
  | "cut"
  /** A write for every byte. */
  | "split"
  | "error-200"
  /** Some text, then an error as an event. */
  | "error-in-stream"
  | "bad-json"
  | "no-usage"
  | "no-cached-tokens"
  | "no-cors"
  | "redirect"
  | "html";

/** Where the redirect leads: a client that follows it gets a good answer there. */
const elsewhere = "/elsewhere";

export interface FaultyProxy {
  readonly url: string;
  fault: Fault;
  /** Requests for text that came in. */
  readonly numAsked: number;
  /** Requests that came to where the redirect leads, which answers like the server itself. */
  readonly numElsewhere: number;
  /** `Authorization` of the last request. */
  readonly lastKey: string | undefined;
  close(): Promise<void>;
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const state = {
    fault: "none" as Fault,
    numAsked: 0,
    numElsewhere: 0,
    lastKey: undefined as string | undefined,
  };
  const server = createServer((request, response) => {
    state.lastKey = request.headers.authorization ?? state.lastKey;
    const isElsewhere = request.url?.startsWith(elsewhere) ?? false;
    if (isElsewhere) state.numElsewhere += 1;
    else if (request.method === "POST") state.numAsked += 1;
    const spoiled = isElsewhere ? { ...state, fault: "none" as const } : state;
    answer(target, spoiled, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get fault() {
      return state.fault;
    },
    set fault(fault) {
      state.fault = fault;
      state.numAsked = 0;
      state.numElsewhere = 0;
    },
    get numAsked() {
      return state.numAsked;
    },
    get numElsewhere() {
      return state.numElsewhere;
    },
    get lastKey() {
      return state.lastKey;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  target: string,
  { fault, numAsked }: { readonly fault: Fault; readonly numAsked: number },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isPost = request.method === "POST";
  const body = isPost ? await readText(request) : undefined;
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const path = (request.url ?? "").replace(elsewhere, "");
  const upstream = await fetch(target + path, {
    method: request.method ?? "GET",
    headers: Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === "string" && /^(authorization|content-type|origin)$/.test(name) ? [[name, value]] : [],
    ),
    signal: gone.signal,
    ...(body === undefined ? {} : { body: fault === "no-usage" ? withoutUsage(body) : body }),
  });
  if (fault !== "no-cors") {
    for (const [name, value] of upstream.headers) {
      if (name.startsWith("access-control-")) response.setHeader(name, value);
    }
  }
  const type = { "Content-Type": upstream.headers.get("content-type") ?? "text/plain" };
  if (fault === "none" || fault === "no-cors" || fault === "no-usage" || !isPost) {
    response.writeHead(upstream.status, type);
    if (upstream.body !== null) for await (const chunk of upstream.body) response.write(chunk);
    response.end();
    return;
  }
  const text = await upstream.text();
  const bytes = Buffer.from(text);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const events = text.split("\n\n");
  const some = events.slice(0, Math.ceil(events.length / 2)).join("\n\n");
  switch (fault) {
    case "busy":
    case "always-busy":
      if (fault === "busy" && numAsked > 2) break;
      response.writeHead(429, { "Content-Type": "application/json", "Retry-After": "1" });
      response.end('{"error":{"message":"Too many requests"}}');
      return;
    case "short":
      response.writeHead(200, type).end(half);
      return;
    case "cut":
      response.writeHead(200, type).write(half, () => setTimeout(() => response.destroy(), 50));
      return;
    case "split":
      response.writeHead(200, type);
      for (const byte of bytes) await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
      response.end();
      return;
    case "error-200":
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end('{"error":{"message":"The model is still loading","code":"loading"}}');
      return;
    case "error-in-stream":
      response.writeHead(200, type).end(`${some}\n\ndata: {"error":{"message":"out of memory"}}\n\n`);
      return;
    case "bad-json":
      response.writeHead(200, type).end(`${some}\n\ndata: {"choices":[{\n\n`);
      return;
    case "no-cached-tokens":
      response.writeHead(200, type).end(text.replace(/,"prompt_tokens_details":\{[^}]*\}/, ""));
      return;
    case "redirect":
      response.writeHead(307, { Location: elsewhere + path }).end();
      return;
    case "html":
      response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Welcome</h1>");
      return;
  }
  response.writeHead(upstream.status, type).end(text);
}

function withoutUsage(body: string): string {
  return JSON.stringify({ ...(JSON.parse(body) as object), stream_options: undefined });
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
