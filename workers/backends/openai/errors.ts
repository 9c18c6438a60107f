/** What can go wrong with a server, typed, in words, with what to do. No error holds a key. */
import { InferscopeError, parseRetryAfter } from "../../../protocol/index.ts";
import { field, parseJson, text } from "./json.ts";

/** Browsers tell a page no more than "failed": what is unreachable and what is forbidden look alike. */
export function unreachable(origin: string, page: string, cause: unknown): InferscopeError {
  return new InferscopeError(
    "network",
    `No readable answer from ${origin}: nothing answers there, or the server does not allow this page, ${page}, to read it (CORS).`,
    { hint: `${startHints(page)} ${networkHint(origin, page)}`, details: { server: origin, page }, cause },
  );
}

const startHints = (page: string): string =>
  `Check that it runs, and start it so that it allows this page. vLLM: --allowed-origins '["${page}"]'. ` +
  `Ollama: OLLAMA_ORIGINS="${page}". llama.cpp's llama-server allows every page. ` +
  `SGLang too. LM Studio: lms server start --cors.`;

/** What the browser itself forbids, where that may be it. */
function networkHint(origin: string, page: string): string {
  const isLocal = origin.startsWith("http:");
  if (!isLocal) return "A redirect to another address is not followed either.";
  return page.startsWith("https:")
    ? "On this https page the browser may also ask for access to devices on the local network: allow it. Safari forbids http altogether; open the page from http://localhost there."
    : "The browser may also ask for access to the local network: allow it.";
}

export function redirected(origin: string): InferscopeError {
  return new InferscopeError("network", `${origin} redirects to another address; that is not followed.`, {
    hint: "Give the address that it redirects to: prompts and key go to what you typed and nowhere else.",
    details: { server: origin },
  });
}

export function notOpenAi(origin: string, what: string): InferscopeError {
  return new InferscopeError(
    "server",
    `What answers at ${origin} does not speak OpenAI's protocol: ${what}`,
    {
      hint: "Check the address: it should be the server's root, or end with /v1.",
      details: { server: origin },
    },
  );
}

export function streamCut(origin: string, why: string, cause?: unknown): InferscopeError {
  return new InferscopeError("stream-interrupted", `The answer from ${origin} broke off: ${why}`, {
    hint: "What had arrived is kept. Send it again; if it breaks off again, look into the server's log.",
    details: { server: origin },
    cause,
  });
}

/** An answer that is longer than any that was asked for. */
export function endless(origin: string, mostBytes: number): InferscopeError {
  return new InferscopeError(
    "stream-interrupted",
    `The answer from ${origin} was ended: it is longer than ${mostBytes} bytes.`,
    {
      hint: "What had arrived is kept. The server may not obey max_tokens; allow it more in Models, Server, if the answer is wanted.",
      details: { server: origin, mostBytes },
    },
  );
}

/** An error in a body, also where the status said 200 and the answer had begun. */
export function bodyError(origin: string, error: unknown, status: number): InferscopeError {
  const said = messageOf(error) ?? "it gave no reason";
  const code = text(field(error, "code")) ?? text(field(error, "type"));
  const details = { server: origin, status, ...(code === null ? {} : { code }) };
  if (
    /context.{0,20}(?:length|window|size)|maximum.{0,20}(?:context|tokens)/i.test(`${said} ${code ?? ""}`)
  ) {
    return new InferscopeError("request-too-large", `${origin} refuses the prompt: ${said}`, {
      hint: "Shorten the prompt, or ask for fewer tokens.",
      details,
    });
  }
  return new InferscopeError("server", `${origin} answered with an error: ${said}`, { details });
}

/** An answer whose status is no success. */
export function statusError(
  origin: string,
  response: Response,
  body: string,
  nowMs: number,
): InferscopeError {
  const { status } = response;
  const error = field(parseJson(body), "error") ?? parseJson(body);
  const said = messageOf(error);
  const because = said === null ? "" : `: ${said}`;
  const details = { server: origin, status };
  switch (status) {
    case 401:
    case 403:
      return new InferscopeError("server", `${origin} refuses the API key (${status})${because}`, {
        hint: "Give the key that this server was started with, or that its provider gave you.",
        details,
      });
    case 404:
      return new InferscopeError("server", `${origin} has no such model or endpoint (404)${because}`, {
        hint: "Connect again and choose one of its models; check that the address ends with /v1 where the server wants it.",
        details,
      });
    case 429:
    case 503: {
      const header = response.headers.get("retry-after");
      const retryAfterMs = header === null ? null : parseRetryAfter(header, nowMs);
      return new InferscopeError(
        "rate-limited",
        `${origin} takes no more requests now (${status})${because}`,
        {
          hint: "Wait, or send fewer requests at once.",
          details: { ...details, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
        },
      );
    }
    default: {
      const typed = bodyError(origin, error, status);
      if (typed.kind === "request-too-large") return typed;
      return new InferscopeError(
        status === 400 || status === 422 ? "invalid-request" : "server",
        `${origin} answered with status ${status}${because}`,
        { details },
      );
    }
  }
}

/** A server may repeat the key that it refuses. */
export function withoutKey(error: InferscopeError, key: string | undefined): InferscopeError {
  if (key === undefined) return error;
  const clean = (words: string): string => words.replaceAll(key, "[key]");
  const details = Object.entries(error.details ?? {}).map(
    ([name, value]) => [name, typeof value === "string" ? clean(value) : value] as const,
  );
  return new InferscopeError(error.kind, clean(error.message), {
    ...(error.hint === undefined ? {} : { hint: clean(error.hint) }),
    details: Object.fromEntries(details),
  });
}

const mostShown = 300;

/** FastAPI says `detail`, others `message`, or the error is the message. */
function messageOf(error: unknown): string | null {
  const said = text(error) ?? text(field(error, "message")) ?? text(field(error, "detail"));
  if (said === null || said.trim() === "") return null;
  return said.length > mostShown ? `${said.slice(0, mostShown)}…` : said;
}
