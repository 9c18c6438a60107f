import { expect, test, type Page } from "@playwright/test";

/** One page for all: loading the model is the longest part. */
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  page = await browser.newPage();
  await page.goto("/#/cache");
  await expect(page.getByRole("button", { name: "Send the prompt" })).toBeEnabled({ timeout: 280_000 });
});

test.afterAll(() => page.close());

/** The figure of a KPI, by its label. */
const figure = (label: string) =>
  page
    .getByText(label, { exact: true })
    .locator("xpath=ancestor-or-self::*[./strong or .//strong][1]//strong");

test("the second request finds the unchanged beginning in the cache", async () => {
  await page.getByRole("button", { name: "Send the prompt" }).click();
  const again = page.getByRole("button", { name: "Send it again" });
  await expect(again).toBeEnabled();
  await expect(figure("Cached tokens")).toHaveText("0");
  await expect(page.getByText(/Computed from block 1 on: no earlier prompt/)).toBeVisible();
  await again.click();
  await expect(page.getByText("Request 2", { exact: true })).toBeVisible();
  await expect(figure("Cached tokens")).toHaveText(/^[1-9]\d*$/);
  await expect(page.getByText(/Broke at block \d+: Record differs at token \d+/)).toBeVisible();
  await expect(page.getByRole("figure", { name: "Hit rate by request" })).toBeVisible();
  await expect(page.getByRole("figure", { name: "TTFT against cached tokens" })).toBeVisible();
});

test("the tree and the counts are those of the engine", async () => {
  const tree = page.getByRole("figure", { name: "Radix tree of the prefix cache" });
  const snapshot = await page.evaluate(() => window.inferscope.snapshot());
  const { free = 0, cached = 0, used = 0, total = 0 } = snapshot?.kv ?? {};
  expect(free + cached + used).toBe(total);
  await expect(page.getByTestId("kv-identity")).toHaveText(
    `${free} free + ${cached} cached + ${used} used = ${total} blocks`,
  );
  await expect(tree.getByRole("button", { name: /tokens from/ })).toHaveCount(snapshot?.nodes.length ?? -1);
  await tree
    .getByRole("button", { name: /tokens from 0/ })
    .first()
    .focus();
  await expect(tree.getByText(/You analyze a user/).last()).toBeVisible();
});

test("a timestamp in front breaks the first block, and what it costs is measured", async () => {
  test.setTimeout(240_000);
  await page.getByRole("spinbutton", { name: "Repeats" }).fill("2");
  await page.getByRole("combobox", { name: "Where" }).selectOption({ label: "at the front" });
  await page.getByRole("button", { name: "Insert a timestamp and measure" }).click();
  await expect(figure("TTFT cost")).toHaveText(/^[+−±].+ ms$/, { timeout: 200_000 });
  const before = Number(await figure("Cached tokens before").textContent());
  const after = Number(await figure("Cached tokens after").textContent());
  expect(before).toBeGreaterThan(after);
  await expect(figure("Broke at block")).toHaveText("1");
  await expect(page.getByText(/Broke at block 1: Timestamp differs/)).toBeVisible();
  await expect(page.getByText(/n = 2 pairs/)).toBeVisible();
});

test("a small pool evicts with a reason, and is emptied by one button", async () => {
  await page.getByRole("spinbutton", { name: "Pool size" }).fill("40");
  await page.getByRole("button", { name: "Apply and empty the cache" }).click();
  await expect(page.getByTestId("kv-identity")).toHaveText("40 free + 0 cached + 0 used = 40 blocks");
  await page.evaluate(async () => {
    for (const prompt of ["one ", "two ", "three ", "four "]) {
      await window.inferscope.generate({ prompt: prompt.repeat(180), sampling: { maxTokens: 1 } }).result;
    }
  });
  await expect(page.getByText(/blocks? wanted by/).first()).toBeVisible();
  await page.getByRole("button", { name: "Empty the cache", exact: true }).click();
  await expect(page.getByTestId("kv-identity")).toHaveText("40 free + 0 cached + 0 used = 40 blocks");
});

test("entries expire: marked in the tree, dropped by the next request, which says why", async () => {
  await page.getByRole("combobox", { name: "Entries expire" }).selectOption({ label: "after 5 s" });
  await page.getByRole("button", { name: "Send it again" }).click();
  const tree = page.getByRole("figure", { name: "Radix tree of the prefix cache" });
  await expect(tree.getByRole("button", { name: /expired/ }).first()).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: "Send it again" }).click();
  const evictions = page.getByRole("table", { name: "Evictions, the latest first" });
  await expect(evictions.getByText("unused for more than 5 s").first()).toBeVisible({ timeout: 30_000 });
  await expect(figure("Cached tokens")).toHaveText("0");
  await page.getByRole("combobox", { name: "Entries expire" }).selectOption({ label: "Never" });
  expect(await page.evaluate(() => window.inferscope.configure({}))).toMatchObject({ cacheTtlSeconds: null });
});
