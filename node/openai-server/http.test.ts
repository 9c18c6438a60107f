/** Whom the server lets in, what it takes at most, and how it says so. */
import { connect, type Socket } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { requestMetrics, epochMs, type StepTrace } from "../../protocol/index.ts";
import { defaultLimits, type ServiceLimits } from "./limits.ts";
import { startOpenAiServer, type OpenAiServer, type OpenAiServerOptions } from "./server.ts";
import { rawHttp } from "./testing/raw-http.ts";
import { ScriptedEngine } from "./testing/scripted-engine.ts";

const page = "http://localhost:4173";
let engine: ScriptedEngine;
let server: OpenAiServer;
afterEach(() => server.close());

async function start(
  access: Partial<OpenAiServerOptions["access"]> = {},
  limits: Partial<ServiceLimits> = {},
): Promise<void> {
  engine = new ScriptedEngine();
  server = await startOpenAiServer({
    engine,
    host: "127.0.0.1",
    port: 0,
    access: { hosts: [], origins: [page], key: null, ...access },
    limits: { ...defaultLimits, ...limits },
  });
}

const port = () => Number(new URL(server.url).port);
const models = (headers: Record<string, string> = {}) => fetch(`${server.url}/v1/models`, { headers });
const post = (body: unknown, headers: Record<string, string> = {}, path = "/v1/completions") =>
  fetch(server.url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body:
      typeof body === "string"
        ? body
        : JSON.stringify({ model: "scripted", prompt: "a", ...(body as object) }),
  });
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { message: string; type: string; code: string } }).error;
const byHost = (host: string) =>
  rawHttp(port(), `GET /v1/models HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);

describe("names", () => {
  it.each(["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "localhost:8000"])(
    "answers as %s",
    async (host) => {
      await start();
      expect(await byHost(`Host: ${host}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
    },
  );

  it.each([
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "192.168.1.5",
    "",
  ])("does not answer as %s", async (host) => {
    await start();
    const answer = await byHost(`Host: ${host}\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 421 /);
    expect(answer).toContain("--allow-host");
    expect(answer).not.toContain("Access-Control");
  });

  it("answers as a name that it was told, whatever its case", async () => {
    await start({ hosts: ["gpu.local"] });
    expect(await byHost("Host: GPU.local:8000\r\n")).toMatch(/^HTTP\/1.1 200 /);
    expect(await byHost("Host: other.local\r\n")).toMatch(/^HTTP\/1.1 421 /);
  });
});

describe("pages", () => {
  it("lets a known page ask and read", async () => {
    await start();
    const { status, headers } = await models({ Origin: page });
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBe(page);
    expect(headers.get("access-control-expose-headers")).toBe("Retry-After");
    expect(headers.get("vary")).toBe("Origin");
  });

  it.each(["https://evil.example", "null", `${page}0`, "http://localhost"])("refuses %s", async (origin) => {
    await start();
    const response = await models({ Origin: origin });
    expect(response.status).toBe(403);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect((await errorOf(response)).message).toContain("--origin");
    expect((await post({}, { Origin: origin })).status).toBe(403);
    expect(engine.submitted).toEqual([]);
  });

  it("needs no origin from a program", async () => {
    await start();
    expect((await models()).headers.get("access-control-allow-origin")).toBeNull();
  });

  it("lets any page in where it was told so", async () => {
    await start({ origins: "*" });
    const { status, headers } = await models({ Origin: "https://any.example" });
    expect([status, headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
  });

  it("tells a known page before it asks, and a foreign one nothing", async () => {
    await start({ key: "k" });
    const preflight = (origin: string) =>
      fetch(`${server.url}/v1/completions`, { method: "OPTIONS", headers: { Origin: origin } });
    const { status, headers } = await preflight(page);
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-headers")).toBe("Authorization, Content-Type");
    expect(headers.get("access-control-allow-private-network")).toBe("true");
    const foreign = await preflight("https://evil.example");
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get("access-control-allow-private-network")).toBeNull();
  });
});

describe("the key", () => {
  it.each([
    {},
    { Authorization: "Bearer wrong" },
    { Authorization: "secret" },
    { Authorization: "Bearer secret " + "x" },
  ])("refuses %s, readable for the page", async (headers) => {
    await start({ key: "secret" });
    const response = await models({ Origin: page, ...headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("access-control-allow-origin")).toBe(page);
    expect((await errorOf(response)).message).toBe("Incorrect API key provided.");
  });

  it("lets the right one in", async () => {
    await start({ key: "secret" });
    expect((await models({ Authorization: "Bearer secret" })).status).toBe(200);
  });
});

describe("bodies", () => {
  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/jsonp",
    "",
  ])("refuses %s, which a foreign page may send unasked", async (type) => {
    await start();
    const response = await post({}, { "Content-Type": type });
    expect(response.status).toBe(415);
    expect(await errorOf(response)).toMatchObject({ type: "invalid-request", code: "invalid-request" });
    expect(engine.submitted).toEqual([]);
  });

  it("takes JSON with a charset", async () => {
    await start();
    void post({}, { "Content-Type": "Application/JSON; charset=utf-8" }).catch(() => undefined);
    await expect.poll(() => engine.submitted.length).toBe(1);
  });

  it.each([
    ["no JSON", "{", /no JSON/],
    ["no text", "", /no JSON/],
    ["nothing to say", { prompt: "" }, /prompt/],
    ["a temperature that is none", { temperature: 3 }, /temperature/],
    ["too many answers", { n: 9 }, /: n: |n: /],
    ["a stop text without end", { stop: "x".repeat(1001) }, /stop/],
  ])("says what is wrong with %s", async (_name, body, words) => {
    await start();
    const response = await post(body);
    expect(response.status).toBe(400);
    const error = await errorOf(response);
    expect(error.type).toBe("invalid-request");
    expect(error.message).toMatch(words);
  });

  it("names what is not here", async () => {
    await start();
    const other = await post({ model: `m${"x".repeat(1000)}` });
    expect(other.status).toBe(404);
    expect((await errorOf(other)).message).toMatch(/^The model mx{199} does not exist\.$/);
    const nowhere = await fetch(`${server.url}/v1/${"x".repeat(1000)}`);
    expect(nowhere.status).toBe(404);
    expect((await errorOf(nowhere)).message.length).toBeLessThan(250);
    expect((await fetch(`${server.url}/v1/completions`)).status).toBe(404);
    expect((await post({}, {}, "/v1/models")).status).toBe(404);
  });

  it.each([
    ["by the length it tells", (text: string) => text],
    ["as it comes, without a length", (text: string) => new Blob([text]).stream()],
  ])("refuses more bytes than it takes, %s", async (_name, wrap) => {
    await start({}, { mostBodyBytes: 2000 });
    const send = (bytes: number) =>
      fetch(`${server.url}/v1/completions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: wrap('{"model":"other","prompt":"'.padEnd(bytes - 2, "x") + '"}'),
        duplex: "half",
      } as RequestInit);
    expect((await send(2000)).status).toBe(404);
    const response = await send(2001);
    expect(response.status).toBe(413);
    expect((await errorOf(response)).type).toBe("request-too-large");
    expect((await send(500_000)).status).toBe(413);
  });

  it("refuses a body that nests too deep before anything follows it", async () => {
    await start();
    const nested = (depth: number) =>
      `{"model":"other","prompt":"a","x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect((await post(nested(defaultLimits.mostDepth - 1))).status).toBe(404);
    const response = await post(nested(defaultLimits.mostDepth));
    expect(response.status).toBe(400);
    expect((await errorOf(response)).message).toContain("nests deeper than 64");
    expect((await post(nested(200_000))).status).toBe(400);
  });

  it("refuses a schema that is too long", async () => {
    await start({}, { mostSchemaChars: 100 });
    const format = (chars: number) => ({
      model: "other",
      response_format: { type: "json_schema", json_schema: { schema: { title: "x".repeat(chars - 12) } } },
    });
    expect((await post(format(100))).status).toBe(404);
    const response = await post(format(101));
    expect(response.status).toBe(413);
    expect((await errorOf(response)).message).toContain("101 characters");
  });
});

describe("many at once", () => {
  const answers = () => engine.submitted.length;
  const end = (index: number) =>
    engine.submitted[index]!.tell({
      type: "failed",
      requestId: engine.submitted[index]!.request.id,
      error: { kind: "internal", message: "the test ends it" },
    });

  it("refuses what is beyond the batch, each choice counted, and takes more when one ends", async () => {
    await start({}, { mostAnswers: 4 });
    const first = post({ n: 3 });
    await expect.poll(answers).toBe(1);
    const refused = await post({ n: 2 });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await errorOf(refused)).toMatchObject({ type: "rate-limited" });
    const second = post({ n: 1 });
    await expect.poll(answers).toBe(2);
    expect((await post({ n: 1 })).status).toBe(429);
    end(0);
    expect((await first).status).toBe(500);
    const third = post({ n: 3 });
    await expect.poll(answers).toBe(3);
    end(1);
    end(2);
    await Promise.all([second, third]);
  });

  it("gives the place of a client that goes away to the next one, and tells the engine", async () => {
    await start({}, { mostAnswers: 1 });
    const gone = new AbortController();
    const first = fetch(`${server.url}/v1/completions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: "scripted", prompt: "a" }),
      signal: gone.signal,
    }).catch(() => null);
    await expect.poll(answers).toBe(1);
    expect(engine.submitted[0]!.isWanted()).toBe(true);
    gone.abort();
    await first;
    await expect.poll(() => engine.aborted).toEqual([engine.submitted[0]!.request.id]);
    expect(engine.submitted[0]!.isWanted()).toBe(false);
    void post({}).catch(() => undefined);
    await expect.poll(answers).toBe(2);
  });

  it("does not tell the engine to stop what it has finished", async () => {
    await start();
    const first = post({});
    await expect.poll(answers).toBe(1);
    end(0);
    await (await first).text();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(engine.aborted).toEqual([]);
  });
});

describe("connections", () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  const open = (text = "") =>
    new Promise<{ readonly closed: () => boolean; readonly heard: () => string }>((resolve) => {
      let closed = false;
      let heard = "";
      const socket = connect(port(), "127.0.0.1", () => {
        socket.write(text, () => setTimeout(() => resolve({ closed: () => closed, heard: () => heard }), 20));
      });
      socket.on("data", (chunk) => (heard += chunk.toString()));
      socket.on("error", () => undefined);
      socket.on("close", () => (closed = true));
      sockets.push(socket);
    });
  const head = (length: number) =>
    `POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  const body = '{"model":"scripted","prompt":"a"}';

  it("closes the oldest that says nothing, then the oldest whose question is not all there, for a new one", async () => {
    await start({}, { mostConnections: 3 });
    const asks = await open(head(body.length) + body);
    await expect.poll(() => engine.submitted.length).toBe(1);
    const half = await open(head(100));
    const silent = await open();
    const next = await open();
    await expect.poll(silent.closed).toBe(true);
    expect([asks, half, next].map(({ closed }) => closed())).toEqual([false, false, false]);
    const last = await open(head(100));
    await expect.poll(next.closed).toBe(true);
    const [, , , , newest] = [asks, half, silent, next, await open()];
    await expect.poll(half.closed).toBe(true);
    expect([asks, last, newest].map(({ closed }) => closed())).toEqual([false, false, false]);
  });

  it("refuses the new one only where every other is being answered", async () => {
    await start({}, { mostConnections: 2 });
    const busy = [await open(head(body.length) + body), await open(head(body.length) + body)];
    await expect.poll(() => engine.submitted.length).toBe(2);
    const refused = await open();
    await expect.poll(refused.closed).toBe(true);
    expect(busy.map(({ closed }) => closed())).toEqual([false, false]);
  });

  it("takes a connection for silent again after its answer", async () => {
    await start({}, { mostConnections: 1 });
    const answered = await open("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await expect.poll(answered.heard).toContain("scripted");
    const next = await open();
    await expect.poll(answered.closed).toBe(true);
    expect(next.closed()).toBe(false);
  });

  it("does not wait for ever for headers or for a body", async () => {
    await start({}, { headersMs: 50, bodyMs: 100 });
    const slow = [await open("GET /v1/models HTTP/1.1\r\nHost: local"), await open(head(100))];
    await expect.poll(() => slow.map(({ closed }) => closed()), { timeout: 10_000 }).toEqual([true, true]);
    expect(slow[0]!.heard()).toContain("408");
    expect(engine.submitted).toEqual([]);
  });
});

describe("answers", () => {
  const metrics = requestMetrics(
    {
      submittedMs: epochMs(0),
      firstScheduledMs: epochMs(1),
      tokenMs: [epochMs(2), epochMs(3)],
      finishedMs: epochMs(4),
    },
    { numPromptTokens: 5, numCachedTokens: 4, numPreemptions: 0 },
  );
  const usage = {
    prompt_tokens: 5,
    completion_tokens: 2,
    total_tokens: 7,
    prompt_tokens_details: { cached_tokens: 4 },
  };
  async function answer(asked: object, path: string): Promise<Response> {
    await start();
    const response = post(asked, {}, path);
    await expect.poll(() => engine.submitted.length).toBe(1);
    const { request, tell } = engine.submitted[0]!;
    const row = (requestId: string, choice: number, text: string) => ({ requestId, choice, text });
    const sequences = [row(request.id, 0, "Hel"), row("other", 0, "no"), row(request.id, 1, "")];
    tell({ type: "step", trace: { sequences } as unknown as StepTrace });
    tell({ type: "step", trace: { sequences: [row(request.id, 0, "lo")] } as unknown as StepTrace });
    const choice = { index: 0, tokenIds: [1, 2], text: "Hello", finishReason: "length" as const };
    tell({ type: "finished", requestId: request.id, choices: [choice], metrics });
    return response;
  }
  const chat = { prompt: undefined, messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] };

  it("writes a whole completion", async () => {
    const response = await answer({}, "/v1/completions");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({
      id: "served-1",
      object: "text_completion",
      model: "scripted",
      usage,
      choices: [{ index: 0, finish_reason: "length", text: "Hello" }],
    });
  });

  it("writes a whole chat", async () => {
    const response = await answer(chat, "/v1/chat/completions");
    expect(await response.json()).toMatchObject({
      object: "chat.completion",
      usage,
      choices: [{ index: 0, finish_reason: "length", message: { role: "assistant", content: "Hello" } }],
    });
    expect(engine.submitted[0]!.request.prompt).toEqual({
      type: "messages",
      messages: [{ role: "user", content: "Hi" }],
    });
  });

  const events = async (response: Response) => {
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const parts = (await response.text()).split("\n\n");
    expect(parts.splice(-2)).toEqual(["data: [DONE]", ""]);
    return parts.map((part) => JSON.parse(part.slice("data: ".length)) as Record<string, unknown>);
  };

  it("streams a completion, with usage where it is asked for", async () => {
    const asked = { stream: true, stream_options: { include_usage: true } };
    const told = await events(await answer(asked, "/v1/completions"));
    expect(told.map(({ choices }) => choices)).toEqual([
      [{ index: 0, finish_reason: null, text: "Hel" }],
      [{ index: 0, finish_reason: null, text: "lo" }],
      [{ index: 0, finish_reason: "length", text: "" }],
      [],
    ]);
    expect(told.at(-1)).toMatchObject({ object: "text_completion", usage });
    expect(told[0]).not.toHaveProperty("usage");
  });

  it("streams a chat, without usage where nobody asked", async () => {
    const told = await events(await answer({ ...chat, stream: true }, "/v1/chat/completions"));
    expect(told).toHaveLength(3);
    expect(told[0]).toMatchObject({
      object: "chat.completion.chunk",
      choices: [{ index: 0, finish_reason: null, delta: { role: "assistant", content: "Hel" } }],
    });
  });

  it.each([
    ["invalid-request", 400, null],
    ["unsupported", 400, null],
    ["request-too-large", 413, null],
    ["rate-limited", 429, "1"],
    ["worker-crashed", 503, "5"],
    ["internal", 500, null],
  ] as const)("answers %s with %s", async (kind, status, retryAfter) => {
    await start();
    const response = post({});
    await expect.poll(() => engine.submitted.length).toBe(1);
    const { request, tell } = engine.submitted[0]!;
    tell({ type: "failed", requestId: request.id, error: { kind, message: "It is so.", hint: "Do this." } });
    const answered = await response;
    expect(answered.status).toBe(status);
    expect(answered.headers.get("retry-after")).toBe(retryAfter);
    expect(await errorOf(answered)).toEqual({
      message: "It is so. Do this.",
      type: kind,
      code: kind === "request-too-large" ? "context_length_exceeded" : kind,
    });
  });

  it("tells an error in a stream that has begun as an event", async () => {
    await start();
    const response = post({ stream: true });
    await expect.poll(() => engine.submitted.length).toBe(1);
    const { request, tell } = engine.submitted[0]!;
    const sequences = [{ requestId: request.id, choice: 0, text: "Hel" }];
    tell({ type: "step", trace: { sequences } as unknown as StepTrace });
    tell({ type: "failed", requestId: request.id, error: { kind: "internal", message: "It broke." } });
    const text = await (await response).text();
    expect(text).toContain('data: {"error":{"message":"It broke.","type":"internal","code":"internal"}}');
    expect(text).not.toContain("[DONE]");
  });

  it("hands every setting to the engine, and its own for what is not said", async () => {
    await start();
    const settings = {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 7,
      max_tokens: 9,
      seed: 3,
      n: 2,
      stop: ["x", "y"],
      ignore_eos: true,
      response_format: { type: "json_object" },
    };
    void post(settings).catch(() => undefined);
    await expect.poll(() => engine.submitted.length).toBe(1);
    expect(engine.submitted[0]!.request).toMatchObject({
      prompt: { type: "text", text: "a" },
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 7,
        maxTokens: 9,
        seed: 3,
        n: 2,
        stop: ["x", "y"],
        ignoreEos: true,
      },
      responseFormat: { type: "json_object" },
      usePrefixCache: true,
    });
    void post({ max_tokens: 9, max_completion_tokens: 5, stop: "z", temperature: null }).catch(
      () => undefined,
    );
    void post({ max_tokens: 9, max_completion_tokens: 5, stop: "z" }).catch(() => undefined);
    await expect.poll(() => engine.submitted.length).toBe(2);
    expect(engine.submitted[1]!.request).toMatchObject({
      sampling: {
        temperature: 1,
        topP: 1,
        topK: 0,
        maxTokens: 5,
        seed: 0,
        n: 1,
        stop: ["z"],
        ignoreEos: false,
      },
      responseFormat: { type: "text" },
    });
    void post({ response_format: { type: "json_schema", json_schema: { schema: { type: "array" } } } }).catch(
      () => undefined,
    );
    await expect.poll(() => engine.submitted.length).toBe(3);
    expect(engine.submitted[2]!.request).toMatchObject({
      sampling: { maxTokens: 128, stop: [] },
      responseFormat: { type: "json_schema", schema: { type: "array" } },
    });
  });
});
