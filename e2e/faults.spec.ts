/** The engine's worker dies or hangs in the middle of a run; its real thread, on the CPU. */
import { chromium, expect, test, type Browser, type Page } from "@playwright/test";

import type { Inferscope } from "../protocol/index.ts";
import { browserLaunch } from "../scripts/browser.ts";
import { engineStatus, modelTimeoutMs } from "./app-fixture.ts";

let browser: Browser;
let page: Page;

test.describe.configure({ mode: "serial" });

test.beforeAll(async ({ baseURL }) => {
  browser = await chromium.launch(await browserLaunch("none"));
  const context = await browser.newContext({
    serviceWorkers: "block",
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  page = await context.newPage();
  await page.goto("/#/playground");
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
});
test.afterAll(() => browser.close());

const faults = [
  {
    name: "a worker that throws",
    inject: () =>
      void setTimeout(() => {
        throw new Error("injected");
      }, 0),
    says: /The engine failed: .*injected/,
  },
  {
    name: "a worker that hangs",
    inject: () =>
      void setTimeout(() => {
        for (;;);
      }, 0),
    says: "The engine stopped responding.",
  },
] as const;

for (const { name, inject, says } of faults) {
  test(`${name} in the middle of a run: the run ends with its text, the next load works`, async () => {
    await page.evaluate(() => {
      const { inferscope } = window as unknown as { inferscope: Inferscope };
      const generation = inferscope.generate({
        prompt: "A long story",
        sampling: { maxTokens: 500, ignoreEos: true, n: 4 },
      });
      const end = generation.result.catch((error: unknown) => {
        const { kind, choices } = error as { kind: string; choices: { text: string }[] };
        return { kind, text: choices[0]?.text ?? "" };
      });
      Object.assign(window, { end, begun: generation[Symbol.asyncIterator]().next() });
    });
    await page.evaluate(() => (window as unknown as { begun: Promise<unknown> }).begun);
    await page.workers()[0]?.evaluate(inject);
    const end = await page.evaluate(
      () => (window as unknown as { end: Promise<{ kind: string; text: string }> }).end,
    );
    expect(end.kind).toBe("worker-crashed");
    expect(end.text).not.toBe("");
    const alert = page.getByRole("alert");
    await expect(alert).toContainText(says);
    await alert.getByRole("button", { name: "Load the embedded model" }).click();
    await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
    await expect(alert).toBeHidden();
    const answer = await page.evaluate(async () => {
      const { inferscope } = window as unknown as { inferscope: Inferscope };
      return (
        await inferscope.generate({ prompt: "Again", sampling: { maxTokens: 4, ignoreEos: true } }).result
      ).tokenIds.length;
    });
    expect(answer).toBe(4);
  });
}
