/** Reads a JSONL log of model requests, one JSON object a line. Bad lines are listed, good ones kept. */

/** A piece of a prompt, in the order that the model reads them. */
export interface PromptPart {
  /** "tools", "system", "user", …, "prompt" for raw text. */
  readonly role: string;
  readonly text: string;
}

export interface LogRequest {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly model: string;
  /** Milliseconds since the Unix epoch; null where the line tells no time. */
  readonly atMs: number | null;
  readonly parts: readonly PromptPart[];
}

export interface LogProblem {
  readonly line: number;
  readonly reason: string;
}

export interface ParsedLog {
  readonly requests: readonly LogRequest[];
  readonly problems: readonly LogProblem[];
}

/** Empty lines are skipped, whatever their number. */
export function parseLog(text: string): ParsedLog {
  const requests: LogRequest[] = [];
  const problems: LogProblem[] = [];
  let start = 0;
  for (let line = 1; start <= text.length; line++) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    const content = text.slice(start, end).trim();
    start = end + 1;
    if (content === "") continue;
    try {
      requests.push(parseLine(content, line));
    } catch (error) {
      problems.push({ line, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { requests, problems };
}

type Json = Readonly<Record<string, unknown>>;

function parseLine(content: string, line: number): LogRequest {
  const outer = asObject(parseJson(content), "the line");
  const inner = unwrap(outer);
  const parts = [...toolParts(inner["tools"]), ...systemParts(inner["system"]), ...promptParts(inner)];
  if (parts.every(({ text }) => text === "")) throw new Error("the prompt is empty");
  const model = inner["model"] ?? outer["model"];
  return {
    line,
    model: typeof model === "string" ? model : "unnamed model",
    atMs: timeOf(outer) ?? timeOf(inner),
    parts,
  };
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch (error) {
    throw new Error(`no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function asObject(value: unknown, name: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${name} is ${Array.isArray(value) ? "a list" : JSON.stringify(value)}, not an object`);
  }
  return value as Json;
}

/** Batch files and proxies keep the request in `body` or `request`, some of them as text. */
function unwrap(outer: Json): Json {
  for (const key of ["body", "request"] as const) {
    const value = outer[key];
    if (value === undefined) continue;
    const inner = asObject(typeof value === "string" ? parseJson(value) : value, key);
    return key === "request" && inner["body"] !== undefined ? unwrap(inner) : inner;
  }
  return outer;
}

function toolParts(tools: unknown): readonly PromptPart[] {
  return Array.isArray(tools) && tools.length > 0 ? [{ role: "tools", text: JSON.stringify(tools) }] : [];
}

function systemParts(system: unknown): readonly PromptPart[] {
  return system === undefined || system === null
    ? []
    : [{ role: "system", text: contentText(system, "system") }];
}

function promptParts(request: Json): readonly PromptPart[] {
  const messages = request["messages"] ?? request["input"];
  if (Array.isArray(messages)) {
    if (messages.length === 0) throw new Error("messages is an empty list");
    return messages.map(messagePart);
  }
  const prompt = request["prompt"] ?? messages;
  if (typeof prompt === "string") return [{ role: "prompt", text: prompt }];
  if (Array.isArray(prompt) && prompt.every((part) => typeof part === "string")) {
    return prompt.map((text) => ({ role: "prompt", text }));
  }
  throw new Error("there is neither messages (a list) nor prompt (a text)");
}

function messagePart(value: unknown, index: number): PromptPart {
  const name = `message ${index + 1}`;
  const message = asObject(value, name);
  const { role, content, tool_calls: calls } = message;
  if (typeof role !== "string") throw new Error(`${name} has no role`);
  if (calls !== undefined && (content === null || content === undefined)) {
    return { role, text: JSON.stringify(calls) };
  }
  return { role, text: contentText(content, name) };
}

/** Text, or the texts of a list of parts; what is not text stands as its JSON. */
function contentText(content: unknown, name: string): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw new Error(`${name} has no content`);
  return content
    .map((part: unknown) => {
      const { text } = (typeof part === "object" && part !== null ? part : {}) as { text?: unknown };
      return typeof text === "string" ? text : JSON.stringify(part);
    })
    .join("\n");
}

const timeKeys = [
  "timestamp",
  "@timestamp",
  "time",
  "ts",
  "created",
  "created_at",
  "createdAt",
  "datetime",
  "date",
];

/** Unix seconds or milliseconds, or a date that the platform reads. */
function timeOf(record: Json): number | null {
  for (const key of timeKeys) {
    const value = record[key];
    if (typeof value === "number") return unixMs(value);
    if (typeof value !== "string" || value.trim() === "") continue;
    const ms = Number.isNaN(Number(value)) ? Date.parse(value) : unixMs(Number(value));
    if (ms !== null && Number.isFinite(ms)) return ms;
  }
  return null;
}

function unixMs(value: number): number | null {
  if (!Number.isFinite(value) || value < 1e8) return null;
  return value < 1e11 ? value * 1000 : value;
}
