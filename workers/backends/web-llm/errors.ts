/** WebLLM's errors as ours: its own message, what it means here, and what to do. */
import { InferscopeError, type ErrorKind } from "../../../protocol/index.ts";

interface Meaning {
  readonly kind: ErrorKind;
  readonly hint?: string;
}

const smaller = "Load a smaller model, or one with a shorter context, and close other tabs that use the GPU.";

const otherVersion: Meaning = {
  kind: "bad-config",
  hint: "The library was made for another version of WebLLM: take the one that belongs to this app's (docs/web-llm.md).",
};

/** By the name of the error's class: WebLLM exports few of the classes themselves. */
const byName: Readonly<Record<string, Meaning>> = {
  ModelNotFoundError: { kind: "invalid-request", hint: "Pick a model from the list in Models." },
  MissingModelError: { kind: "invalid-request", hint: "The model needs the address of its library." },
  WebGPUNotAvailableError: { kind: "no-webgpu", hint: "Use a current Chrome, Edge or Safari." },
  WebGPUNotFoundError: { kind: "no-webgpu", hint: "Use a current Chrome, Edge or Safari." },
  ShaderF16SupportError: { kind: "missing-feature", hint: "Pick a model with q4f32_1 or q0f32 in its name." },
  FeatureSupportError: { kind: "missing-feature", hint: "Pick a model that does not need it." },
  DeviceLostError: { kind: "out-of-memory", hint: smaller },
  IntegrityError: { kind: "corrupt-shard", hint: "Load it again; if it stays, the host's file is damaged." },
  QuotaExceededError: {
    kind: "storage-quota",
    hint: "Free space on the disk, or delete this site's stored data, then load it again.",
  },
  SecurityError: { kind: "storage-quota", hint: "Allow this site to store data; private windows may not." },
  ContextWindowSizeExceededError: { kind: "request-too-large", hint: "Shorten the prompt." },
  CompileError: { kind: "bad-config", hint: "The library is damaged, or was made for another version." },
  LinkError: otherVersion,
  GrammarMatcherInitError: { kind: "invalid-request", hint: "WebLLM's grammar engine refused the schema." },
  MessageOrderError: { kind: "invalid-request" },
  SystemMessageOrderError: { kind: "invalid-request" },
  ContentTypeError: { kind: "invalid-request" },
  UnsupportedRoleError: { kind: "invalid-request" },
  UnsupportedFieldsError: { kind: "unsupported" },
  UnsupportedTokenizerFilesError: { kind: "bad-tokenizer" },
  MinValueError: { kind: "invalid-request" },
  NonNegativeError: { kind: "invalid-request" },
  RangeError: { kind: "invalid-request" },
  SeedTypeError: { kind: "invalid-request" },
  ModelNotLoadedError: { kind: "no-model", hint: "Load the model again." },
};

/** A `RangeError` may be WebLLM's (a bad setting) or the browser's: then it says this. */
const noMemory = /out of memory|(cannot|could not|unable to) allocate|allocation failed/i;

/** Plain errors of WebLLM's runtime and of the browser, by their words. */
const byMessage: readonly (readonly [RegExp, Meaning])[] = [
  [/unable to find a compatible gpu/i, { kind: "no-adapter", hint: "Switch on hardware acceleration." }],
  [/cannot initialize runtime because of requested/i, { kind: "device-limit", hint: "Use another adapter." }],
  [/quota/i, byName["QuotaExceededError"] ?? { kind: "storage-quota" }],
  [/device.*lost|lost.*device/i, { kind: "device-lost", hint: "Load the model again." }],
];

/** What WebLLM threw, typed, its own message kept. What is typed already passes through. */
export function toInferscopeError(error: unknown): InferscopeError {
  if (error instanceof InferscopeError) return error;
  const { name, message } = plain(error);
  const known = noMemory.test(message)
    ? ({ kind: "out-of-memory", hint: smaller } as const)
    : (byName[name] ?? byMessage.find(([words]) => words.test(message))?.[1]);
  const { kind, hint } = known ?? { kind: "internal" as const };
  return new InferscopeError(kind, `WebLLM: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { engine: "WebLLM", error: name },
    cause: error,
  });
}

/** It did not do what was asked, and was destroyed. */
export function gaveUp(what: string): InferscopeError {
  return new InferscopeError("stream-interrupted", `WebLLM was given up: ${what}.`, {
    hint: "Load the model again. What had arrived is kept. Answers by a schema need a current version of WebLLM.",
    details: { engine: "WebLLM" },
  });
}

/** What WebLLM fetches for a model, in this order. */
export type Part = "configuration" | "library" | "weights or tokenizer";

/** The library did not come up: what WebLLM says of that hangs on where it broke. */
export function libraryError(error: unknown): InferscopeError {
  const typed = toInferscopeError(error);
  if (typed.kind !== "internal") return typed;
  return new InferscopeError("bad-config", typed.message, {
    ...(otherVersion.hint === undefined ? {} : { hint: otherVersion.hint }),
    details: { ...typed.details },
    cause: error,
  });
}

/** A fetch that failed: browsers tell no address and no status there. */
export function isFetchFailure(error: unknown): boolean {
  const { name, message } = plain(error);
  return (
    name === "NetworkError" ||
    (name === "TypeError" && /fetch|network|load failed|request failed|'add' on 'cache'/i.test(message))
  );
}

export function fetchError(error: unknown, part: Part, url: string, online: boolean): InferscopeError {
  const { host } = new URL(url);
  const { message } = plain(error);
  const what = `WebLLM could not fetch the model's ${part} from ${host}: ${message}`;
  return new InferscopeError("network", online ? what : `${what}. This device is offline.`, {
    hint: online
      ? `Check that ${host} can be reached from here (proxy, firewall, blocker), then load again. The embedded model needs no network.`
      : "Connect to a network and load again. The embedded model needs none.",
    details: { engine: "WebLLM", part, url },
    cause: error,
  });
}

/** The bundle itself did not arrive. */
export function importError(error: unknown): InferscopeError {
  return new InferscopeError("network", `WebLLM itself could not be loaded: ${plain(error).message}`, {
    hint: "Check the connection to this app's server and try again.",
    cause: error,
  });
}

function plain(error: unknown): { readonly name: string; readonly message: string } {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: typeof error, message: String(error) };
}
