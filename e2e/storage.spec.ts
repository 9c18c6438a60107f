/** Storage that runs full or loses files, folders without hashes, pins, two writers. On the CPU. */
import { createHash } from "node:crypto";

import { chromium, expect, test, type Browser, type CDPSession, type Page } from "@playwright/test";

import { createRandom } from "../app/lab/random.ts";
import type { Inferscope } from "../protocol/index.ts";
import { browserLaunch } from "../scripts/browser.ts";
import { randomSafetensors } from "../workers/testing/random-safetensors.ts";
import { engineStatus, modelTimeoutMs, openView } from "./app-fixture.ts";
import { startCuttingServer, type CuttingServer } from "./cutting-server.ts";

let browser: Browser;
let page: Page;
let cdp: CDPSession;
let server: CuttingServer;
let safetensors: CuttingServer;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ baseURL }) => {
  browser = await chromium.launch(await browserLaunch("none"));
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    serviceWorkers: "block",
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  page = await context.newPage();
  await page.goto("/#/models");
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
  cdp = await page.context().newCDPSession(page);
  server = await startCuttingServer(createRandom(3).next);
  safetensors = await startCuttingServer(createRandom(5).next, safetensorsFolder());
});
test.beforeEach(() => {
  for (const each of [server, safetensors]) {
    each.requests.length = 0;
    each.cuts = 0;
    each.stalls = false;
    each.stallsAfterCuts = false;
  }
});
test.afterAll(async () => {
  await browser.close();
  await server.close();
  await safetensors.close();
});

test("storage that runs full in the middle: said with figures, the rest is used unkept; kept when there is space", async () => {
  await beginAndStall(server);
  const { usage = 0 } = await page.evaluate(() => navigator.storage.estimate());
  await setQuota(usage + 2 ** 16);
  server.goOn();
  await expect(page.getByRole("button", { name: "Load", exact: true })).toBeEnabled();
  const { notes, id } = await loadTellingNotes(server);
  expect(id).toBe("scope");
  expect(notes.join()).toMatch(/^Not kept in the browser, so it is fetched again next time\. .*MiB/);
  // What a file that did not fit had taken is free again.
  expect(await page.evaluate(countPartials)).toBe(0);
  await setQuota(undefined);
  server.requests.length = 0;
  expect(await load(server)).toMatchObject({ id: "scope" });
  await expectStored(server);
  server.requests.length = 0;
  expect((await loadTellingNotes(server)).notes).toEqual([]);
  expect(server.requests).toEqual([]);
});

test("a shard that was cut short behind the app's back is fetched again, alone", async () => {
  expect(await load(server)).toMatchObject({ id: "scope" });
  server.requests.length = 0;
  await page.evaluate(async (url) => {
    const cache = await caches.open("webllm/model");
    const bytes = (await (await cache.match(url))?.blob()) ?? new Blob();
    const short = bytes.slice(0, bytes.size - 7);
    await cache.put(url, new Response(short, { headers: { "Content-Length": String(short.size) } }));
  }, `${server.url}params_shard_1.bin`);
  expect(await load(server)).toMatchObject({ id: "scope" });
  expect(server.requests.map(({ path, start }) => [path, start])).toEqual([["params_shard_1.bin", 0]]);
  await expectStored(server);
});

test("a partial file that was deleted behind the app's back starts again, the others go on", async () => {
  await remove("scope");
  await beginAndStall(server);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: "Resume scope" })).toBeEnabled();
  const gone = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const all = await root.getDirectoryHandle("inferscope-downloads");
    for await (const folder of (
      all as unknown as { values(): AsyncIterable<FileSystemDirectoryHandle> }
    ).values())
      for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
        await folder.removeEntry(name);
        return name;
      }
    return null;
  });
  expect(gone).toMatch(/^[0-9a-f]{32}\.part$/);
  server.requests.length = 0;
  server.stalls = false;
  expect(await load(server)).toMatchObject({ id: "scope" });
  const ofGone = server.requests.filter(({ path }) => md5(server.shards.get(path)) + ".part" === gone);
  expect(ofGone.map(({ start }) => start)).toEqual([0]);
  expect(server.requests.some(({ start }) => start > 0)).toBe(true);
  await expectStored(server);
});

test("all site data thrown out: the next load fetches everything, and it is right", async () => {
  const { origin } = new URL(page.url());
  await cdp.send("Storage.clearDataForOrigin", { origin, storageTypes: "cache_storage,file_systems" });
  expect(await load(server)).toMatchObject({ id: "scope" });
  expect(server.requests.filter(({ start }) => start === 0)).toHaveLength(server.shards.size);
  await expectStored(server);
});

test("a pinned file that differs is fetched once more, then named; the right pins load", async () => {
  await remove("scope");
  const name = "params_shard_2.bin";
  const sha256 = Object.fromEntries(
    [...server.shards].map(([path, bytes]) => [path, createHash("sha256").update(bytes).digest("hex")]),
  );
  expect(await load(server, { ...sha256, [name]: "0".repeat(64) })).toMatchObject({
    kind: "corrupt-shard",
    message: expect.stringMatching(/^params_shard_2\.bin has SHA-256 [0-9a-f]{64}, it is pinned to 0+$/),
  });
  expect(server.requests.filter(({ path }) => path === name)).toHaveLength(2);
  expect(await load(server, { "tokenizer.json": "0".repeat(64) })).toMatchObject({ kind: "corrupt-shard" });
  expect(await load(server, sha256)).toMatchObject({ id: "scope" });
  await openView(page, "Models");
  await page.getByText("Pin files by SHA-256").click();
  const sums = page.getByRole("textbox", { name: "Sums, as sha256sum prints them" });
  await page.getByRole("textbox", { name: "Address of a model folder" }).fill(server.url);
  await sums.fill("not a sum");
  await expect(page.getByText("“not a sum” is not a SHA-256 sum and a file name.")).toBeVisible();
  await page.getByRole("combobox", { name: "Runner" }).selectOption("cpu");
  await sums.fill(`${"2".repeat(64)}  ./${name}`);
  await page.getByRole("button", { name: "Load", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText(/params_shard_2\.bin has SHA-256 .*pinned to 2222/);
  await sums.fill("");
  // What is stored is held against the pins as well.
  expect(await load(server, { [name]: "1".repeat(64) })).toMatchObject({ kind: "corrupt-shard" });
});

test("while another tab downloads the model, a load waits for it and then finds what it brought", async () => {
  expect(await load(server)).toMatchObject({ id: "scope" });
  server.requests.length = 0;
  const other = await page.context().newPage();
  await other.goto("/#/reports");
  await other.evaluate(async (base) => {
    await new Promise<void>((held) => {
      void navigator.locks.request(`inferscope-download ${base}`, () => {
        held();
        return new Promise<void>((release) => Object.assign(window, { release }));
      });
    });
  }, server.url);
  let ended = false;
  const waiting = load(server).finally(() => (ended = true));
  await other.waitForTimeout(500);
  expect(ended).toBe(false);
  const refusal = await other.evaluate(async () => {
    location.hash = "#/models";
    return new Promise<string>((resolve) => {
      const look = setInterval(() => {
        document.querySelector<HTMLElement>('[aria-label="Delete scope"]')?.click();
        const text = document.querySelector('[role="alert"]')?.textContent ?? "";
        if (text === "") return;
        clearInterval(look);
        resolve(text);
      }, 100);
    });
  });
  expect(refusal).toContain("Another tab is downloading this model.");
  await other.evaluate(() => (window as unknown as { release: () => void }).release());
  expect(await waiting).toMatchObject({ id: "scope" });
  expect(server.requests).toEqual([]);
  await other.close();
});

test("safetensors: cut, reloaded, kept; read without the server; a new version is fetched again", async () => {
  safetensors.lastModified = "Mon, 02 Nov 2026 10:00:00 GMT";
  // Three requests look at the headers and are left there; the cuts come after them.
  await safetensorsStall();
  await page.reload();
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
  safetensors.stalls = false;
  safetensors.requests.length = 0;
  expect(await load(safetensors)).toMatchObject({ id: "scope", quantization: "bf16" });
  expect(safetensors.requests.some(({ start }) => start > 0)).toBe(true);
  await expectStored(safetensors);

  safetensors.requests.length = 0;
  expect(await load(safetensors)).toMatchObject({ id: "scope" });
  // One look at each header, nothing more.
  expect(safetensors.requests.map(({ path }) => path).sort()).toEqual([...safetensors.shards.keys()].sort());

  safetensors.lastModified = "Tue, 03 Nov 2026 10:00:00 GMT";
  safetensors.requests.length = 0;
  expect(await load(safetensors)).toMatchObject({ id: "scope" });
  expect(safetensors.requests).toHaveLength(2 * safetensors.shards.size);

  await page.context().setOffline(true);
  expect(await load(safetensors)).toMatchObject({ id: "scope" });
  await page.context().setOffline(false);
});

/** Starts a download in the view, and has the server stand still in the middle of it. */
async function beginAndStall(from: CuttingServer): Promise<void> {
  from.cuts = 5;
  from.stallsAfterCuts = true;
  await openView(page, "Models");
  await page.getByRole("combobox", { name: "Runner" }).selectOption("cpu");
  await page.getByRole("textbox", { name: "Address of a model folder" }).fill(from.url);
  await page.getByRole("button", { name: "Load", exact: true }).click();
  await expect.poll(() => from.stalls).toBe(true);
}

/** Loads until every header was read, then cuts. */
async function safetensorsStall(): Promise<void> {
  const headers = safetensors.shards.size;
  const loading = load(safetensors);
  safetensors.cuts = headers + 4;
  safetensors.stallsAfterCuts = true;
  await expect.poll(() => safetensors.stalls).toBe(true);
  void loading;
}

/** What the progress of a load says beside its figures. */
function loadTellingNotes(from: CuttingServer): Promise<{ id: string; notes: string[] }> {
  return page.evaluate(async (url) => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    const notes = new Set<string>();
    const onProgress = ({ note }: { note?: string }) => {
      if (note !== undefined) notes.add(note);
    };
    const { id } = await inferscope.load({ url }, { runner: "cpu", onProgress });
    return { id, notes: [...notes] };
  }, from.url);
}

function load(from: CuttingServer, sha256?: Readonly<Record<string, string>>): Promise<unknown> {
  return page
    .evaluate(
      async ([url, pins]) => {
        const { inferscope } = window as unknown as { inferscope: Inferscope };
        try {
          return await inferscope.load(
            { url, ...(pins === null ? {} : { sha256: pins }) },
            { runner: "cpu" },
          );
        } catch (error) {
          const { kind, message } = error as { kind: string; message: string };
          return { kind, message };
        }
      },
      [from.url, sha256 ?? null] as const,
    )
    .catch((error: unknown) => error);
}

async function remove(name: string): Promise<void> {
  await openView(page, "Reports");
  await openView(page, "Models");
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await expect(page.getByRole("button", { name: `Delete ${name}` })).toBeHidden();
}

async function setQuota(bytes: number | undefined): Promise<void> {
  const { origin } = new URL(page.url());
  await cdp.send("Storage.overrideQuotaForOrigin", {
    origin,
    ...(bytes === undefined ? {} : { quotaSize: bytes }),
  });
}

const md5 = (bytes: Buffer = Buffer.alloc(0)) => createHash("md5").update(bytes).digest("hex");

/** Every file is in the cache with the server's bytes. */
async function expectStored(from: CuttingServer): Promise<void> {
  for (const [name, bytes] of from.shards) {
    const hash = await page.evaluate(async (url) => {
      const kept = await (await caches.open("webllm/model")).match(url);
      const digest = await crypto.subtle.digest("SHA-256", (await kept?.arrayBuffer()) ?? new ArrayBuffer(0));
      return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }, from.url + name);
    expect(hash, name).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
}

async function countPartials(): Promise<number> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle("inferscope-downloads", { create: true });
  const names: string[] = [];
  for await (const name of (all as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
  return names.length;
}

function safetensorsFolder() {
  const config = { hiddenSize: 208, intermediateSize: 640, vocabSize: 512 };
  const files = new Map<string, Buffer>();
  const shards = new Map<string, Buffer>();
  for (const [name, bytes] of randomSafetensors({ numFiles: 3, config }))
    (name.endsWith(".safetensors") ? shards : files).set(name, Buffer.from(bytes));
  return { files, shards };
}
