/**
 * Every failure a person can meet, by kind. `message` says what happened and what it means
 * for the run; `hint` says what to do.
 */
export type ErrorKind =
  | "no-webgpu" // navigator.gpu missing: old browser or insecure origin
  | "no-adapter" // WebGPU present, no adapter
  | "device-limit" // the adapter's limits are too small
  | "missing-feature" // the adapter lacks a feature that the model needs (shader-f16)
  | "device-lost"
  | "out-of-memory"
  | "gpu-failure" // the device refused a call; nothing of the step or load was used
  | "not-finite" // weights or logits that are NaN or infinite
  | "kernel-compile"
  | "network" // unreachable, CORS, offline
  | "http-status" // the server answered with an error status
  | "bad-config" // mlc-chat-config.json or config.json unreadable or inconsistent
  | "bad-manifest" // tensor-cache.json unreadable, shapes that lie, overlapping records
  | "truncated-shard"
  | "corrupt-shard" // md5 differs
  | "missing-tensor"
  | "unsupported-architecture"
  | "unsupported-quantization"
  | "missing-tokenizer"
  | "bad-tokenizer"
  | "bad-template"
  | "storage-quota"
  | "no-model" // a request before any load
  | "invalid-request" // bad sampling parameters, empty prompt, unknown token ids
  | "request-too-large" // can never fit the context window or the KV pool
  | "unsupported" // the backend lacks this capability
  | "server" // an OpenAI-compatible server answered with an error body
  | "rate-limited"
  | "stream-interrupted"
  | "worker-crashed"
  | "app-part" // a file of the app itself did not arrive
  | "other-tab" // another tab has the engine, or took it while this one was at work
  | "aborted"
  | "interrupted" // the tab was hidden or frozen, or the machine slept, while it was measured
  | "internal";

export interface SerializedError {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint?: string;
  /** Numbers and names behind the message, shown under "details". */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export class InferscopeError extends Error {
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean>> | undefined;

  constructor(
    kind: ErrorKind,
    message: string,
    options: { hint?: string; details?: Record<string, string | number | boolean>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "InferscopeError";
    this.kind = kind;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** What `import()` of a file that did not arrive rejects with: Chrome, Firefox, Safari; the last is Vite's, of a style sheet. */
const importFailure =
  /^(?:Failed to fetch dynamically imported module|error loading dynamically imported module|Importing a module script failed|Unable to preload CSS)/;

export function serializeError(error: unknown): SerializedError {
  if (error instanceof InferscopeError) {
    return {
      kind: error.kind,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.details === undefined ? {} : { details: error.details }),
    };
  }
  if (error instanceof Error && error.name === "AbortError")
    return { kind: "aborted", message: error.message };
  if (error instanceof Error && importFailure.test(error.message)) {
    return {
      kind: "app-part",
      message: "A part of the app did not load.",
      hint: "Reload the page: the network may be back, or the server have a newer version.",
    };
  }
  return { kind: "internal", message: error instanceof Error ? error.message : String(error) };
}

export function deserializeError(error: SerializedError): InferscopeError {
  return new InferscopeError(error.kind, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details === undefined ? {} : { details: { ...error.details } }),
  });
}
