/** Servers that go silent, or never end, on a real socket: each is given up, and what had arrived is kept. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import type { LoadParams, ServerLimits } from "../../protocol/index.ts";
import { finished, request, run, text } from "../../workers/backends/contract/requests.ts";
import { listServerModels, OpenAiBackend } from "../../workers/backends/openai/openai.ts";

type Behaviour = (response: ServerResponse) => void;

const limits: ServerLimits = { answerMs: 400, silenceMs: 150, answerBytes: 100_000 };
const options = {
  fetch: (_base: string, url: string, init: RequestInit) => fetch(url, init),
  page: "http://localhost:4173",
};

let server: Server | undefined;
let numClosed = 0;
afterEach(
  () =>
    new Promise<void>((resolve) => {
      numClosed = 0;
      server?.close(() => resolve());
      server?.closeAllConnections();
    }),
);

const listModels: Behaviour = (response) => response.end('{"data":[{"id":"m"}]}');

/** Resolves with its address. */
async function serve(answer: Behaviour, models: Behaviour = listModels): Promise<string> {
  server = createServer((asked, response) => {
    response.on("close", () => (numClosed += 1));
    // What is written after the end of the other side is nobody's.
    response.on("error", () => undefined);
    asked.resume();
    asked.on("end", () => (asked.method === "POST" ? answer : models)(response));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(answer: Behaviour, own: Partial<ServerLimits> = {}) {
  const baseUrl = await serve(answer);
  const params: LoadParams = {
    source: { server: { baseUrl, model: "m", limits: { ...limits, ...own } } },
    backend: "openai",
    runner: "gpu",
    policy: {},
  };
  const backend = new OpenAiBackend(options);
  await backend.load(params, () => undefined, new AbortController().signal);
  const ended = await run(backend, request(text("hello")));
  await backend.unload();
  return ended;
}

const head = (response: ServerResponse, type = "text/event-stream") =>
  response.writeHead(200, { "Content-Type": type }).flushHeaders();
const piece = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
/** Writes again and again, as fast as it is read or every so many milliseconds, until nobody listens. */
function repeat(response: ServerResponse, what: string, everyMs: number): void {
  const write = () => {
    if (response.destroyed) return;
    response.write(what);
    setTimeout(write, everyMs);
  };
  write();
}

describe("a server that goes silent or has no end", () => {
  const cases: readonly (readonly [string, Behaviour, string, RegExp])[] = [
    ["never answers", () => undefined, "", /given up: for 0\.4 s no piece/],
    ["sends its head and nothing more", (response) => head(response), "", /for 0\.15 s not one byte/],
    [
      "stops in the middle of an answer",
      (response) => {
        head(response);
        response.write(piece("half ") + piece("an answer"));
      },
      "half an answer",
      /for 0\.15 s not one byte/,
    ],
    [
      "only keeps the connection open",
      (response) => {
        head(response);
        response.write(piece("some"));
        repeat(response, ": ping\n\n", 20);
      },
      "some",
      /for 0\.4 s no piece/,
    ],
    [
      "sends one event without end",
      (response) => {
        head(response);
        response.write(piece("some"));
        repeat(response, "x".repeat(10_000), 1);
      },
      "some",
      /longer than 100000 bytes/,
    ],
  ];
  it.each(cases)("%s: a typed error, with the text that had arrived", async (_, answer, arrived, message) => {
    const { terminal } = await ask(answer);
    expect(terminal).toMatchObject({
      type: "failed",
      error: { kind: "stream-interrupted", message: expect.stringMatching(message) as string },
    });
    expect(terminal.choices?.[0]?.text).toBe(arrived);
    // The list's answer, and the one that was given up.
    await expect.poll(() => numClosed).toBe(2);
  });

  it("writes on and on: ended at the stated size, all of it kept until then", async () => {
    const { terminal } = await ask((response) => {
      head(response);
      repeat(response, piece("word ").repeat(50), 1);
    });
    expect(terminal).toMatchObject({ type: "failed", error: { kind: "stream-interrupted" } });
    const { length } = terminal.choices?.[0]?.text ?? "";
    expect(length).toBeGreaterThan(1000);
    expect(length).toBeLessThan(limits.answerBytes);
  });

  it.each([
    ["an error", 500, "application/json", "server"],
    ["an answer that is no stream", 200, "application/json", "server"],
  ] as const)("%s of endless length is read no further than it helps", async (_, status, type, kind) => {
    const { terminal } = await ask(
      (response) => {
        response.writeHead(status, { "Content-Type": type });
        repeat(response, "x".repeat(20_000), 1);
      },
      { answerMs: 20_000 },
    );
    expect(terminal).toMatchObject({ type: "failed", error: { kind } });
  });

  it("an error body that stops in the middle", async () => {
    const { terminal } = await ask((response) => response.writeHead(500).write('{"error":'));
    expect(terminal).toMatchObject({ type: "failed", error: { kind: "stream-interrupted" } });
  });

  it("lists models without end, or never", async () => {
    const endless = await serve(listModels, (response) => repeat(response, "x".repeat(500_000), 1));
    await expect(listServerModels({ baseUrl: endless }, options)).rejects.toMatchObject({ kind: "server" });
    server?.closeAllConnections();
    const never = await serve(listModels, () => undefined);
    await expect(listServerModels({ baseUrl: never, limits }, options)).rejects.toMatchObject({
      kind: "stream-interrupted",
    });
  });

  it("is waited for while it goes on, however slowly", async () => {
    const ended = await ask((response) => {
      head(response);
      const words = ["slow ", "but ", "whole"];
      const next = () => {
        const word = words.shift();
        if (word === undefined) response.end("data: [DONE]\n\n");
        else response.write(piece(word));
        if (word !== undefined) setTimeout(next, 60);
      };
      next();
    });
    expect(finished(ended).choices[0]?.text).toBe("slow but whole");
  });

  it.each([{ answerMs: 0 }, { silenceMs: 2 ** 31 }, { answerBytes: Number.NaN }])(
    "refuses %j",
    async (own) => {
      await expect(ask(() => undefined, own)).rejects.toMatchObject({ kind: "invalid-request" });
    },
  );
});
