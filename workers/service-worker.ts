/// <reference lib="webworker" />
/**
 * Keeps the whole build (lazy chunks, embedded models, encodings, WebLLM's package) for visits
 * without a network. A new version waits until the page asks for it. Catalog weights are not
 * its business: they live in WebLLM's caches.
 */
import { addPlugins, cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching";

import type { InstallFailed, InstallProblem } from "../protocol/index.ts";
import { securityHeaders } from "../scripts/headers.ts";
import { checkPlugin, type PrecacheEntry } from "./precache-check.ts";

/** Put in by `scripts/precache.ts`. */
declare const __PRECACHE__: readonly PrecacheEntry[];
/** Once: the name stands for the whole list wherever it is written. */
const entries = __PRECACHE__;

const scope = self as unknown as ServiceWorkerGlobalScope;

addPlugins([
  checkPlugin({
    entries,
    baseUrl: new URL("./", scope.location.href).href,
    finish: withSecurityHeaders,
    tell: (problem) => void tellPages(problem),
  }),
]);
// The hash routes inside the page and the query holds choices: no query names another file.
precacheAndRoute(
  entries.map(({ url, revision }) => ({ url, revision })),
  { ignoreURLParametersMatching: [/.*/], cleanURLs: false },
);
cleanupOutdatedCaches();

scope.addEventListener("message", (event) => {
  if ((event.data as { type?: unknown } | null)?.type === "SKIP_WAITING") void scope.skipWaiting();
});
// A first visit that loses its network still opens every view.
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));

/** The version before goes on; its pages and those without any say why this one does not come. */
async function tellPages(problem: InstallProblem): Promise<void> {
  const message: InstallFailed = { type: "INSTALL_FAILED", problem };
  const pages = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage(message);
}

/** A static host sends no isolation and no content policy: the kept answer carries them then. */
function withSecurityHeaders(response: Response): Response {
  const missing = Object.entries(securityHeaders({ dev: false })).filter(
    ([name]) => !response.headers.has(name),
  );
  if (missing.length === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of missing) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}
