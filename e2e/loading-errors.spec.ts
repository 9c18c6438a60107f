import { expect } from "@playwright/test";

import type { Inferscope } from "../protocol/index.ts";
import { engineStatus, modelTimeoutMs, openView, test } from "./app-fixture.ts";
import { startModelServer } from "./model-server.ts";

const cases = [
  { name: "a wrong URL", folder: "nowhere", kind: "http-status", says: /mlc-chat-config\.json.*404/ },
  {
    name: "a truncated shard",
    folder: "truncated-shard",
    kind: "truncated-shard",
    says: /params_shard_0\.bin ends after/,
  },
  {
    name: "a flipped byte",
    folder: "flipped-byte",
    kind: "corrupt-shard",
    says: /params_shard_0\.bin has MD5/,
  },
  { name: "shapes that lie", folder: "lying-shapes", kind: "bad-manifest", says: /shape/ },
  {
    name: "an unknown architecture",
    folder: "unknown-architecture",
    kind: "unsupported-architecture",
    says: /mamba/,
  },
  {
    name: "a missing tokenizer",
    folder: "no-tokenizer",
    kind: "missing-tokenizer",
    says: /no tokenizer\.json/,
  },
] as const;

let server: Awaited<ReturnType<typeof startModelServer>>;
test.beforeAll(async () => {
  server = await startModelServer();
});
test.afterAll(() => server.close());

for (const { name, folder, kind, says } of cases) {
  test(`${name} is its own error in the Models view and through the API`, async ({ app: { page } }) => {
    await openView(page, "Models");
    await page.getByRole("textbox", { name: "Address of a model folder" }).fill(server.url + folder + "/");
    await page.getByRole("button", { name: "Load", exact: true }).click();
    const alert = page.getByRole("alert");
    await expect(alert).toContainText(says);
    // Only what is read after the first files costs the model there was.
    await expect(alert).toContainText(/stays loaded and works as before|No part of the model was kept/);
    await expect(alert).toContainText(kind);

    const error = await page.evaluate(async (url) => {
      const { inferscope } = window as unknown as { inferscope: Inferscope };
      return inferscope.load({ url }).then(
        () => null,
        (reason: unknown) => {
          const { kind, message } = reason as { kind: string; message: string };
          return { kind, message };
        },
      );
    }, server.url + folder);
    expect(error?.kind).toBe(kind);
    expect(error?.message).toMatch(says);
  });
}

test("a mistyped address leaves the model there was, which answers", async ({ app: { page } }) => {
  test.setTimeout(2 * modelTimeoutMs);
  await openView(page, "Models");
  await page.getByRole("button", { name: "Load scope-2m-q4f16_1" }).click();
  await expect(engineStatus(page)).toContainText(/paged/, { timeout: modelTimeoutMs });
  await page.getByRole("textbox", { name: "Address of a model folder" }).fill(`${server.url}nowhere/`);
  await page.getByRole("button", { name: "Load", exact: true }).click();
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("scope-2m-q4f16_1 stays loaded and works as before");
  await expect(engineStatus(page)).toContainText("scope-2m-q4f16_1");
  const text = await page.evaluate(async () => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    return (await inferscope.generate({ prompt: "Name: Rosa", sampling: { maxTokens: 4 } }).result).text;
  });
  expect(text).not.toBe("");
});

test("after failed loads a good folder of another origin loads and answers", async ({ app: { page } }) => {
  test.setTimeout(2 * modelTimeoutMs);
  const text = await page.evaluate(async (url) => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    await inferscope.load({ url }, { runner: "cpu" });
    return (await inferscope.generate({ prompt: "Name: Rosa", sampling: { maxTokens: 8 } }).result).text;
  }, `${server.url}good`);
  expect(text).not.toBe("");
  await openView(page, "Models");
  await expect(page.getByRole("alert")).toBeHidden();
  await expect(engineStatus(page)).toContainText("CPU");

  await page.getByRole("button", { name: "Load scope-2m-q4f16_1" }).click();
  // The engine is named once it is ready, and marked where it is not on the GPU.
  await expect(engineStatus(page)).toContainText(/paged(?!CPU)/, { timeout: modelTimeoutMs });
  await expect(engineStatus(page)).toContainText("scope-2m-q4f16_1");
});
