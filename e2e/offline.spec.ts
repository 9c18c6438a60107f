/**
 * The app without a network, after one visit of a fresh profile, and its update. Its own server,
 * so that "no network" is a server that is gone. On the CPU runner: the cache is the matter here.
 */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { chromium, expect, test, type Browser, type BrowserContext, type Page } from "@playwright/test";

import type { Generation, Inferscope } from "../protocol/index.ts";
import { startServer, type RunningServer } from "../node/server.ts";
import { browserLaunch } from "../scripts/browser.ts";
import { engineStatus, modelTimeoutMs, openView, watchProblems } from "./app-fixture.ts";

const runTimeoutMs = 240_000;
const viewport = { width: 1440, height: 900 };

let root: string;
let browser: Browser;
let server: RunningServer;
let context: BrowserContext;
let page: Page;

test.describe.configure({ mode: "serial" });

test.beforeAll(async () => {
  browser = await chromium.launch(await browserLaunch("none"));
});
test.beforeEach(async () => {
  root = mkdtempSync(path.join(os.tmpdir(), "inferscope-offline-"));
  cpSync("dist", root, { recursive: true, filter: (file) => !file.endsWith(".map") });
  server = await startServer({ root, port: 0 });
  context = await browser.newContext({ baseURL: server.url, viewport, serviceWorkers: "allow" });
  page = await context.newPage();
  await page.goto("/");
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
});
test.afterEach(async () => {
  await context.close();
  await server.close().catch(() => undefined);
  rmSync(root, { recursive: true });
});
test.afterAll(() => browser.close());

test("after one visit, without a network, every view opens and the comparison runs", async () => {
  test.setTimeout(2 * runTimeoutMs);
  await context.setOffline(true);
  await server.close();
  const problems = watchProblems(page);
  await page.reload();
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
  // The kept answers carry the headers, the worker's script too.
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  const policies = await page.evaluate(async () => {
    const names = (await caches.keys()).filter((name) => name.includes("precache"));
    const cache = await caches.open(names[0] ?? "");
    const scripts = (await cache.keys()).filter(({ url }) => /index\.html|worker.*\.js/.test(url));
    const answers = await Promise.all(scripts.map((request) => cache.match(request)));
    return answers.map((answer) => answer?.headers.get("content-security-policy") ?? "");
  });
  expect(policies.length).toBeGreaterThan(2);
  for (const policy of policies) expect(policy).toContain("default-src 'self'");

  const links = page.getByRole("navigation", { name: "Views" }).getByRole("link");
  for (const name of await links.allInnerTexts()) await openView(page, name.trim());
  await openView(page, "Models");
  await page.getByRole("tab", { name: "Catalog" }).click();
  const list = page.getByRole("region", { name: "Models of the catalog" });
  await expect(list.getByRole("listitem").first()).toBeVisible();

  await openView(page, "Compare");
  await page.getByRole("button", { name: "Run the comparison" }).click();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: runTimeoutMs });
  await expect(page.getByText(/Model scope-2m-q4f16_1, runner cpu/)).toBeVisible();
  expect(problems).toEqual([]);
});

test("a new version asks, waits for the end of a run, and then is there", async () => {
  test.setTimeout(2 * modelTimeoutMs);
  const banner = page.getByRole("status", { name: "New version" });
  await expect(banner).toBeHidden();
  releaseNewVersion();
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  const reload = banner.getByRole("button", { name: "Reload" });
  await expect(reload).toBeEnabled();
  await expect(page).toHaveTitle("Inferscope");

  await page.evaluate(() => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    const sampling = { maxTokens: 400, ignoreEos: true, n: 8 };
    Object.assign(window, { longRun: inferscope.generate({ prompt: "A long story", sampling }) });
  });
  await expect(reload).toBeDisabled();
  await expect(banner).toContainText("A run goes on");
  await page.evaluate(() => (window as unknown as { longRun: Generation }).longRun.abort());
  await expect(reload).toBeEnabled();
  await reload.click();
  await expect(page).toHaveTitle("Inferscope, newer");
  await expect(banner).toBeHidden();
});

test("a new version of which a file is not what was built is not taken, the old one stays, and both are told", async () => {
  releaseNewVersion();
  // As a host that answers what it has not got with its start page.
  const manifest = path.join(root, "manifest.webmanifest");
  writeFileSync(manifest, readFileSync(path.join(root, "index.html")));
  relist("manifest.webmanifest", "f".repeat(64));
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await openView(page, "Diagnostics");
  const facts = page.getByRole("main");
  await expect(facts).toContainText("one could not be stored, this one stays");
  await expect(facts).toContainText("manifest.webmanifest");
  await expect(facts).toContainText("yes, all of it but downloaded models");
  await expect(page.getByRole("status", { name: "New version" })).toBeHidden();
  await server.close();
  await page.reload();
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
  await expect(page).toHaveTitle("Inferscope");
});

/** Another start page under the same addresses, and a service worker that lists it. */
function releaseNewVersion(): void {
  const index = path.join(root, "index.html");
  const text = readFileSync(index, "utf8").replace("<title>Inferscope", "<title>Inferscope, newer");
  writeFileSync(index, text);
  relist("index.html", createHash("sha256").update(text).digest("hex"));
}

/** Gives a file another hash in the service worker's list. */
function relist(url: string, sha256: string): void {
  const worker = path.join(root, "service-worker.js");
  const script = readFileSync(worker, "utf8");
  const listed = new RegExp(`url:\`${url.replaceAll(".", "\\.")}\`,revision:\`([0-9a-f]{64})\`,sha256:\`\\1`);
  expect(script).toMatch(listed);
  writeFileSync(
    worker,
    script.replace(listed, (entry, old: string) => entry.replaceAll(old, sha256)),
  );
}
