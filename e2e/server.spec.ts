/** The server engine in the page, against a real server over the real engine, with faults in between. */
import { expect, test, type Page } from "@playwright/test";

import { defaultLimits } from "../node/openai-server/limits.ts";
import { ServedEngine } from "../node/openai-server/served-engine.ts";
import { startOpenAiServer, type OpenAiServer } from "../node/openai-server/server.ts";
import { startFaultyProxy, type FaultyProxy } from "../node/openai-server/testing/faulty-proxy.ts";
import type { Inferscope } from "../protocol/index.ts";
import { engineStatus, modelTimeoutMs, openView } from "./app-fixture.ts";

const model = "scope-2m-q4f16_1";
const apiKey = "sk-test-0123456789";

test.describe.configure({ mode: "serial" });

let engine: ServedEngine;
let server: OpenAiServer;
let proxy: FaultyProxy;
let page: Page;

test.beforeAll(async ({ browser, baseURL, viewport }) => {
  test.setTimeout(2 * modelTimeoutMs);
  engine = await ServedEngine.start(model, defaultLimits);
  server = await startOpenAiServer({
    engine,
    host: "127.0.0.1",
    port: 0,
    access: { hosts: [], origins: [new URL(baseURL ?? "").origin], key: apiKey },
    limits: defaultLimits,
  });
  proxy = await startFaultyProxy(server.url);
  page = await browser.newPage({ ...(baseURL === undefined ? {} : { baseURL }), viewport });
  // The model runs on the server; a software adapter would take long to compile its kernels.
  await page.route("**/models/scope-2m-*/**", (route) => route.abort());
  await page.goto("/#/models");
  await expect(page.getByRole("alert").first()).toContainText("scope-2m", { timeout: modelTimeoutMs });
});
test.afterAll(async () => {
  await page.close();
  await proxy.close();
  await server.close();
  await engine.close();
});

const alert = () => page.getByRole("main").getByRole("alert");

async function connect(key: string): Promise<void> {
  await openView(page, "Models");
  await page.getByRole("tab", { name: "Server" }).click();
  await page.getByRole("textbox", { name: "Address" }).fill(proxy.url);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
}

async function ask(text: string): Promise<void> {
  await openView(page, "Playground");
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

test("a server that does not allow this page is named, with what allows it", async () => {
  proxy.fault = "no-cors";
  await connect(apiKey);
  const notice = alert().filter({ hasText: proxy.url });
  await expect(notice).toContainText("does not allow this page");
  await expect(notice).toContainText(`OLLAMA_ORIGINS="${new URL(page.url()).origin}"`);
  proxy.fault = "none";
});

test("a wrong key and a wrong address are told; the right ones list the models", async () => {
  await connect("sk-wrong-key");
  await expect(alert().filter({ hasText: "refuses the API key (401)" })).toBeVisible();
  await page.getByRole("textbox", { name: "Address" }).fill("http://192.168.1.5:8000");
  await expect(page.getByLabel("API key")).toHaveValue("");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(alert().filter({ hasText: "mixed content" })).toBeVisible();
  await connect(apiKey);
  await page.getByRole("button", { name: `Use ${model}` }).click();
  await expect(engineStatus(page)).toContainText("openai");
  await expect(page.getByText(`at ${proxy.url}`)).toBeVisible();
});

test("the playground streams its answer, with tokens and cached tokens as the server tells them", async () => {
  test.setTimeout(120_000);
  await ask("Hello");
  await expect(page.getByText(/prompt, \d+ pieces of text/)).toBeVisible();
  await expect(page.getByRole("figure", { name: "Gap between pieces of text" })).toBeVisible();
  await expect(page.getByText(/^n = \d+ tokens$/)).toBeVisible();
  proxy.fault = "no-cached-tokens";
  await ask("And again");
  const cached = page
    .locator("div")
    .filter({ has: page.getByText("Prompt tokens cached", { exact: true }) })
    .last();
  await expect(cached).toContainText("unknown");
  proxy.fault = "none";
});

test("a refusal is waited for and shown, then answered; a cut answer keeps its text", async () => {
  test.setTimeout(120_000);
  proxy.fault = "busy";
  await ask("Who are you?");
  await expect(page.getByText("The server takes no more requests now (429).")).toBeVisible();
  await expect(page.getByText(/of waiting: refused 2 times/)).toBeVisible({ timeout: 30_000 });
  proxy.fault = "short";
  await ask("Tell me more");
  await expect(alert()).toContainText("broke off: it ended without [DONE]");
  await expect(alert()).toContainText("it is kept, and counts as failed");
  proxy.fault = "none";
});

test("views of our own engine's insides say what they need", async () => {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Cache" }).click();
  await expect(page.getByText("Cache needs the Inferscope engine")).toBeVisible();
});

test("the comparison runs on it; its report names the server and holds no key", async () => {
  test.setTimeout(240_000);
  await openView(page, "Compare");
  await page.getByRole("combobox", { name: "Rows" }).selectOption("1");
  await page.getByRole("button", { name: "Run the comparison" }).click();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: 200_000 });
  await expect(page.getByText(`server ${proxy.url}`)).toBeVisible();
  await expect(page.getByText(/prefix cache warm/)).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export JSON" }).click();
  const file = await (await download).createReadStream();
  const chunks: Buffer[] = [];
  for await (const chunk of file) chunks.push(chunk as Buffer);
  const json = Buffer.concat(chunks).toString();
  const report = JSON.parse(json) as {
    environment: { server: string };
    plans: { cachedTokens: number | null; n: number }[];
  };
  expect(report.environment.server).toBe(proxy.url);
  expect(report.plans.every(({ n, cachedTokens }) => n === 1 && cachedTokens !== null)).toBe(true);
  expect(json).not.toContain(apiKey);
});

test("the key is kept nowhere, unless it is asked for", async () => {
  const kept = () =>
    page.evaluate(async () => {
      const all: unknown[] = [
        Object.entries(localStorage),
        Object.entries(sessionStorage),
        location.href,
        document.body.innerHTML,
      ];
      for (const { name } of await indexedDB.databases()) {
        if (name === undefined) continue;
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
          const open = indexedDB.open(name);
          open.onsuccess = () => resolve(open.result);
          open.onerror = () => reject(new Error(name));
        });
        for (const store of database.objectStoreNames) {
          const values = database.transaction(store).objectStore(store).getAll();
          all.push(await new Promise((resolve) => (values.onsuccess = () => resolve(values.result))));
        }
        database.close();
      }
      return JSON.stringify(all);
    });
  expect(proxy.lastKey).toBe(`Bearer ${apiKey}`);
  expect(await kept()).toContain(proxy.url);
  expect(await kept()).not.toContain(apiKey);
  await connect(apiKey);
  await page.getByRole("switch", { name: /Keep address and key/ }).check();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.getByRole("button", { name: `Use ${model}` })).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))).toContain(apiKey);
  await page.getByRole("switch", { name: /Keep address and key/ }).uncheck();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test("other hosts stay out of reach, and disconnecting leaves no model", async () => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
  const answer = await page.evaluate(async () => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    const generations = Array.from({ length: 4 }, (_, index) =>
      inferscope.generate({
        messages: [{ role: "user", content: `Number ${index}` }],
        sampling: { maxTokens: 4, ignoreEos: true },
      }),
    );
    return Promise.all(generations.map(async ({ result }) => (await result).metrics.numOutputTokens));
  });
  expect(answer).toEqual([4, 4, 4, 4]);
  expect(new Set(asked)).toEqual(new Set([proxy.url]));
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expect(engineStatus(page)).toContainText("no model");
});
