/**
 * WebLLM's loader over a loopback folder, in the real worker: what is fetched, checked, kept and
 * read again, and how each fault is told. Everything up to the library runs; none runs here.
 */
import { expect, test, type Page } from "@playwright/test";

import type { Inferscope } from "../protocol/index.ts";
import { modelTimeoutMs } from "./app-fixture.ts";
import { damaged, startWebLlmServer, type WebLlmServer } from "./web-llm-server.ts";

interface Failure {
  readonly kind: string;
  readonly message: string;
  readonly hint?: string;
}

test.describe.configure({ mode: "serial" });

let page: Page;
let server: WebLlmServer;
test.beforeAll(async ({ browser, baseURL, viewport }) => {
  test.setTimeout(2 * modelTimeoutMs);
  server = await startWebLlmServer();
  page = await browser.newPage({ ...(baseURL === undefined ? {} : { baseURL }), viewport });
  // The embedded model is held back: a software adapter takes long to compile its kernels.
  await page.route("**/models/scope-2m-*/**", (route) => route.abort());
  await page.goto("/#/models");
  await expect(page.getByRole("alert").first()).toContainText("scope-2m", { timeout: modelTimeoutMs });
  await page.unrouteAll();
});
test.afterAll(async () => {
  await page.close();
  await server.close();
});
test.beforeEach(() => {
  server.requests.length = 0;
  server.changed.clear();
  server.stallAt = null;
});

const empty = () =>
  page.evaluate(async () => {
    for (const name of await caches.keys()) if (name.startsWith("webllm/")) await caches.delete(name);
  });

/** How a load of the folder with this library fails; null where it does not. */
function load(library: string): Promise<Failure | null> {
  return page.evaluate(
    async ([url, modelLib]) => {
      const { inferscope } = window as unknown as { inferscope: Inferscope };
      try {
        await inferscope.load({ url, modelLib }, { backend: "web-llm" });
        return null;
      } catch (error) {
        const { kind, message, hint } = error as Failure;
        return { kind, message, ...(hint === undefined ? {} : { hint }) };
      }
    },
    [`${server.url}/tiny/`, `${server.url}/libraries/${library}`] as const,
  );
}

/** Addresses in one of WebLLM's caches, without the host. */
const kept = (cache: string) =>
  page.evaluate(
    async ([name, host]) =>
      (await (await caches.open(name)).keys()).map(({ url }) => url.replace(host, "")).toSorted(),
    [cache, server.url] as const,
  );

const faults = [
  ["a missing configuration", { "mlc-chat-config.json": null }, "http-status", /mlc-chat-config\.json.*404/],
  [
    "a broken configuration",
    { "mlc-chat-config.json": damaged.brokenConfig },
    "bad-config",
    /cannot be read/,
  ],
  [
    "another kind of model",
    { "mlc-chat-config.json": damaged.foreignConfig },
    "bad-config",
    /tokenizer_files/,
  ],
] as const;

for (const [what, changes, kind, says] of faults) {
  test(`${what} is told before the library is fetched`, async () => {
    await empty();
    for (const [file, bytes] of Object.entries(changes)) server.changed.set(file, bytes);
    const failure = await load("empty.wasm");
    expect(failure).toMatchObject({ kind });
    expect(failure?.message).toMatch(says);
    expect(server.requests.some((asked) => asked.includes("/libraries/"))).toBe(false);
  });
}

const badLibraries = [
  ["missing", "nowhere.wasm", "http-status", /nowhere\.wasm: the server answered 404/],
  ["a web page", "page.wasm", "bad-config", /no WebAssembly but a web page/],
  ["a pointer of Git LFS", "text.wasm", "bad-config", /no WebAssembly but 42 bytes/],
  ["cut off", "truncated.wasm", "bad-config", /truncated\.wasm is damaged/],
] as const;

for (const [what, library, kind, says] of badLibraries) {
  test(`a library that is ${what} is told before the weights are fetched, and not kept`, async () => {
    await empty();
    const failure = await load(library);
    expect(failure).toMatchObject({ kind });
    expect(failure?.message).toMatch(says);
    expect(failure?.hint).toBeTruthy();
    expect(server.requests.some((asked) => asked.endsWith(".bin"))).toBe(false);
    expect(await kept("webllm/wasm")).toEqual([]);
  });
}

const badFiles = [
  ["a broken manifest", { "tensor-cache.json": damaged.brokenManifest }, "bad-manifest", /tensor-cache/],
  ["a missing tokenizer", { "tokenizer.json": null }, "missing-tokenizer", /tokenizer\.json/],
  ["a missing shard", { "params_shard_0.bin": null }, "http-status", /params_shard_0\.bin.*404/],
  ["a shard too short", { "params_shard_0.bin": damaged.shortShard }, "truncated-shard", /ends after/],
  ["a shard with a wrong byte", { "params_shard_0.bin": damaged.flippedShard }, "corrupt-shard", /has MD5/],
] as const;

for (const [what, changes, kind, says] of badFiles) {
  test(`${what} is found before WebLLM reads it`, async () => {
    await empty();
    for (const [file, bytes] of Object.entries(changes)) server.changed.set(file, bytes);
    const failure = await load("empty.wasm");
    expect(failure).toMatchObject({ kind });
    expect(failure?.message).toMatch(says);
    expect((await kept("webllm/model")).filter((url) => url.endsWith(".bin"))).toEqual([]);
  });
}

for (const library of ["memory.wasm", "empty.wasm", "other-version.wasm"]) {
  test(`${library}, made for another version, is WebLLM's own refusal; the weights stay, it goes`, async () => {
    await empty();
    const failure = await load(library);
    expect(failure).toMatchObject({
      kind: "bad-config",
      message: expect.stringContaining("WebLLM: "),
    });
    expect(failure?.hint).toContain("another version of WebLLM");
    expect(await kept("webllm/wasm")).toEqual([]);
    expect(await kept("webllm/config")).toEqual(["/tiny/resolve/main/mlc-chat-config.json"]);
    expect(await kept("webllm/model")).toEqual([
      "/tiny/resolve/main/params_shard_0.bin",
      "/tiny/resolve/main/tensor-cache.json",
      "/tiny/resolve/main/tokenizer.json",
    ]);

    // Once more: the weights are not fetched twice.
    server.requests.length = 0;
    expect(await load(library)).toMatchObject({ kind: "bad-config" });
    expect(server.requests.some((asked) => asked.endsWith(".bin"))).toBe(false);
  });
}

test("without a network the kept files serve, up to the library that is not there", async () => {
  await load("empty.wasm");
  await page.route(`${server.url}/**`, (route) => route.abort("internetdisconnected"));
  const failure = await load("empty.wasm");
  await page.unrouteAll();
  expect(failure).toMatchObject({ kind: "network" });
  expect(failure?.message).toContain("the model's library from 127.0.0.1");
});

for (const stallAt of ["mlc-chat-config.json", "empty.wasm", "params_shard_0.bin"]) {
  test(`a load that hangs at ${stallAt} is cancelled, and the next one goes on`, async () => {
    await empty();
    server.stallAt = stallAt;
    const cancelled = page.evaluate(
      async ([url, modelLib]) => {
        const { inferscope } = window as unknown as { inferscope: Inferscope };
        const controller = new AbortController();
        (window as unknown as { stop: () => void }).stop = () => controller.abort();
        const { signal } = controller;
        return inferscope.load({ url, modelLib }, { backend: "web-llm", signal }).then(
          () => null,
          (error: unknown) => (error as { kind: string }).kind,
        );
      },
      [`${server.url}/tiny/`, `${server.url}/libraries/empty.wasm`] as const,
    );
    await expect.poll(() => server.requests.some((asked) => asked.endsWith(stallAt))).toBe(true);
    await page.evaluate(() => (window as unknown as { stop: () => void }).stop());
    expect(await cancelled).toBe("aborted");
    server.stallAt = null;
    expect(await load("empty.wasm")).toMatchObject({ kind: "bad-config" });
  });
}
