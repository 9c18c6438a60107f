/// <reference lib="webworker" />
/**
 * Keeps the whole build (lazy chunks, embedded models, encodings, WebLLM's package) for visits
 * without a network. A new version waits until the page asks for it. Catalog weights are not
 * its business: they live in WebLLM's caches.
 */
import { addPlugins, cleanupOutdatedCaches, precacheAndRoute } from "workbox-precaching";

import { securityHeaders } from "../scripts/headers.ts";

/** Put in by `scripts/precache.ts`. */
declare const __PRECACHE__: readonly { readonly url: string; readonly revision: string | null }[];

const scope = self as unknown as ServiceWorkerGlobalScope;

addPlugins([
  {
    cacheWillUpdate: ({ response }) => Promise.resolve(response.ok ? withSecurityHeaders(response) : null),
  },
]);
// The hash routes inside the page and the query holds choices: no query names another file.
precacheAndRoute([...__PRECACHE__], { ignoreURLParametersMatching: [/.*/], cleanURLs: false });
cleanupOutdatedCaches();

scope.addEventListener("message", (event) => {
  if ((event.data as { type?: unknown } | null)?.type === "SKIP_WAITING") void scope.skipWaiting();
});
// A first visit that loses its network still opens every view.
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));

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
