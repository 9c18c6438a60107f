/**
 * `npx tsx bench/serve-attacks.ts`: starts `npm run serve`, attacks it as one hostile client each, and
 * prints how long another client waits meanwhile for the list of models and for an answer of four tokens.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

const model = "scope-2m-q4f16_1";
const root = fileURLToPath(new URL("..", import.meta.url));
const numConnections = 2000;
const numQueued = 200;

interface Attack {
  readonly name: string;
  /** What the attacker was answered. */
  readonly run: (url: string) => Promise<string>;
}

const schemaOf = (names: number) => ({
  type: "object",
  properties: Object.fromEntries(
    Array.from({ length: names }, (_, index) => [`property_${index}`, { type: "string" }]),
  ),
});

const attacks: readonly Attack[] = [
  { name: "nothing", run: () => Promise.resolve("-") },
  {
    name: "a schema of 1,600 properties",
    run: (url) =>
      post(url, {
        prompt: "a",
        max_tokens: 1,
        response_format: { type: "json_schema", json_schema: { schema: schemaOf(1600) } },
      }),
  },
  {
    name: "a prompt of 3.9 MB",
    run: (url) => post(url, { prompt: "one two ".repeat(487_500), max_tokens: 1 }),
  },
  { name: "a body of 50 MB", run: (url) => post(url, { prompt: "x".repeat(50_000_000) }) },
  {
    name: "a const nested 100,000 deep",
    run: (url) =>
      post(
        url,
        `{"model":"${model}","prompt":"a","response_format":{"type":"json_schema","json_schema":
        {"schema":{"const":${"[".repeat(100_000)}${"]".repeat(100_000)}}}}}`,
      ),
  },
  {
    name: `${numQueued} long requests at once`,
    run: async (url) => {
      const body = { prompt: "Anna", max_tokens: 400, ignore_eos: true };
      return tally(await Promise.all(Array.from({ length: numQueued }, () => post(url, body))));
    },
  },
  { name: `${numConnections} idle connections`, run: (url) => hold(url, "") },
  { name: `${numConnections} half headers`, run: (url) => hold(url, "GET /v1/models HTTP/1.1\r\nHost: 127") },
];

async function post(url: string, body: object | string): Promise<string> {
  const text = typeof body === "string" ? body : JSON.stringify({ model, ...body });
  try {
    const response = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: text,
    });
    await response.text();
    return String(response.status);
  } catch (error) {
    return `connection closed (${(error as Error & { cause?: { code?: string } }).cause?.code ?? "?"})`;
  }
}

/** Opens connections, says `start` on each, and keeps them for ten seconds. */
async function hold(url: string, start: string): Promise<string> {
  const { port } = new URL(url);
  const sockets: Socket[] = [];
  let closed = 0;
  for (let index = 0; index < numConnections; index += 1) {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(start));
    socket.on("error", () => undefined).on("close", () => (closed += 1));
    sockets.push(socket);
  }
  await pause(10_000);
  const answer = `${closed} closed by the server`;
  for (const socket of sockets) socket.destroy();
  return answer;
}

function tally(answers: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].map(([answer, count]) => `${count} times ${answer}`).join(", ");
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds until a fresh client is answered; a text where it is not within a minute. */
async function waits(ask: (signal: AbortSignal) => Promise<Response>): Promise<string> {
  const start = performance.now();
  try {
    const response = await ask(AbortSignal.timeout(60_000));
    await response.text();
    const ms = Math.round(performance.now() - start);
    return response.status === 200 ? `${ms} ms` : `${response.status} after ${ms} ms`;
  } catch {
    return "not in 60 s";
  }
}

async function start(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn("npm", ["run", "serve", "--", "--port", "0"], { cwd: root, detached: true });
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (found !== null) resolve(found[0]);
    });
    child.stderr.on("data", (chunk: Buffer) => process.stderr.write(chunk));
    child.on("close", () => reject(new Error(`npm run serve ended: ${text}`)));
  });
  return { child, url };
}

for (const { name, run } of attacks) {
  const { child, url } = await start();
  const headers = { Connection: "close", "Content-Type": "application/json" };
  const small = JSON.stringify({ model, prompt: "Anna", max_tokens: 4, ignore_eos: true });
  const attack = run(url);
  await pause(300);
  const [models, answer] = await Promise.all([
    waits((signal) => fetch(`${url}/v1/models`, { headers, signal })),
    waits((signal) => fetch(`${url}/v1/completions`, { method: "POST", headers, body: small, signal })),
  ]);
  const told = await Promise.race([attack, pause(90_000).then(() => "nothing in 90 s")]);
  console.log(`${name}: models after ${models}, four tokens after ${answer}; the attacker got ${told}`);
  if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
}
process.exit(0);
