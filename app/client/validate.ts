/** What a caller of `window.inferscope` may have got wrong, each in words, before it reaches the engine. */
import {
  defaultModelHosts,
  defaultPolicy,
  defaultSampling,
  hostedUrl,
  InferscopeError,
  type EnginePolicy,
  type GenerateRequest,
  type Message,
  type ModelSource,
  type Prompt,
  type Request,
  type RequestId,
  type ResponseFormat,
  type SamplingParams,
} from "../../protocol/index.ts";

const invalid = (message: string, hint?: string) =>
  new InferscopeError("invalid-request", message, hint === undefined ? {} : { hint });

/** The full request: one kind of prompt, defaults filled in. Throws `invalid-request`. */
export function toRequest(id: RequestId, request: GenerateRequest): Request {
  assertObject("the request", request);
  assertKnownKeys("the request", request, [
    "messages",
    "prompt",
    "promptTokenIds",
    "sampling",
    "responseFormat",
    "usePrefixCache",
  ]);
  return {
    id,
    prompt: toPrompt(request),
    sampling: toSampling(request.sampling ?? {}),
    responseFormat: toResponseFormat(request.responseFormat ?? { type: "text" }),
    usePrefixCache: request.usePrefixCache ?? true,
  };
}

function toPrompt({ messages, prompt, promptTokenIds }: GenerateRequest): Prompt {
  const given = [messages, prompt, promptTokenIds].filter((value) => value !== undefined);
  if (given.length !== 1) {
    const found = given.length === 0 ? "none of them is there" : `${given.length} of them are there`;
    throw invalid(`give exactly one of messages, prompt and promptTokenIds; ${found}`);
  }
  if (messages !== undefined) return { type: "messages", messages: checkMessages(messages) };
  if (prompt !== undefined) {
    if (typeof prompt !== "string") throw invalid(`prompt is ${typeof prompt}, it must be a string`);
    if (prompt === "") throw invalid("prompt is empty");
    return { type: "text", text: prompt };
  }
  return { type: "tokens", tokenIds: checkTokenIds("promptTokenIds", promptTokenIds, false) };
}

function checkMessages(messages: unknown): readonly Message[] {
  if (!Array.isArray(messages)) throw invalid("messages must be a list of {role, content}");
  if (messages.length === 0) throw invalid("messages is empty");
  return messages.map((message: unknown, index): Message => {
    assertObject(`messages[${index}]`, message);
    const role: unknown = Reflect.get(message, "role");
    const content: unknown = Reflect.get(message, "content");
    if (role !== "system" && role !== "user" && role !== "assistant") {
      throw invalid(`messages[${index}].role is ${String(role)}, it must be system, user or assistant`);
    }
    if (typeof content !== "string") throw invalid(`messages[${index}].content must be a string`);
    return { role, content };
  });
}

/** A copy as a plain list. The engine, which knows the vocabulary, checks the upper end. */
export function checkTokenIds(name: string, value: unknown, mayBeEmpty: boolean): readonly number[] {
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  if (!isList) throw invalid(`${name} must be a list of token ids`);
  const ids = Array.from(value as ArrayLike<unknown>);
  if (ids.length === 0 && !mayBeEmpty) throw invalid(`${name} is empty`);
  return ids.map((id, index) => {
    if (typeof id === "number" && Number.isInteger(id) && id >= 0) return id;
    throw invalid(`${name}[${index}] is ${String(id)}, a token id is a whole number from 0 on`);
  });
}

/** The schema itself is the engine's to judge. */
function toResponseFormat(given: unknown): ResponseFormat {
  assertObject("responseFormat", given);
  assertKnownKeys("responseFormat", given, ["type", "schema"]);
  const { type, schema } = given as { type?: unknown; schema?: unknown };
  if (type === "json_schema") {
    assertObject("responseFormat.schema", schema);
    return { type, schema: schema as Readonly<Record<string, unknown>> };
  }
  if (type !== "text" && type !== "json_object") {
    throw invalid(`responseFormat.type is ${String(type)}, it must be text, json_object or json_schema`);
  }
  if (schema !== undefined) throw invalid(`responseFormat.schema belongs to type json_schema, not ${type}`);
  return { type };
}

function toSampling(given: unknown): SamplingParams {
  assertObject("sampling", given);
  assertKnownKeys("sampling", given, Object.keys(defaultSampling));
  const sampling = { ...defaultSampling, ...withoutUndefined(given) } as Record<
    keyof SamplingParams,
    unknown
  >;
  const number = (key: keyof SamplingParams, from: number, to: number, whole: boolean): number => {
    const value = sampling[key];
    if (typeof value === "number" && value >= from && value <= to && (!whole || Number.isInteger(value))) {
      return value;
    }
    const range = to >= Number.MAX_SAFE_INTEGER ? `at least ${from}` : `from ${from} to ${to}`;
    throw invalid(
      `sampling.${key} is ${String(value)}, it must be a ${whole ? "whole " : ""}number ${range}`,
    );
  };
  const most = Number.MAX_SAFE_INTEGER;
  const topP = number("topP", 0, 1, false);
  if (topP === 0) throw invalid("sampling.topP is 0, it must be above 0 and at most 1");
  return {
    temperature: number("temperature", 0, Number.MAX_VALUE, false),
    topK: number("topK", 0, most, true),
    topP,
    maxTokens: number("maxTokens", 1, most, true),
    seed: number("seed", -most, most, true),
    stop: checkStop(sampling.stop),
    ignoreEos: checkBoolean("sampling.ignoreEos", sampling.ignoreEos),
    n: number("n", 1, 128, true),
    logprobs: number("logprobs", 0, 20, true),
  };
}

function checkStop(stop: unknown): readonly string[] {
  if (Array.isArray(stop) && stop.every((text) => typeof text === "string" && text !== "")) {
    return stop as readonly string[];
  }
  throw invalid("sampling.stop must be a list of strings, none of them empty");
}

function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(`${name} is ${String(value)}, it must be true or false`);
}

/** Names only: values are the engine's to judge, together with what is in effect. */
export function checkPolicyChange(change: unknown): Partial<EnginePolicy> {
  assertObject("the policy", change);
  assertKnownKeys("the policy", change, Object.keys(defaultPolicy));
  return withoutUndefined(change);
}

/** One kind of source, URLs made absolute (the worker's own address is not the page's), at the user's hosts. */
export function toSource(source: unknown, baseUrl: string, hosts = defaultModelHosts): ModelSource {
  assertObject("the model source", source);
  const kinds = ["id", "url", "folder", "synthetic", "server"];
  assertKnownKeys("the model source", source, [...kinds, "modelLib", "sha256"]);
  const { modelLib, sha256, ...rest } = withoutUndefined(source);
  const [kind, ...more] = Object.keys(rest);
  if (kind === undefined || more.length > 0) {
    throw invalid(`give exactly one of ${kinds.join(", ")} as the model source`);
  }
  const value = rest[kind];
  if (modelLib !== undefined && kind !== "url") throw invalid("modelLib goes with url only");
  if (sha256 !== undefined && (kind !== "url" || modelLib !== undefined))
    throw invalid("sha256 goes with a url for the Inferscope engine only");
  const address = (name: string, given: unknown): string => {
    const text = given instanceof URL ? given.href : given;
    if (typeof text !== "string" || text.trim() === "") throw invalid(`${name} must be an address`);
    // What is no address stays as it is: the loader names it in its error.
    return hostedUrl(absolute(text.trim(), baseUrl) ?? text, hosts);
  };
  if (kind === "url") {
    const url = address("url", value);
    if (sha256 !== undefined) return { url, sha256: checkHashes(sha256) };
    return modelLib === undefined ? { url } : { url, modelLib: address("modelLib", modelLib) };
  }
  if (kind === "id" && (typeof value !== "string" || value === ""))
    throw invalid("id must be a model's name");
  return source as ModelSource;
}

function checkHashes(sha256: unknown): Readonly<Record<string, string>> {
  assertObject("sha256", sha256);
  for (const [path, hash] of Object.entries(sha256)) {
    if (typeof hash !== "string" || !/^[0-9a-fA-F]{64}$/.test(hash))
      throw invalid(`sha256["${path}"] must be 64 hex digits`);
  }
  return sha256 as Readonly<Record<string, string>>;
}

function assertObject(name: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`${name} must be an object`);
  }
}

/** A misspelt setting that is silently left out would falsify a measurement. */
function assertKnownKeys(name: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw invalid(`${name} has no field "${unknown}"`, `Known fields: ${known.join(", ")}.`);
}

function withoutUndefined(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

function absolute(url: string, baseUrl: string): string | null {
  return URL.canParse(url, baseUrl) ? new URL(url, baseUrl).href : null;
}
