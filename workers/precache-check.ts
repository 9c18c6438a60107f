/**
 * Lets into the cache only what was built. A host that answers a missing file with its start page, status
 * 200, would else be kept as a script, and the app broken until its next version.
 */
import type { InstallProblem } from "../protocol/index.ts";

export interface PrecacheEntry {
  /** Below the app's folder. */
  readonly url: string;
  /** Null where the name holds a hash. */
  readonly revision: string | null;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** The parts of a Workbox plugin that are used. */
export interface CheckPlugin {
  cacheWillUpdate(step: { request: Request; response: Response }): Promise<Response | null>;
  handlerDidError(step: { request: Request; error: Error; event: Event }): Promise<undefined>;
}

export interface CheckOptions {
  readonly entries: readonly PrecacheEntry[];
  /** The app's folder. */
  readonly baseUrl: string;
  /** What is kept of an answer that is right. */
  readonly finish: (response: Response) => Response;
  /** Told once: the installation ends with the first problem. */
  readonly tell: (problem: InstallProblem) => void;
}

export function checkPlugin({ entries, baseUrl, finish, tell }: CheckOptions): CheckPlugin {
  const byUrl = new Map(entries.map((entry) => [new URL(entry.url, baseUrl).href, entry]));
  let told = false;
  const report = (problem: InstallProblem) => {
    if (!told) tell(problem);
    told = true;
  };
  return {
    cacheWillUpdate: async ({ request, response }) => {
      const entry = byUrl.get(request.url);
      if (entry === undefined) return null;
      const { url: file, sha256 } = entry;
      if (!response.ok) {
        report({ reason: "status", file, detail: String(response.status) });
        return null;
      }
      const bytes = await response.clone().arrayBuffer();
      if ((await hexSha256(bytes)) !== sha256) {
        report({ reason: "differs", file, detail: `${bytes.byteLength} bytes` });
        return null;
      }
      return finish(response);
    },
    handlerDidError: ({ request, error, event }) => {
      if (event.type === "install") {
        const file = byUrl.get(request.url)?.url ?? null;
        report({ reason: reasonOf(error), file, detail: error.message });
      }
      return Promise.resolve(undefined);
    },
  };
}

function reasonOf({ name }: Error): InstallProblem["reason"] {
  if (name === "QuotaExceededError") return "full";
  // Workbox's name for a fetch that failed.
  return name === "no-response" || name === "TypeError" ? "unreachable" : "other";
}

async function hexSha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
