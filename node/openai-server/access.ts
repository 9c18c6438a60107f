/** Who may ask: which names the server answers to, which pages, and with which key. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import { askedName, isLocalName } from "../hosts.ts";
import { Refusal } from "./limits.ts";

export interface Access {
  /** Names besides this machine's own that `Host` may say, without a port. */
  readonly hosts: readonly string[];
  /** Pages that may ask and read; `*` is any. */
  readonly origins: readonly string[] | "*";
  /** Null: no key is asked for. */
  readonly key: string | null;
}

/** Throws a `Refusal` where `Host` names another machine. */
export function checkHost({ host }: IncomingHttpHeaders, hosts: readonly string[]): void {
  const name = askedName(host);
  if (isLocalName(name) || hosts.includes(name)) return;
  throw new Refusal(421, {
    kind: "server",
    message: `This server does not answer as "${name}". Ask it by localhost, or start it with --allow-host ${name}.`,
  });
}

/** What lets the asking page read the answer; none where no page asks. Throws a `Refusal` for a foreign page. */
export function originHeaders(
  { origin }: IncomingHttpHeaders,
  origins: Access["origins"],
): Readonly<Record<string, string>> {
  if (origin === undefined) return {};
  if (origins !== "*" && !origins.includes(origin)) {
    throw new Refusal(403, {
      kind: "server",
      message: `Pages at ${origin} are not known here. Start the server with --origin ${origin} if they should be.`,
    });
  }
  return {
    "Access-Control-Allow-Origin": origins === "*" ? "*" : origin,
    "Access-Control-Expose-Headers": "Retry-After",
    Vary: "Origin",
  };
}

/** Throws a `Refusal`. The time it takes tells nothing of the key. */
export function checkKey({ authorization }: IncomingHttpHeaders, key: string | null): void {
  if (key === null || timingSafeEqual(digest(authorization ?? ""), digest(`Bearer ${key}`))) return;
  throw new Refusal(401, { kind: "server", message: "Incorrect API key provided." });
}

const digest = (text: string) => createHash("sha256").update(text).digest();
