/** The address of a server, as it was typed. */
import { InferscopeError } from "../../../protocol/index.ts";

export interface ServerUrl {
  readonly origin: string;
  /** Where the endpoints' names follow: `https://host/v1/`. */
  readonly base: string;
}

const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Throws `invalid-request`. A key must not travel unencrypted, so plain http stays on this machine. */
export function serverUrl(text: string): ServerUrl {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) {
    throw invalid("That is not an address.", "Write it like http://localhost:8000 or https://host/v1.");
  }
  const url = new URL(trimmed);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw invalid(`A server is reached by http or https, not ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid("The address holds a user name or a password.", "Give the key in its own field.");
  }
  if (url.search !== "" || url.hash !== "") throw invalid("The address must end before ? and #.");
  if (url.protocol === "http:" && !loopback.test(url.hostname)) {
    throw invalid(
      `Plain http to ${url.host} would be mixed content on a secure page, and send prompts and key in the clear.`,
      "Use https, or a tunnel to localhost: ssh -L 8000:localhost:8000 HOST.",
    );
  }
  const path = url.pathname.replace(/\/(?:chat\/completions|completions|models)?\/*$/, "");
  return { origin: url.origin, base: `${url.origin}${path === "" ? "/v1" : path}/` };
}

function invalid(message: string, hint?: string): InferscopeError {
  return new InferscopeError("invalid-request", message, hint === undefined ? {} : { hint });
}
