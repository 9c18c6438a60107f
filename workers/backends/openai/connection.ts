/** One server: what is sent to it, and how its refusals are answered. */
import {
  defaultRetry,
  InferscopeError,
  now,
  retryDelayMs,
  type RetryPolicy,
  type ServerAddress,
} from "../../../protocol/index.ts";
import { serverUrl, type ServerUrl } from "./address.ts";
import { bodyError, notOpenAi, redirected, statusError, unreachable, withoutKey } from "./errors.ts";
import { count, field, list, parseJson, text } from "./json.ts";

/** Fetches from a server that the user named; `base` is the address that everything lies below. */
export type ServerFetch = (base: string, url: string, init: RequestInit) => Promise<Response>;

export interface ConnectionOptions {
  readonly fetch: ServerFetch;
  /** Origin of this page, which the server must allow. */
  readonly page: string;
  readonly retry?: RetryPolicy;
}

export interface ServerModel {
  readonly id: string;
  readonly contextWindow: number | null;
  readonly vocabSize: number | null;
  readonly numParams: number | null;
}

export interface Refusal {
  readonly ms: number;
  readonly status: number;
  readonly numRefused: number;
  readonly maxAttempts: number;
}

/** Waits longer than this are the caller's to decide on. */
const longestWaitMs = 120_000;

export class Connection {
  readonly url: ServerUrl;
  readonly #options: ConnectionOptions;
  readonly #retry: RetryPolicy;
  readonly #apiKey: string | undefined;

  /** Throws `invalid-request` for an address that cannot be one. */
  constructor({ baseUrl, apiKey }: ServerAddress, options: ConnectionOptions) {
    this.url = serverUrl(baseUrl);
    const key = apiKey?.trim();
    this.#apiKey = key === "" ? undefined : key;
    this.#options = options;
    this.#retry = options.retry ?? defaultRetry;
  }

  async models(signal: AbortSignal): Promise<readonly ServerModel[]> {
    return this.#keyless(async () => {
      const response = await this.#send("models", { signal });
      const body = await response.text();
      if (!response.ok) throw statusError(this.url.origin, response, body, now());
      const data = field(parseJson(body), "data");
      if (!Array.isArray(data)) throw notOpenAi(this.url.origin, "its list of models cannot be read.");
      return list(data).flatMap(toModel);
    });
  }

  /** Resolves with the body of a stream that has begun. `onRefusal` is told of every wait at the server's limits. */
  async stream(
    endpoint: string,
    body: unknown,
    signal: AbortSignal,
    onRefusal: (refusal: Refusal) => void,
  ): Promise<ReadableStream<Uint8Array>> {
    const { maxAttempts } = this.#retry;
    return this.#keyless(async () => {
      for (let numRefused = 0; ;) {
        const response = await this.#send(endpoint, {
          method: "POST",
          body: JSON.stringify(body),
          signal,
        });
        if (response.ok) return this.#streamOf(response);
        const error = statusError(this.url.origin, response, await response.text(), Date.now());
        numRefused += 1;
        const asked = count(error.details?.["retryAfterMs"]) ?? null;
        if (error.kind !== "rate-limited" || numRefused >= maxAttempts || (asked ?? 0) > longestWaitMs)
          throw error;
        const ms = retryDelayMs(numRefused, asked, this.#retry, Math.random);
        onRefusal({ ms, status: response.status, numRefused, maxAttempts });
        await sleep(ms, signal);
      }
    });
  }

  /** Errors that leave here hold no key, whatever the server repeats. */
  readonly #keyless = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw error instanceof InferscopeError ? this.withoutKey(error) : error;
    }
  };

  withoutKey(error: InferscopeError): InferscopeError {
    return withoutKey(error, this.#apiKey);
  }

  async #streamOf(response: Response): Promise<ReadableStream<Uint8Array>> {
    const { origin } = this.url;
    const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
    if (isStream && response.body !== null) return response.body;
    // Some answer an error with status 200.
    const error = field(parseJson(await response.text()), "error");
    if (error !== undefined && error !== null) throw bodyError(origin, error, response.status);
    throw notOpenAi(origin, "the answer is no event stream.");
  }

  async #send(endpoint: string, init: RequestInit): Promise<Response> {
    const { base, origin } = this.url;
    let response: Response;
    try {
      response = await this.#options.fetch(base, base + endpoint, {
        ...init,
        headers: {
          ...(init.body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(this.#apiKey === undefined ? {} : { Authorization: `Bearer ${this.#apiKey}` }),
        },
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        // Not followed either way; by hand it can be told from a server that does not answer.
        redirect: "manual",
      });
    } catch (error) {
      const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
      if ((init.signal?.aborted === true && !isTimeout) || error instanceof InferscopeError) throw error;
      throw unreachable(origin, this.#options.page, error);
    }
    const { status, type } = response;
    if (type === "opaqueredirect" || (status >= 300 && status < 400)) throw redirected(origin);
    return response;
  }
}

function toModel(given: unknown): readonly ServerModel[] {
  const id = text(field(given, "id"));
  const meta = field(given, "meta");
  return id === null || id === ""
    ? []
    : [
        {
          id,
          // vLLM and SGLang tell it; llama.cpp tells the rest.
          contextWindow: count(field(given, "max_model_len")),
          vocabSize: count(field(meta, "n_vocab")),
          numParams: count(field(meta, "n_params")),
        },
      ];
}

/** Rejects at once when the signal aborts. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new InferscopeError("aborted", "It was stopped while it waited for the server."));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
