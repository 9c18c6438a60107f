/** Requests while nobody looks: the browser hides and freezes the page, and the page says so. */
import { chromium, expect, test, type Browser } from "@playwright/test";

import { browserLaunch } from "../scripts/browser.ts";
import { modelTimeoutMs } from "./app-fixture.ts";
import { RawPage } from "./raw-page.ts";

let browser: Browser;
let page: RawPage;

test.beforeEach(async ({ baseURL }) => {
  browser = await chromium.launch(await browserLaunch("none"));
  page = await RawPage.open(browser, `${baseURL ?? ""}/#/playground`);
  const isLoaded = () => page.evaluate<boolean>("globalThis.inferscope?.capabilities() != null");
  await expect.poll(isLoaded, { timeout: modelTimeoutMs }).toBe(true);
});
test.afterEach(() => browser.close());

const freeze = () => page.send("Page.setWebLifecycleState", { state: "frozen" });
/** It stays hidden. */
const thaw = () => page.send("Page.setWebLifecycleState", { state: "active" });

const submit = `
  globalThis.generation = inferscope.generate({ prompt: "A story", sampling: { maxTokens: 200, ignoreEos: true } });
  generation[Symbol.asyncIterator]().next().then(() => 0)`;
const ended = `generation.result.then(({ metrics, tokenIds }) =>
  ({ interrupted: metrics.interrupted ?? null, count: tokenIds.length }))`;

test("a request is marked when the browser freezes the page under it, and when it hides it", async () => {
  const request = async (happen: () => Promise<unknown>) => {
    await page.evaluate(submit);
    await happen();
    return page.evaluate(ended);
  };
  expect(await request(() => Promise.resolve())).toEqual({ interrupted: null, count: 200 });
  const frozen = await request(async () => {
    await freeze();
    await thaw();
  });
  expect(frozen).toEqual({ interrupted: "frozen", count: 200 });
  expect(await request(() => Promise.resolve())).toEqual({ interrupted: "hidden", count: 200 });
});

test("an experiment leaves interrupted samples out and counts them", async () => {
  await page.evaluate(`new Promise((resolve) => {
    globalThis.report = inferscope.run("compare", {
      plans: ["structured", "naive-chain"], rows: 3, repeats: 1,
      onEvent: ({ type }) => type === "sample-done" && resolve(0),
    });
  })`);
  await freeze();
  await thaw();
  const plans = await page.evaluate<{ n: number; numInterrupted: number }[]>(
    "report.then(({ plans }) => plans)",
  );
  const sum = (key: "n" | "numInterrupted") => plans.reduce((total, plan) => total + plan[key], 0);
  expect(sum("n")).toBeGreaterThan(0);
  expect(sum("numInterrupted")).toBeGreaterThan(0);
});
