/** The server engine against a real server over the real engine, whole and with faults in between. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { defaultRetry, type EngineEvent, type LoadParams } from "../../protocol/index.ts";
import type { InferenceBackend } from "../../workers/backends/backend.ts";
import { finished, isTerminal, request, run, type Ended } from "../../workers/backends/contract/requests.ts";
import { listServerModels, OpenAiBackend } from "../../workers/backends/openai/openai.ts";
import { contract } from "../../workers/backends/testing/contract.ts";
import type { RequestEvent } from "./engine-thread-client.ts";
import { defaultLimits } from "./limits.ts";
import { ServedEngine } from "./served-engine.ts";
import { startOpenAiServer, type OpenAiServer } from "./server.ts";
import { startFaultyProxy, type Fault, type FaultyProxy } from "./testing/faulty-proxy.ts";

const model = "scope-2m-q4f16_1";
const apiKey = "sk-test-0123456789";
const options = {
  fetch: (_base: string, url: string, init: RequestInit) => fetch(url, init),
  page: "http://localhost:4173",
  retry: { ...defaultRetry, baseMs: 1 },
};

let engine: ServedEngine;
let server: OpenAiServer;
let proxy: FaultyProxy;
/** What the server heard of each request, its end last. */
const heard: RequestEvent[] = [];
beforeAll(async () => {
  engine = await ServedEngine.start(model, defaultLimits);
  server = await startOpenAiServer({
    engine: {
      model: engine.model,
      abort: (id) => engine.abort(id),
      submit: (asked, listener, isWanted) =>
        engine.submit(
          asked,
          (event) => {
            heard.push(event);
            listener(event);
          },
          isWanted,
        ),
    },
    host: "127.0.0.1",
    port: 0,
    access: { hosts: [], origins: [], key: apiKey },
    limits: defaultLimits,
  });
  proxy = await startFaultyProxy(server.url);
}, 120_000);
afterAll(async () => {
  await proxy.close();
  await server.close();
  await engine.close();
});

const paramsFor = (baseUrl: string, key = apiKey): LoadParams => ({
  source: { server: { baseUrl, model, apiKey: key } },
  backend: "openai",
  runner: "gpu",
  policy: {},
});
const load = (backend: InferenceBackend, params: LoadParams) =>
  backend.load(params, () => undefined, new AbortController().signal);

contract("a server", () => ({ backend: new OpenAiBackend(options), params: paramsFor(`${server.url}/v1`) }), [
  "counts prompt tokens that were cached, and forgets them when told to",
  "tells log-probabilities, the most likely first",
]);

const prompt = {
  type: "messages",
  messages: [{ role: "user", content: "Tell me about Anna, who likes hiking and tea." }],
} as const;
const asked = () => request(prompt, { maxTokens: 24, ignoreEos: true });
const ask = (backend: InferenceBackend) => run(backend, asked());
/** The same from the engine itself. */
const askEngine = () =>
  new Promise<Ended>((resolve) => {
    void engine.submit(
      asked(),
      (event) => {
        if (event.type !== "step") resolve({ events: [event], terminal: event });
      },
      () => true,
    );
  });

describe("a server", () => {
  it("lists its models, whatever the address ends with", async () => {
    for (const end of ["", "/", "/v1", "/v1/", "/v1/chat/completions"]) {
      expect(await listServerModels({ baseUrl: server.url + end, apiKey }, options)).toEqual([model]);
    }
  });

  it("answers many at once with the engine's own tokens, counts and cached tokens", async () => {
    const backend = new OpenAiBackend(options);
    const { model: info } = await load(backend, paramsFor(server.url));
    expect(info).toMatchObject({ id: model, server: server.url, contextWindow: 1024, backend: "openai" });
    const own = finished(await askEngine());
    const all = (await Promise.all(Array.from({ length: 12 }, () => ask(backend)))).map(finished);
    for (const { choices, metrics } of all) {
      expect(choices[0]!.text).toBe(own.choices[0]!.text);
      expect(metrics).toMatchObject({ numOutputTokens: 24, numPromptTokens: own.metrics.numPromptTokens });
    }
    const { metrics } = finished(await ask(backend));
    expect(metrics.numCachedTokens).toBeGreaterThan(0);
    expect(backend.capabilities.cachedTokenCounts).toBe(true);
    expect(metrics.chunkGapMs!.length).toBeGreaterThan(0);
    expect(metrics.itlMs).toEqual([]);
    await backend.unload();
  });

  it("samples several answers, completes raw text, holds an answer to a schema", async () => {
    const backend = new OpenAiBackend(options);
    await load(backend, paramsFor(server.url));
    const sampled = await run(backend, request(prompt, { maxTokens: 8, n: 3, temperature: 1, seed: 5 }));
    expect(finished(sampled).choices).toHaveLength(3);
    const raw = finished(await run(backend, request({ type: "text", text: "Anna likes" })));
    expect(raw.choices[0]!.text).not.toBe("");
    const schema = {
      type: "object",
      properties: { a: { enum: ["x", "y"] } },
      required: ["a"],
      additionalProperties: false,
    };
    const held = {
      ...request(prompt, { maxTokens: 40 }),
      responseFormat: { type: "json_schema", schema } as const,
    };
    expect(JSON.parse(finished(await run(backend, held)).choices[0]!.text)).toHaveProperty("a");
    await backend.unload();
  });

  it("refuses a prompt beyond the context with the server's words", async () => {
    const backend = new OpenAiBackend(options);
    await load(backend, paramsFor(server.url));
    const { terminal } = await run(backend, request({ type: "text", text: "one two ".repeat(2000) }));
    expect(terminal).toMatchObject({ type: "failed", error: { kind: "request-too-large" } });
    await backend.unload();
  });

  it("ends its request when the client goes away", async () => {
    const backend = new OpenAiBackend(options);
    await load(backend, paramsFor(server.url));
    const long = request(prompt, { maxTokens: 800, ignoreEos: true });
    heard.length = 0;
    const ended = await run(backend, long, () => backend.abort(long.id));
    expect(finished(ended).choices[0]).toMatchObject({ finishReason: "abort" });
    await expect.poll(() => heard.filter(isTerminal).length, { timeout: 20_000 }).toBe(1);
    // The engine was told to stop: it did not write the 800 tokens for nobody.
    expect(heard.findLast(isTerminal)).toMatchObject({
      type: "finished",
      choices: [{ finishReason: "abort" }],
    });
    await expect.poll(async () => (await engine.snapshot())!.kv.used).toBe(0);
    await backend.unload();
  });
});

describe("a server with faults", () => {
  const faulty = async (fault: Fault) => {
    proxy.fault = "none";
    const backend = new OpenAiBackend(options);
    await load(backend, paramsFor(proxy.url));
    proxy.fault = fault;
    const ended = await ask(backend);
    await backend.unload();
    return ended;
  };
  const isWaiting = (event: EngineEvent) => event.type === "waiting";

  it("waits as it is told and sends again, and tells the wait", async () => {
    const ended = await faulty("busy");
    expect(finished(ended).metrics.rateLimited).toEqual({ numRefused: 2, waitedMs: 2000 });
    expect(ended.events.filter(isWaiting)).toMatchObject([
      { numRefused: 1, status: 429 },
      { numRefused: 2, status: 429 },
    ]);
  });

  it("gives up after four refusals", async () => {
    const { terminal } = await faulty("always-busy");
    expect(terminal).toMatchObject({
      type: "failed",
      error: { kind: "rate-limited", details: { status: 429 } },
    });
    expect(proxy.numAsked).toBe(4);
  });

  it.each([
    ["short", "stream-interrupted", true],
    ["cut", "stream-interrupted", true],
    ["bad-json", "server", true],
    ["error-in-stream", "server", true],
    ["error-200", "server", false],
    ["html", "server", false],
  ] as const)("%s: a typed error, with the text that had arrived", async (fault, kind, hasText) => {
    const { terminal } = await faulty(fault);
    expect(terminal).toMatchObject({ type: "failed", error: { kind } });
    expect(terminal.choices![0]!.text !== "").toBe(hasText);
  });

  it("does not follow a redirect, where a good answer waits", async () => {
    const { terminal } = await faulty("redirect");
    expect(terminal).toMatchObject({
      type: "failed",
      error: { kind: "network", message: expect.stringContaining("redirects") as string },
    });
    expect(proxy.numAsked).toBe(1);
    expect(proxy.numElsewhere).toBe(0);
  });

  it("is not disturbed by a write for every byte", async () => {
    const own = finished(await askEngine());
    expect(finished(await faulty("split")).choices[0]!.text).toBe(own.choices[0]!.text);
  });

  it("leaves unknown what is not told", async () => {
    expect(finished(await faulty("no-usage")).metrics).toMatchObject({
      numPromptTokens: null,
      numOutputTokens: null,
      numCachedTokens: null,
    });
    const { metrics } = finished(await faulty("no-cached-tokens"));
    expect(metrics).toMatchObject({ numOutputTokens: 24, numCachedTokens: null });
  });
});

describe("connecting", () => {
  const failure = (params: LoadParams) =>
    load(new OpenAiBackend(options), params).catch((error: unknown) => error);

  it("says that nothing answers, and how each server lets this page in", async () => {
    const error = (await failure(paramsFor("http://127.0.0.1:9"))) as Error & { hint: string };
    expect(error).toMatchObject({ kind: "network", message: expect.stringContaining("CORS") as string });
    for (const words of ["--allowed-origins", "OLLAMA_ORIGINS", "llama.cpp"])
      expect(error.hint).toContain(words);
  });

  it("names a key that is refused without repeating it", async () => {
    const error = await failure(paramsFor(server.url, "sk-wrong-key"));
    expect(error).toMatchObject({ kind: "server", details: { status: 401 } });
    expect(JSON.stringify(error) + String(error)).not.toContain("sk-wrong-key");
  });

  it("names a model that is not there", async () => {
    const params = {
      ...paramsFor(server.url),
      source: { server: { baseUrl: server.url, model: "gpt-9", apiKey } },
    };
    expect(await failure(params)).toMatchObject({ kind: "invalid-request", hint: `It offers: ${model}.` });
  });

  it.each([
    ["localhost:8000", /http or https/],
    ["not an address", /no?t? an address/],
    ["http://192.168.1.5:8000", /mixed content/],
    ["https://a:b@host/v1", /user name/],
    ["https://host/v1?key=1", /before \?/],
    ["ftp://host/", /http or https/],
  ])("refuses %s", async (baseUrl, message) => {
    const error = await failure(paramsFor(baseUrl));
    expect(error).toMatchObject({
      kind: "invalid-request",
      message: expect.stringMatching(message) as string,
    });
  });
});
