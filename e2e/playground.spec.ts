import { expect, test, type Page } from "@playwright/test";

const record = "Name: Ada\nViews: 9 chess, 5 music, 2 yoga\nOwned: board, mat\nBudget: low";

/** One page for all: loading the model is the longest part of each test. */
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  page = await browser.newPage();
  await page.goto("/#/playground");
  await expect(page.getByRole("button", { name: "Analyze a user record" })).toBeEnabled({ timeout: 280_000 });
});

test.afterAll(() => page.close());

test.afterEach(async () => {
  await page.getByRole("button", { name: /New conversation|Clear/ }).click();
  await page.getByRole("button", { name: "Reset to defaults" }).click();
});

const send = async (text: string): Promise<void> => {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
};

const ended = () => page.getByText(/ended by itself|reached the token limit/);

test("a chat answers with live figures", async () => {
  await page.getByRole("button", { name: "Analyze a user record" }).click();
  await expect(page.getByText(/n = \d+ tokens/)).toBeVisible();
  await expect(ended()).toBeVisible();
  await expect(page.getByText(/PREFERENCES: /).first()).toBeVisible();
  await expect(page.getByRole("figure", { name: "Inter-token latency", exact: true })).toContainText(
    /p50 [\d.]+ (ms|µs)/,
  );
  await expect(page.getByText(/^of \d+; \d+ cached$/)).toBeVisible();
  const histogram = page.getByRole("figure", { name: "Histogram of inter-token latency" });
  await expect(histogram).toContainText(/p50 [\d.]+ (ms|µs)/);
  await histogram.getByRole("button", { name: /as a table/ }).click();
  const gaps = await histogram.getByRole("row").locator("td:nth-child(2)").allInnerTexts();
  const total = gaps.reduce((sum, count) => sum + Number(count), 0);
  await expect(histogram).toContainText(`n = ${total}`);
  expect(total).toBeGreaterThan(1);
});

test("what the cache gave is said, or that it was off when the request ran", async () => {
  await page.evaluate(() => window.inferscope.configure({ prefixCache: false }));
  await send(record);
  await expect(ended()).toBeVisible();
  await expect(page.getByText("The prefix cache was off.")).toBeVisible();
  await page.evaluate(() => window.inferscope.configure({ prefixCache: true }));
  await send(record);
  await expect(ended()).toHaveCount(2);
  await expect(page.getByText(/\d+ of \d+ prompt tokens came from the prefix cache\./)).toBeVisible();
});

test("stop ends an answer and keeps its text", async () => {
  await page.getByRole("spinbutton", { name: "Max tokens" }).fill("700");
  await page.getByRole("switch", { name: /Go on past the end/ }).check();
  await send(record);
  await expect(page.getByText(/n = [1-9]\d* tokens/)).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText("stopped", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
});

test("bad sampling settings are refused in words and change nothing", async () => {
  const field = page.getByRole("spinbutton", { name: "Top-k" });
  await field.fill("-3");
  await expect(page.getByText("A whole number from 0 to 1,000 is wanted. Still 0.")).toBeVisible();
  await field.fill("40");
  await expect(page.getByText("top-k 40", { exact: false }).first()).toBeVisible();
  await page.getByRole("textbox", { name: /Stop strings/ }).fill("END|\\q");
  await expect(page.getByText("After a backslash stands n, t, | or another backslash.")).toBeVisible();
  await field.fill("0");
  await send(record);
  await expect(ended()).toBeVisible();
});

test("three samples stand side by side, and the proof finds their token ids equal", async () => {
  await page.getByRole("spinbutton", { name: "Samples (n)" }).fill("3");
  await page.getByRole("spinbutton", { name: "Max tokens" }).fill("24");
  await page.getByRole("slider", { name: "Temperature" }).fill("0.8");
  await send(record);
  await expect(ended()).toHaveCount(1);
  await page.getByRole("button", { name: "New conversation" }).click();
  await send(record);
  await expect(ended()).toHaveCount(1);
  for (const choice of [0, 1, 2]) {
    await expect(page.getByRole("figure", { name: `Tokens of choice ${choice}` })).toBeVisible();
  }
  const policy = () => page.evaluate(() => window.inferscope.configure({}));
  const before = await policy();
  await page.getByRole("button", { name: "Prove it" }).click();
  await expect(
    page.getByText(/All \d+ token ids are equal\. [1-9]\d* prompt tokens came from/),
  ).toBeVisible();
  expect(await policy()).toEqual(before);
});

test("a raw text is continued", async () => {
  await page.getByRole("tab", { name: "Raw completion" }).click();
  await page.getByRole("textbox", { name: "Text to continue" }).fill("The shop opens at 9 on");
  await page.getByRole("spinbutton", { name: "Max tokens" }).fill("12");
  await page.getByRole("button", { name: "Complete" }).click();
  await expect(ended()).toBeVisible();
});

test("an answer is held to a JSON Schema, and a schema that cannot hold is refused in words", async () => {
  await page.getByRole("tab", { name: "Chat" }).click();
  const answers = page.getByRole("combobox", { name: "Answers are" });
  const schema = page.getByRole("textbox", { name: "JSON Schema" });
  await answers.selectOption("JSON by a schema");
  await schema.fill("{");
  await expect(page.getByText(/^No JSON: /)).toBeVisible();
  await page.getByRole("textbox", { name: "Message" }).fill(record);
  await expect(page.getByRole("button", { name: "Send" })).toBeDisabled();
  await schema.fill('{"type": "string", "not": {}}');
  await send(record);
  await expect(page.getByText('"not" is not supported for type string').first()).toBeVisible();
  await page.getByRole("button", { name: "Example schema" }).click();
  await send(record);
  await expect(ended()).toBeVisible();
  const text = await page
    .getByText(/^\{"preferences": /)
    .first()
    .textContent();
  expect(Object.keys(JSON.parse(text ?? "") as object)).toEqual(["preferences", "budget", "scores"]);
  await expect(page.getByText(/^a token; grammar [\d.,]+ (ms|µs)$/)).toBeVisible();
  await answers.selectOption("Free text");
});
