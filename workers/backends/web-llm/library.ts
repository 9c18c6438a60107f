/** A model's compiled library, in WebLLM's cache: only what compiles is kept there. */
import { InferscopeError } from "../../../protocol/index.ts";

const cacheName = "webllm/wasm";

/** Throws `network`, `http-status`, or `bad-config` for what is no WebAssembly. */
export async function fetchLibrary(url: string, signal: AbortSignal): Promise<void> {
  const cache = await caches.open(cacheName);
  if ((await cache.match(url)) !== undefined) return;
  const response = await fetch(url, { signal });
  if (!response.ok) {
    const { status } = response;
    throw new InferscopeError("http-status", `The model's library ${url}: the server answered ${status}`, {
      hint: "Check the library's address. Libraries belong to a version of WebLLM: an older one may be gone.",
      details: { status, url },
    });
  }
  const bytes = await response.arrayBuffer();
  await requireCompiled(bytes, url);
  // WebLLM fetches what is on localhost each time: it may be under development.
  if (url.includes("localhost")) return;
  const headers = { "Content-Type": "application/wasm", "Content-Length": String(bytes.byteLength) };
  await cache.put(url, new Response(bytes, { headers }));
}

/** The next load fetches it again. */
export async function dropLibrary(url: string): Promise<void> {
  await (await caches.open(cacheName)).delete(url);
}

async function requireCompiled(bytes: ArrayBuffer, url: string): Promise<void> {
  const start = new TextDecoder().decode(bytes.slice(0, 64)).trimStart();
  const what = `The model's library ${url}`;
  if (!start.startsWith("\0asm")) {
    const seen = start.startsWith("<") ? "a web page" : `${bytes.byteLength} bytes of something else`;
    throw new InferscopeError("bad-config", `${what} is no WebAssembly but ${seen}.`, {
      hint: "Give the address of the .wasm file itself; on GitHub, that of its raw form.",
      details: { url, bytes: bytes.byteLength },
    });
  }
  try {
    await WebAssembly.compile(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InferscopeError("bad-config", `${what} is damaged: ${why}`, {
      hint: "Its upload or download is incomplete. Nothing of it was kept; load again, or copy the file anew.",
      details: { url, bytes: bytes.byteLength },
      cause,
    });
  }
}
