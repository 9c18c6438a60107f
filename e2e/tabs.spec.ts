/** Two tabs of one profile. On the CPU: which tab has the engine is the matter here. */
import { chromium, expect, test, type Browser, type BrowserContext, type Page } from "@playwright/test";

import { createRandom } from "../app/lab/random.ts";
import type { Inferscope } from "../protocol/index.ts";
import { browserLaunch } from "../scripts/browser.ts";
import { engineStatus, modelTimeoutMs, openView, watchProblems } from "./app-fixture.ts";
import { startCuttingServer } from "./cutting-server.ts";

let browser: Browser;
let context: BrowserContext;
let first: Page;
let second: Page;

test.describe.configure({ mode: "serial" });

const banner = (page: Page) => page.getByRole("status", { name: "Engine in another tab" });
const ready = (page: Page) => expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });

test.beforeAll(async ({ baseURL }) => {
  browser = await chromium.launch(await browserLaunch("none"));
  context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    serviceWorkers: "block",
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  first = await context.newPage();
  await first.goto("/#/playground");
  await ready(first);
  second = await context.newPage();
});
test.afterAll(() => browser.close());

test("the second tab says so, loads nothing, and can be read", async () => {
  const problems = watchProblems(second);
  const asked: string[] = [];
  second.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await second.goto("/#/reports");
  await expect(banner(second)).toContainText("Another tab has the engine.");
  await expect(banner(second).getByRole("button", { name: "Take over" })).toBeEnabled();
  for (const view of ["Lessons", "Plans", "Planner", "Compare", "Reports"]) {
    await openView(second, view);
    await second.waitForLoadState("networkidle");
  }
  await expect(engineStatus(second)).toContainText("no model");
  expect(asked.filter((path) => path.startsWith("/models/"))).toEqual([]);
  const refusal = await second.evaluate(async () => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    return inferscope
      .load({ id: "scope-2m-q0f16" })
      .catch((error: unknown) => (error as { kind: string }).kind);
  });
  expect(refusal).toBe("other-tab");
  await expect(banner(first)).toBeHidden();
  await ready(first);
  expect(problems).toEqual([]);
});

test("taking over names what it stops; the run there ends with its text; the first tab takes back", async () => {
  await first.evaluate(() => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    const sampling = { maxTokens: 400, ignoreEos: true };
    const generation = inferscope.generate({ prompt: "A long story", sampling });
    const end = generation.result.catch((error: unknown) => {
      const { kind, choices } = error as { kind: string; choices: { text: string }[] };
      return { kind, text: choices[0]?.text ?? "" };
    });
    Object.assign(window, { end, begun: generation[Symbol.asyncIterator]().next() });
  });
  await first.evaluate(() => (window as unknown as { begun: Promise<unknown> }).begun);
  await expect(banner(second)).toContainText("A run goes on in the other tab: taking over stops it");
  await banner(second).getByRole("button", { name: "Stop it and take over" }).click();
  await ready(second);
  await expect(banner(second)).toBeHidden();
  const end = await first.evaluate(
    () => (window as unknown as { end: Promise<{ kind: string; text: string }> }).end,
  );
  expect(end.kind).toBe("other-tab");
  expect(end.text).not.toBe("");
  await expect(banner(first)).toContainText("Another tab took the engine.");
  await expect(engineStatus(first)).toContainText("no model");

  await first.setViewportSize({ width: 390, height: 844 });
  const overflow = () => first.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await expect.poll(overflow).toBeLessThanOrEqual(0);
  await first.setViewportSize({ width: 1440, height: 900 });
  await banner(first).getByRole("button", { name: "Take back" }).press("Enter");
  await ready(first);
  await expect(banner(second)).toContainText("Another tab took the engine.");
});

test("a download taken over goes on where it was, with identical bytes", async () => {
  const server = await startCuttingServer(createRandom(11).next);
  const load = (page: Page) =>
    page.evaluate(async (url) => {
      const { inferscope } = window as unknown as { inferscope: Inferscope };
      return inferscope
        .load({ url }, { runner: "cpu" })
        .catch((error: unknown) => ({ kind: (error as { kind: string }).kind }));
    }, server.url);
  try {
    server.cuts = 5;
    server.stallsAfterCuts = true;
    const interrupted = load(first);
    await expect.poll(() => server.stalls).toBe(true);
    await banner(second)
      .getByRole("button", { name: /ake (over|back)/ })
      .click();
    expect(await interrupted).toEqual({ kind: "other-tab" });
    server.stalls = false;
    server.stallsAfterCuts = false;
    // The tab's own load of the embedded model, which the take-over begins, would cut this one off.
    await ready(second);
    expect(await load(second)).toMatchObject({ id: "scope" });
    for (const [name, bytes] of server.shards) {
      const sent = server.requests.filter(({ path }) => path === name);
      for (const [index, { start }] of sent.entries()) {
        const before = sent[index - 1];
        if (before !== undefined) expect(start).toBeLessThanOrEqual(before.start + before.sent);
        if (before !== undefined) expect(before.start + before.sent).toBeLessThan(bytes.length);
      }
    }
    expect(server.requests.some(({ start }) => start > 0)).toBe(true);
  } finally {
    await server.close();
  }
});

test("when the tab that has the engine closes, the other one gets it", async () => {
  await second.close();
  await ready(first);
  await expect(banner(first)).toBeHidden();
});
