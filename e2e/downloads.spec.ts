/** Downloads that are cut, paused, full, shared with WebLLM's cache. On the CPU: no kernels to compile. */
import { createHash } from "node:crypto";

import { chromium, expect, test, type Browser, type Page } from "@playwright/test";

import { createRandom } from "../app/lab/random.ts";
import type { Inferscope } from "../protocol/index.ts";
import { browserLaunch } from "../scripts/browser.ts";
import { engineStatus, modelTimeoutMs, openView } from "./app-fixture.ts";
import { startCuttingServer, type CuttingServer } from "./cutting-server.ts";

let browser: Browser;
let page: Page;
let server: CuttingServer;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ baseURL }) => {
  browser = await chromium.launch(await browserLaunch("none"));
  const viewport = { width: 1440, height: 900 };
  page = await browser.newPage({
    viewport,
    serviceWorkers: "block",
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  await page.goto("/#/models");
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
  server = await startCuttingServer(createRandom(7).next);
});
test.beforeEach(() => {
  server.requests.length = 0;
  server.stalls = false;
  server.stallsAfterCuts = false;
});
test.afterAll(async () => {
  await browser.close();
  await server.close();
});

test("cut 20 times at random points and over a reload: identical bytes, nothing fetched twice", async () => {
  server.cuts = 12;
  server.stallsAfterCuts = true;
  const interrupted = load();
  await expect.poll(() => server.stalls).toBe(true);
  await page.reload();
  await interrupted;
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
  server.stalls = false;
  server.stallsAfterCuts = false;
  server.cuts = 8;
  expect(await load()).toMatchObject({ id: "scope" });
  expect(server.cuts).toBe(0);

  const stored = await storedHashes();
  for (const [name, bytes] of server.shards) {
    expect(stored[name]).toBe(createHash("sha256").update(bytes).digest("hex"));
    const asked = server.requests.filter(({ path }) => path === name);
    for (const [index, { start }] of asked.entries()) {
      const before = asked[index - 1];
      if (before === undefined) continue;
      // Goes on where the bytes ended that arrived, never before what the last answer began with.
      expect(start).toBeGreaterThanOrEqual(before.start);
      expect(start).toBeLessThanOrEqual(before.start + before.sent);
      expect(before.start + before.sent, `${name} was complete and asked for again`).toBeLessThan(
        bytes.length,
      );
    }
  }
  expect(server.requests.filter(({ start }) => start > 0).length).toBeGreaterThan(0);
  expect(await page.evaluate(countPartials)).toBe(0);
});

test("what is stored is read, also without the server's answer; a deleted file alone is fetched again", async () => {
  await load();
  expect(server.requests).toEqual([]);
  await page.evaluate(
    async (url) => (await caches.open("webllm/model")).delete(url),
    `${server.url}params_shard_2.bin`,
  );
  await load();
  expect(server.requests.map(({ path }) => path)).toEqual(["params_shard_2.bin"]);
});

test("files that WebLLM put into its cache are used, not fetched", async () => {
  await forget();
  // As its loader does: `cache.add` under the absolute address.
  await page.evaluate(
    async (urls) => (await caches.open("webllm/model")).addAll(urls),
    [...server.shards.keys()].map((name) => server.url + name),
  );
  server.requests.length = 0;
  expect(await load()).toMatchObject({ id: "scope" });
  expect(server.requests).toEqual([]);
});

test("a server without ranges starts the file again", async () => {
  await forget();
  server.ignoresRange = true;
  expect(await load()).toMatchObject({ id: "scope" });
  server.ignoresRange = false;
});

test("a model that the storage has no room for is used all the same; it is kept once there is room", async () => {
  await forget();
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 2 ** 20 });
  expect(await load()).toMatchObject({ id: "scope" });
  expect((await storedShards()).length).toBeLessThan(server.shards.size);
  await session.send("Storage.overrideQuotaForOrigin", { origin });
  expect(await load()).toMatchObject({ id: "scope" });
  expect(await storedShards()).toHaveLength(server.shards.size);
});

test("a pause keeps what arrived, resuming asks for the rest, deleting frees it all", async () => {
  await forget();
  server.cuts = 5;
  server.stallsAfterCuts = true;
  await openView(page, "Models");
  await page.getByRole("combobox", { name: "Runner" }).selectOption("cpu");
  await page.getByRole("textbox", { name: "Address of a model folder" }).fill(server.url);
  await page.getByRole("button", { name: "Load", exact: true }).click();
  await expect.poll(() => server.stalls).toBe(true);
  await page.getByRole("button", { name: "Pause" }).click();
  const resume = page.getByRole("button", { name: "Resume scope" });
  await expect(resume).toBeEnabled();
  await expect(page.getByText(/^\d.* of \d.*B$/).first()).toBeVisible();
  expect(await page.evaluate(countPartials)).toBe(1);
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await expect.poll(overflow).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });

  server.stalls = false;
  server.stallsAfterCuts = false;
  server.requests.length = 0;
  await resume.click();
  await expect.poll(() => server.requests.some(({ start }) => start > 0)).toBe(true);
  const remove = page.getByRole("button", { name: "Delete scope" });
  await expect(page.getByRole("button", { name: "Load scope", exact: true })).toBeEnabled();
  await remove.click();
  await expect(page.getByText("Stored in this browser")).toBeHidden();
  expect(await storedHashes()).toEqual({});
});

test("a cancelled download drops what has not arrived whole", async () => {
  server.cuts = 4;
  server.stallsAfterCuts = true;
  await page.getByRole("button", { name: "Load", exact: true }).click();
  await expect.poll(() => server.stalls).toBe(true);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("button", { name: "Resume scope" })).toBeEnabled();
  await expect.poll(() => page.evaluate(countPartials)).toBe(0);
});

test("a cancel ends the load while the server stands still; nothing is told after it", async () => {
  const times: number[] = [];
  for (let run = 0; run < 10; run += 1) {
    server.stalls = false;
    server.cuts = 4;
    server.stallsAfterCuts = true;
    await page.evaluate((url) => {
      const { inferscope } = window as unknown as { inferscope: Inferscope };
      const controller = new AbortController();
      const state = { controller, told: 0 };
      const onProgress = ({ stage }: { stage: string }) => {
        if (stage === "download") state.told += 1;
      };
      const end = inferscope
        .load({ url }, { runner: "cpu", signal: controller.signal, onProgress })
        .catch((error: unknown) => (error as { kind: string }).kind);
      Object.assign(window, { cancelling: { state, end } });
    }, server.url);
    await expect.poll(() => server.stalls).toBe(true);
    const result = await page.evaluate(async () => {
      const { state, end } = (window as unknown as { cancelling: Cancelling }).cancelling;
      const { inferscope } = window as unknown as { inferscope: Inferscope };
      const start = performance.now();
      state.controller.abort();
      const kind = await end;
      const endedMs = performance.now() - start;
      const told = state.told;
      // The worker answers the next call once it has let go of the load's files.
      await inferscope.status();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { kind, endedMs, toldAfter: state.told - told };
    });
    expect(result).toMatchObject({ kind: "aborted", toldAfter: 0 });
    times.push(result.endedMs);
  }
  const sorted = times.toSorted((a, b) => a - b);
  // A figure, not an assertion: what a busy machine takes says nothing about the code.
  const text = `cancel of a download, n = ${times.length}: median ${sorted[5]?.toFixed(1)} ms, longest ${sorted.at(-1)?.toFixed(1)} ms`;
  test.info().annotations.push({ type: "figure", description: text });
  console.log(text);
});

interface Cancelling {
  readonly state: { readonly controller: AbortController; told: number };
  readonly end: Promise<unknown>;
}

/** What a load by URL gives: the model, or the error. */
function load(): Promise<unknown> {
  return page
    .evaluate(async (url) => {
      const { inferscope } = window as unknown as { inferscope: Inferscope };
      try {
        return await inferscope.load({ url }, { runner: "cpu" });
      } catch (error) {
        const { kind, message } = error as { kind: string; message: string };
        return { kind, message };
      }
    }, server.url)
    .catch((error: unknown) => error);
}

async function forget(): Promise<void> {
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
}

async function storedShards(): Promise<readonly string[]> {
  return Object.keys(await storedHashes()).filter((name) => server.shards.has(name));
}

function storedHashes(): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const cache = await caches.open("webllm/model");
    const hashes: Record<string, string> = {};
    for (const request of await cache.keys()) {
      const bytes = (await (await cache.match(request))?.arrayBuffer()) ?? new ArrayBuffer(0);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      const name = request.url.split("/").at(-1) ?? "";
      hashes[name] = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }
    return hashes;
  });
}

async function countPartials(): Promise<number> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle("inferscope-downloads", { create: true });
  const names: string[] = [];
  for await (const name of (all as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
  return names.length;
}
