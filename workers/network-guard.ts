/**
 * Which addresses this worker may fetch: the app's own, and what the user asked for by a load or a
 * setting, as long as it is under way. WebLLM fetches by itself, so the worker's own `fetch` and
 * `Cache.add` are the ones that ask. Where an allowed server redirects to is that server's word.
 */
import { InferscopeError } from "../protocol/index.ts";

interface Fetcher {
  fetch: typeof fetch;
  readonly Cache?: { readonly prototype: Pick<Cache, "add" | "addAll"> };
}

export class NetworkGuard {
  readonly #own: string;
  readonly #allowed = new Set<readonly string[]>();

  /** `own`: the app's folder. */
  constructor(own: string) {
    this.#own = new URL(own).origin;
  }

  /** Addresses that begin with one of the prefixes may be fetched while the work goes on. */
  async during<Result>(prefixes: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const allowed = prefixes.map((prefix) => (URL.canParse(prefix) ? new URL(prefix).href : prefix));
    this.#allowed.add(allowed);
    try {
      return await work();
    } finally {
      this.#allowed.delete(allowed);
    }
  }

  /** Throws `network`. */
  check(address: string): void {
    const url = new URL(address, `${this.#own}/`);
    if (url.origin === this.#own || url.protocol === "blob:" || url.protocol === "data:") return;
    for (const prefixes of this.#allowed) {
      if (prefixes.some((prefix) => url.href.startsWith(prefix))) return;
    }
    throw new InferscopeError("network", `${url.href} is not among the addresses that may be fetched`, {
      hint: "A model's files must lie below its own address. Hosts are set in Models, under Hosts.",
      details: { host: url.host },
    });
  }

  /** From now on everything that the scope fetches is checked. */
  install(scope: Fetcher): void {
    const plainFetch = scope.fetch.bind(scope);
    scope.fetch = async (input, init) => {
      this.check(addressOf(input));
      return plainFetch(input, init);
    };
    const cache = scope.Cache?.prototype;
    if (cache === undefined) return;
    const { add, addAll } = cache;
    const check = (input: RequestInfo | URL) => this.check(addressOf(input));
    cache.add = async function (this: Cache, input) {
      check(input);
      return add.call(this, input);
    };
    cache.addAll = async function (this: Cache, inputs: Iterable<RequestInfo>) {
      const all = [...inputs];
      all.forEach(check);
      return addAll.call(this, all);
    };
  }
}

function addressOf(input: RequestInfo | URL): string {
  if (typeof input === "string") return input;
  return input instanceof URL ? input.href : input.url;
}
