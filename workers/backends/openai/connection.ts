/** One server: what is sent to it, and how its refusals are answered. */
import {
  defaultRetry,
  defaultServerLimits,
  InferscopeError,
  now,
  retryDelayMs,
  type RetryPolicy,
  type ServerAddress,
  type ServerLimits,
} from "../../../protocol/index.ts";
import { serverUrl, type ServerUrl } from "./address.ts";
import {
  bodyError,
  notOpenAi,
  redirected,
  statusError,
  streamCut,
  unreachable,
  withoutKey,
} from "./errors.ts";
import { count, field, list, parseJson, text } from "./json.ts";
import { readText, Silence } from "./silence.ts";

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

/** An answer that has begun. Whoever reads it tells `silence` what it hears, and ends it. */
export interface OpenStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly silence: Silence;
}

/** A list of models, or of 20,000 of them. */
const mostListBytes = 2 ** 22;
/** Errors are shown to a person. */
const mostErrorBytes = 2 ** 16;
/** For all of a list of models: it takes no computing. */
const listMs = 20_000;

/** Waits longer than this are the caller's to decide on. */
const longestWaitMs = 120_000;

export class Connection {
  readonly url: ServerUrl;
  readonly limits: ServerLimits;
  readonly #options: ConnectionOptions;
  readonly #retry: RetryPolicy;
  readonly #apiKey: string | undefined;

  /** Throws `invalid-request` for an address that cannot be one. */
  constructor({ baseUrl, apiKey, limits }: ServerAddress, options: ConnectionOptions) {
    this.url = serverUrl(baseUrl);
    this.limits = checkLimits({ ...defaultServerLimits, ...limits });
    const key = apiKey?.trim();
    this.#apiKey = key === "" ? undefined : key;
    this.#options = options;
    this.#retry = options.retry ?? defaultRetry;
  }

  async models(signal: AbortSignal): Promise<readonly ServerModel[]> {
    const { origin } = this.url;
    return this.#keyless(() =>
      this.#during(Math.min(listMs, this.limits.answerMs), signal, async (silence) => {
        const response = await this.#send("models", {}, silence);
        const { text: body, whole } = await this.#read(response, mostListBytes, silence);
        if (!response.ok) throw statusError(origin, response, body, now());
        if (!whole) throw notOpenAi(origin, `its list of models is longer than ${mostListBytes} bytes.`);
        const data = field(parseJson(body), "data");
        if (!Array.isArray(data)) throw notOpenAi(origin, "its list of models cannot be read.");
        return list(data).flatMap(toModel);
      }),
    );
  }

  /** Resolves with a stream that has begun. `onRefusal` is told of every wait at the server's limits. */
  async stream(
    endpoint: string,
    body: unknown,
    signal: AbortSignal,
    onRefusal: (refusal: Refusal) => void,
  ): Promise<OpenStream> {
    const { maxAttempts } = this.#retry;
    return this.#keyless(async () => {
      for (let numRefused = 0; ;) {
        const attempt = await this.#during(this.limits.answerMs, signal, async (silence, keep) => {
          const init = { method: "POST", body: JSON.stringify(body) };
          const response = await this.#send(endpoint, init, silence);
          if (response.ok) return { body: await this.#streamOf(response, silence), silence: keep() };
          const { text: said } = await this.#read(response, mostErrorBytes, silence);
          return { response, error: statusError(this.url.origin, response, said, Date.now()) };
        });
        if (attempt.silence !== undefined) return attempt;
        const { response, error } = attempt;
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

  /** `work` under a clock, which ends with it unless it is kept. */
  async #during<Result>(
    answerMs: number,
    signal: AbortSignal,
    work: (silence: Silence, keep: () => Silence) => Promise<Result>,
  ): Promise<Result> {
    const silence = new Silence(this.url.origin, { ...this.limits, answerMs }, signal);
    const kept = new Set<Silence>();
    const keep = () => {
      kept.add(silence);
      return silence;
    };
    try {
      return await work(silence, keep);
    } finally {
      if (!kept.has(silence)) silence.end();
    }
  }

  async #read(response: Response, mostBytes: number, silence: Silence) {
    return readText(response, mostBytes, silence).catch((error: unknown) => {
      if (error instanceof InferscopeError || silence.signal.aborted) throw error;
      throw streamCut(this.url.origin, "the connection was lost.", error);
    });
  }

  async #streamOf(response: Response, silence: Silence): Promise<ReadableStream<Uint8Array>> {
    const { origin } = this.url;
    const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
    if (isStream && response.body !== null) return response.body;
    // Some answer an error with status 200.
    const error = field(parseJson((await this.#read(response, mostErrorBytes, silence)).text), "error");
    if (error !== undefined && error !== null) throw bodyError(origin, error, response.status);
    throw notOpenAi(origin, "the answer is no event stream.");
  }

  async #send(endpoint: string, init: RequestInit, silence: Silence): Promise<Response> {
    const { base, origin } = this.url;
    let response: Response;
    try {
      response = await this.#options.fetch(base, base + endpoint, {
        ...init,
        signal: silence.signal,
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
      if (silence.error !== null) throw silence.error;
      if (silence.signal.aborted || error instanceof InferscopeError) throw error;
      throw unreachable(origin, this.#options.page, error);
    }
    silence.heardByte();
    const { status, type } = response;
    if (type === "opaqueredirect" || (status >= 300 && status < 400)) throw redirected(origin);
    return response;
  }
}

/** A timer of the platform takes no more. */
const mostMs = 2 ** 31 - 1;

/** Throws `invalid-request`. */
function checkLimits(limits: ServerLimits): ServerLimits {
  const { answerMs, silenceMs, answerBytes } = limits;
  for (const [name, value, most] of [
    ["answerMs", answerMs, mostMs],
    ["silenceMs", silenceMs, mostMs],
    ["answerBytes", answerBytes, Number.MAX_SAFE_INTEGER],
  ] as const) {
    if (Number.isFinite(value) && value > 0 && value <= most) continue;
    throw new InferscopeError("invalid-request", `limits.${name} is ${value}, it must be a number above 0`, {
      hint: `At most ${most}.`,
    });
  }
  return limits;
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
