/** The GPU process dies in the middle of a run: the real loss of a device, by the browser's own debugging command. */
import { chromium, expect, test, type Browser, type Page } from "@playwright/test";

import type { Inferscope } from "../protocol/index.ts";
import { browserLaunch } from "../scripts/browser.ts";
import { engineStatus, modelTimeoutMs } from "./app-fixture.ts";

let browser: Browser;
let page: Page;

test.beforeAll(async ({ baseURL }) => {
  browser = await chromium.launch(await browserLaunch("swiftshader"));
  const context = await browser.newContext({
    serviceWorkers: "block",
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  page = await context.newPage();
  await page.goto("/#/playground");
  await expect(engineStatus(page)).toContainText("paged", { timeout: modelTimeoutMs });
});
test.afterAll(() => browser.close());

test("a request ends with its text, the engine comes back by itself, and the next answer is right", async () => {
  const before = await answer();
  expect(before).toHaveLength(8);
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
  await crashGpu();
  const end = await page.evaluate(
    () => (window as unknown as { end: Promise<{ kind: string; text: string }> }).end,
  );
  expect(end.kind).toBe("device-lost");
  expect(end.text).not.toBe("");
  await expect.poll(answer).toEqual(before);
});

async function crashGpu(): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send("Browser.crashGpuProcess");
  await session.detach();
}

/** Greedy tokens, or the kind of error while there is no engine. */
function answer(): Promise<readonly number[] | string> {
  return page.evaluate(async () => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    try {
      const sampling = { maxTokens: 8, temperature: 0, ignoreEos: true };
      return (await inferscope.generate({ prompt: "Hiking and music", sampling }).result).tokenIds;
    } catch (error) {
      return (error as { kind: string }).kind;
    }
  });
}
