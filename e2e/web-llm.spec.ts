/**
 * WebLLM as far as it goes without its hosts: its list, its loader's errors, and what comes
 * after. No model of WebLLM runs here; docs/web-llm.md says what that leaves open.
 */
import { expect, test, type Page } from "@playwright/test";

import type { Inferscope } from "../protocol/index.ts";
import { engineStatus, modelTimeoutMs, openView } from "./app-fixture.ts";

const able = "SmolLM2-360M-Instruct-q4f32_1-MLC";
const wantsF16 = "Llama-3.2-1B-Instruct-q4f16_1-MLC";

/** What a load through the programmatic interface fails with. */
const failedLoad = (page: Page, id: string) =>
  page.evaluate(async (model) => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    try {
      await inferscope.load({ id: model }, { backend: "web-llm" });
      return null;
    } catch (error) {
      const { kind, message, hint } = error as { kind: string; message: string; hint?: string };
      return { kind, message, hint };
    }
  }, id);

test.describe.configure({ mode: "serial" });

let page: Page;
test.beforeAll(async ({ browser, baseURL, viewport }) => {
  page = await browser.newPage({ ...(baseURL === undefined ? {} : { baseURL }), viewport });
  // The embedded model is held back: a software adapter takes long to compile its kernels.
  await page.route("**/models/scope-2m-*/**", (route) => route.abort());
  await page.goto("/#/models");
  await expect(page.getByRole("alert").first()).toContainText("scope-2m", { timeout: modelTimeoutMs });
  await page.unrouteAll();
});
test.afterAll(() => page.close());

test("its list comes with the package, only when chosen, judged against this adapter", async () => {
  test.setTimeout(2 * modelTimeoutMs);
  const bundles: string[] = [];
  page.on("response", (response) => {
    const bytes = Number(response.headers()["content-length"] ?? 0);
    if (bytes > 4_000_000) bundles.push(response.url());
  });
  await openView(page, "Models");
  expect(bundles).toEqual([]);
  await page.getByRole("tab", { name: "Catalog" }).click();
  const list = page.getByRole("region", { name: "Models of the catalog" });
  await expect(list.getByRole("listitem").first()).toBeVisible();
  expect(bundles).toHaveLength(1);
  expect(new URL(bundles[0]!).origin).toBe(new URL(page.url()).origin);

  // The software adapter has no shader-f16, which our engine does not need.
  const runsIn = page.getByRole("combobox", { name: "Runs in" });
  await runsIn.selectOption("WebLLM");
  expect(await list.getByRole("button", { name: /^Load .*q4f32_1.* in WebLLM/ }).count()).toBeGreaterThan(20);
  await expect(list.getByText(wantsF16)).toHaveCount(0);
  await runsIn.selectOption("All, with why not");
  await page.getByRole("textbox", { name: "Search" }).fill("3.2 1b q4f16");
  const row = list.getByRole("listitem").filter({ hasText: wantsF16 }).first();
  await expect(row).toContainText("needs shader-f16");
  await expect(row).toContainText(/about 695 MB\s*download, estimate/);
  await expect(row).toContainText("Llama 3.2 Community");
  await expect(row.getByRole("button", { name: `Load ${wantsF16} in WebLLM` })).toHaveCount(0);
  await expect(row.getByRole("button", { name: `Load ${wantsF16} in Inferscope` })).toBeVisible();
});

test("a load without its hosts fails in plain words, and can be cancelled", async () => {
  test.setTimeout(modelTimeoutMs);
  await page.getByRole("combobox", { name: "Runs in" }).selectOption("WebLLM");
  await page.getByRole("textbox", { name: "Search" }).fill(able);
  const load = page.getByRole("button", { name: `Load ${able} in WebLLM` });

  // A host that does not answer.
  await page.route("https://huggingface.co/**", () => new Promise(() => undefined));
  await load.click();
  await expect(page.getByRole("progressbar")).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(engineStatus(page)).toContainText("no model");
  await page.unroute("https://huggingface.co/**");

  await page.route("https://huggingface.co/**", (route) => route.abort("internetdisconnected"));
  await load.click();
  const alert = page.getByRole("alert").first();
  await expect(alert).toContainText("WebLLM could not fetch the model's configuration from huggingface.co");
  await expect(alert).toContainText("What to do: Check that huggingface.co can be reached");
  await expect(alert).toContainText("No model is loaded now");
  await page.unroute("https://huggingface.co/**");
});

test("the library's host is named when that is what is missing", async () => {
  test.setTimeout(modelTimeoutMs);
  const headers = { "access-control-allow-origin": "*" };
  await page.route("https://huggingface.co/**", (route) =>
    route.fulfill({ json: { tokenizer_files: [] }, headers }),
  );
  await page.route("https://raw.githubusercontent.com/**", (route) =>
    route.fulfill({ status: 404, headers }),
  );
  const error = await failedLoad(page, able);
  expect(error?.kind).toBe("http-status");
  expect(error?.message).toMatch(/library https:\/\/raw\.githubusercontent\.com\/.*answered 404/);
  await page.unrouteAll();
});

test("the programmatic interface refuses what cannot run, before any download", async () => {
  expect(await failedLoad(page, "No-Such-Model")).toMatchObject({ kind: "invalid-request" });
  const f16 = await failedLoad(page, wantsF16);
  expect(f16).toMatchObject({ kind: "missing-feature" });
  expect(f16?.message).toContain("shader-f16");
});

test("the embedded model loads and answers afterwards", async () => {
  test.setTimeout(2 * modelTimeoutMs);
  await page.getByRole("tab", { name: "Embedded" }).click();
  await page.getByRole("combobox", { name: "Runner" }).selectOption("cpu");
  await page.getByRole("button", { name: "Load scope-2m-q4f16_1" }).click();
  await expect(engineStatus(page)).toContainText("paged", { timeout: modelTimeoutMs });
  const answer = await page.evaluate(async () => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    const { result } = inferscope.generate({
      messages: [{ role: "user", content: "Hello" }],
      sampling: { maxTokens: 4, ignoreEos: true },
    });
    return (await result).metrics.numOutputTokens;
  });
  expect(answer).toBe(4);
});
