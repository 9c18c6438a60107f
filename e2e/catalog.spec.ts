/**
 * The catalog's models from a host of the user's own, in either engine, from one copy; models of
 * one's own; and what is kept, without a network. A loopback server has the embedded model under
 * other names. WebLLM's compiled libraries are not there, so its loader goes as far as those.
 */
import { readFileSync } from "node:fs";

import { expect, test, type Page } from "@playwright/test";

import type { Inferscope } from "../protocol/index.ts";
import { colorSchemes, findings } from "./accessibility.ts";
import { engineStatus, modelTimeoutMs, openView } from "./app-fixture.ts";
import { startModelServer, type ModelServer } from "./model-server.ts";

const listed = "SmolLM2-360M-Instruct-q4f32_1-MLC";
const other = "SmolLM2-1.7B-Instruct-q4f32_1-MLC";
const webLlmUnderTest = "web-llm-under-test.js";

test.describe.configure({ mode: "serial" });

let page: Page;
let server: ModelServer;
const asked: string[] = [];
const weights = () => server.requests.filter((path) => path.endsWith(".bin"));
/** What the chosen tab shows. */
const panel = () => page.getByRole("tabpanel");
const folder = (id: string) => `${server.url}hf/mlc-ai/${id}/resolve/main/`;

test.beforeAll(async ({ browser, baseURL, viewport }) => {
  server = await startModelServer([listed, other]);
  const context = await browser.newContext({
    serviceWorkers: "block",
    ...(baseURL === undefined ? {} : { baseURL }),
    viewport,
  });
  page = await context.newPage();
  page.on("request", (request) => asked.push(request.url()));
  // The embedded model is held back: a software adapter takes long to compile its kernels.
  await page.route("**/models/scope-2m-*/**", (route) => route.abort());
  // WebLLM's own code, to ask it what it finds in the caches.
  await page.route(`**/${webLlmUnderTest}`, (route) =>
    route.fulfill({ path: "node_modules/@mlc-ai/web-llm/lib/index.js", contentType: "text/javascript" }),
  );
  await page.goto("/#/models");
  await expect(page.getByRole("alert").first()).toContainText("scope-2m", { timeout: modelTimeoutMs });
});
test.beforeEach(() => {
  server.requests.length = 0;
  asked.length = 0;
});
test.afterAll(async () => {
  await page.context().close();
  await server.close().catch(() => undefined);
});

test("hosts are refused in words, set, kept over a reload, and used by both engines", async () => {
  test.setTimeout(2 * modelTimeoutMs);
  await page.getByRole("tab", { name: "Hosts" }).click();
  const modelHost = page.getByRole("textbox", { name: "Model host" });
  const use = page.getByRole("button", { name: "Use these hosts" });
  await modelHost.fill("http://mirror.example/");
  await expect(panel().getByRole("alert")).toContainText("Plain http is for this machine only");
  await expect(use).toBeDisabled();
  await modelHost.fill(`${server.url}hf`);
  await page.getByRole("textbox", { name: "Library host" }).fill(`${server.url}libs/`);
  await use.click();
  await expect(page.getByText("set by you")).toBeVisible();
  await page.reload();
  await page.getByRole("tab", { name: "Hosts" }).click();
  await expect(modelHost).toHaveValue(`${server.url}hf/`);

  await page.getByRole("tab", { name: "Catalog" }).click();
  await page.getByRole("combobox", { name: "Runner" }).selectOption("cpu");
  await page.getByRole("textbox", { name: "Search" }).fill(listed);
  await page.getByRole("button", { name: `Read the files of ${listed}` }).click();
  const row = page.getByRole("region", { name: "Models of the catalog" }).getByRole("listitem").first();
  await expect(row).toContainText("vocabulary 1,280");
  expect(weights()).toEqual([]);
  await page.getByRole("button", { name: `Load ${listed} in Inferscope` }).click();
  await expect(page.getByRole("heading", { name: listed })).toBeVisible({ timeout: modelTimeoutMs });
  await expect(row).toContainText("loaded");
  await expect(row).toContainText("stored: no download");
  expect(weights().length).toBeGreaterThan(0);
  expect(await hasModelInWebLlm(listed)).toBe(true);

  server.requests.length = 0;
  await page.getByRole("button", { name: `Load ${listed} in WebLLM` }).click();
  const alert = page.getByRole("alert").first();
  await expect(alert).toContainText(`The model's library ${server.url}libs/web-llm-models/`);
  await expect(alert).toContainText("answered 404");
  // The weights that our engine stored are where WebLLM looks.
  expect(server.requests.some((path) => path.startsWith("/libs/web-llm-models/"))).toBe(true);
  expect(weights()).toEqual([]);
  const origins = new Set(asked.filter((url) => url.startsWith("http")).map((url) => new URL(url).origin));
  expect([...origins].sort()).toEqual([new URL(server.url).origin, new URL(page.url()).origin].sort());
});

test("what WebLLM downloaded is loaded by our engine without a request for weights", async () => {
  await clearCaches();
  expect(await hasModelInWebLlm(listed)).toBe(false);
  await downloadAsWebLlm(listed);
  expect(await hasModelInWebLlm(listed)).toBe(true);
  server.requests.length = 0;
  expect(await load({ id: listed })).toMatchObject({ id: listed, runner: "cpu" });
  expect(weights()).toEqual([]);
});

test("models of one's own are checked, added, read, loaded, changed, exported, imported, removed", async () => {
  await openView(page, "Models");
  await page.getByRole("tab", { name: "Hosts" }).click();
  const add = page.getByRole("button", { name: "Add to the catalog" });
  await add.click();
  await expect(panel().getByRole("alert").first()).toContainText("Give it a name");
  await page.getByRole("textbox", { name: "Name" }).fill("Mine-q4f16_1");
  await page.getByRole("textbox", { name: "Model address" }).fill("ftp://a.example/mine");
  await add.click();
  await expect(panel().getByRole("alert")).toContainText("Only https can be fetched, not ftp:");
  await page.getByRole("textbox", { name: "Model address" }).fill(`${server.url}good`);
  await add.click();
  await expect(page.getByText(`${server.url}good/`)).toBeVisible();

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  const file = readFileSync(await (await download).path(), "utf8");
  const upload = (text: string) =>
    page
      .getByLabel("Import models")
      .setInputFiles({ name: "models.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await upload(
    JSON.stringify([
      { id: "B", url: "https://b.example/" },
      { id: "C", url: "nowhere" },
    ]),
  );
  await expect(panel().getByRole("alert")).toContainText("Nothing was changed");
  await expect(panel().getByRole("alert")).toContainText("Entry 2");
  await page.getByRole("button", { name: "Remove Mine-q4f16_1" }).click();
  await expect(page.getByText(`${server.url}good/`)).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText(`${server.url}good/`)).toBeVisible();
  await page.getByRole("button", { name: "Remove Mine-q4f16_1" }).click();
  await upload(file);
  await expect(page.getByText(`${server.url}good/`)).toBeVisible();
  await page.getByRole("button", { name: "Edit Mine-q4f16_1" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Mine-again-q4f32_1");
  await page.getByRole("button", { name: "Change Mine-q4f16_1" }).click();

  await page.reload();
  await page.getByRole("tab", { name: "Catalog" }).click();
  const first = page.getByRole("region", { name: "Models of the catalog" }).getByRole("listitem").first();
  await expect(first).toContainText("Mine-again-q4f32_1");
  await expect(first).toContainText("your own");
  await expect(first).toContainText("no compiled library is given");
  await expect(first).toContainText("only its configuration tells whether it runs");
  await page.getByRole("combobox", { name: "Runner" }).selectOption("cpu");
  await first.getByRole("button", { name: "Read the files of" }).click();
  await expect(first).toContainText(/1\.0\d MB\s*download/);
  await first.getByRole("button", { name: "in Inferscope" }).click();
  await expect(page.getByRole("heading", { name: "good" })).toBeVisible({ timeout: modelTimeoutMs });

  // With a library, WebLLM takes it as well, from where both look.
  await page.getByRole("tab", { name: "Hosts" }).click();
  await page.getByRole("button", { name: "Edit Mine-again-q4f32_1" }).click();
  await page.getByRole("textbox", { name: "Library address" }).fill(`${server.url}mine.wasm`);
  await page.getByRole("button", { name: "Change Mine-again-q4f32_1" }).click();
  await page.getByRole("tab", { name: "Catalog" }).click();
  server.requests.length = 0;
  await first.getByRole("button", { name: "in WebLLM" }).click();
  await expect(page.getByRole("alert").first()).toContainText(`The model's library ${server.url}mine.wasm`);
  expect(server.requests[0]).toBe("/good/resolve/main/mlc-chat-config.json");
  expect(server.requests).toContain("/mine.wasm");
  expect(weights()).toEqual([]);
});

test("catalog and settings fit and are accessible in both themes", async () => {
  for (const tab of ["Catalog", "Hosts and own models"]) {
    await page.getByRole("tab", { name: tab }).click();
    if (tab === "Catalog") await page.getByRole("combobox", { name: "Runs in" }).selectOption("all");
    else await page.getByRole("textbox", { name: "Model host" }).fill("nowhere");
    for (const colorScheme of colorSchemes) {
      expect(await findings(page, colorScheme)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await expect.poll(overflow).toBeLessThanOrEqual(0);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
  }
  await page.emulateMedia({ colorScheme: null });
});

test("a kept model loads without a network, whichever engine kept it", async () => {
  await clearCaches();
  expect(await load({ id: listed })).toMatchObject({ id: listed });
  await downloadAsWebLlm(other);
  await page.context().setOffline(true);
  await server.close();
  expect(await load({ url: folder(listed) })).toMatchObject({ id: listed });
  // WebLLM keeps no tokenizer_config.json: there is none, then.
  expect(await load({ url: folder(other) })).toMatchObject({ id: other });
  // What was never kept fails in plain words.
  expect(await load({ url: folder("never-kept") })).toMatchObject({ kind: "network" });
  await openView(page, "Models");
  await page.getByRole("tab", { name: "Embedded" }).click();
  await page.getByRole("combobox", { name: "Runner" }).selectOption("cpu");
  await page.getByRole("button", { name: `Load ${listed}`, exact: true }).click();
  await expect(page.getByRole("heading", { name: listed })).toBeVisible({ timeout: modelTimeoutMs });
  await expect(engineStatus(page)).toContainText(listed);
  await page.context().setOffline(false);
});

/** The model, or the error. */
function load(source: { id: string } | { url: string }): Promise<unknown> {
  return page.evaluate(async (wanted) => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    try {
      return await inferscope.load(wanted, { runner: "cpu" });
    } catch (error) {
      const { kind, message } = error as { kind: string; message: string };
      return { kind, message };
    }
  }, source);
}

/** What WebLLM itself says. */
function hasModelInWebLlm(id: string): Promise<boolean> {
  const record = { model: folder(id), model_id: id, model_lib: `${server.url}libs/x.wasm` };
  return page.evaluate(
    `import("/${webLlmUnderTest}").then((webLlm) =>
      webLlm.hasModelInCache(${JSON.stringify(id)}, { model_list: [${JSON.stringify(record)}] }))`,
  );
}

/** The files that its loader fetches, by `cache.add` under their addresses. */
async function downloadAsWebLlm(id: string): Promise<void> {
  await page.evaluate(async (base) => {
    await (await caches.open("webllm/config")).add(`${base}mlc-chat-config.json`);
    const names = ["tensor-cache.json", "tokenizer.json", "params_shard_0.bin"];
    await (await caches.open("webllm/model")).addAll(names.map((name) => base + name));
  }, folder(id));
}

async function clearCaches(): Promise<void> {
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
}
