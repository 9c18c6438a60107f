/** The command itself, over real HTTP: `npm run serve`. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const model = "scope-2m-q4f16_1";
const key = "sk-serve-0123456789";

function serve(args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn("npm", ["run", "--silent", "serve", "--", ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    // A group of its own: npm, its shell and Node end together.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Everything it says until it ends, or until `enough`. */
function said(child: ChildProcess, enough: RegExp = /$^/): Promise<{ text: string; code: number | null }> {
  return new Promise((resolve) => {
    let text = "";
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (enough.test(text)) resolve({ text, code: null });
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("close", (code) => resolve({ text, code }));
  });
}

function end(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.on("close", resolve);
    if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  });
}

describe("npm run serve", () => {
  let child: ChildProcess;
  let url = "";
  let greeting = "";
  beforeAll(async () => {
    child = serve(["--port", "0"], { INFERSCOPE_KEY: key });
    greeting = (await said(child, /Ctrl\+C/)).text;
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(greeting)?.[0] ?? "";
  }, 60_000);
  afterAll(async () => {
    await end(child);
  });
  const ask = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}`, ...headers },
      body: JSON.stringify({ model, ...body }),
    });

  it("says where it is and for whom, and not with which key", () => {
    expect(greeting).toContain(`${model} at ${url}/v1`);
    expect(greeting).toContain("with the key");
    expect(greeting).not.toContain(key);
  });

  it("answers", async () => {
    const response = await ask({ prompt: "Anna", max_tokens: 4, ignore_eos: true });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ usage: { completion_tokens: 4 } });
  });

  it("refuses a prompt beyond the context, short or long, and a schema that is none, with their kinds", async () => {
    for (const prompt of ["a ".repeat(1100), "one two ".repeat(2000), "one two ".repeat(100_000)]) {
      const response = await ask({ prompt });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { code: "context_length_exceeded" } });
    }
    const format = { type: "json_schema", json_schema: { schema: { type: "nonsense" } } };
    const response = await ask({ prompt: "a", response_format: format });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid-request" } });
  });

  it("knows its own pages, no others, and asks for the key", async () => {
    expect((await ask({ prompt: "a" }, { Origin: "https://evil.example" })).status).toBe(403);
    expect((await ask({ prompt: "a" }, { Authorization: "Bearer no" })).status).toBe(401);
    const own = await ask({ prompt: "a", max_tokens: 1 }, { Origin: "http://localhost:4173" });
    expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([
      200,
      "http://localhost:4173",
    ]);
  });

  it.each([
    [["--key", key], /can be read by everyone/],
    [["--model", "scope-none"], /scope-none/],
  ])("ends with the reason and its usage: %j", async (args, words) => {
    const { text, code } = await said(serve(["--port", "0", ...args]));
    expect(code).toBe(1);
    expect(text).toMatch(words);
    expect(text).toContain("--key-file FILE");
    expect(text).not.toContain(key);
  });

  it("says that its port is taken", async () => {
    const { text, code } = await said(serve(["--port", new URL(url).port]));
    expect(code).toBe(1);
    expect(text).toContain("EADDRINUSE");
  });
});
