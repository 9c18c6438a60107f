import { writeFileSync } from "node:fs";

import { expect, test, type Page } from "@playwright/test";

import { engineStatus, modelTimeoutMs } from "./app-fixture.ts";

async function open(page: Page, path: string): Promise<void> {
  await page.goto(`/#/${path}`);
  await expect(engineStatus(page)).toContainText("paged", { timeout: modelTimeoutMs });
}

test("tokens are counted by three tokenizers, and a step can be taken back", async ({ page }) => {
  await open(page, "tokens");
  const table = page.getByRole("table", { name: "Tokens of each section" });
  await page.getByLabel("Input", { exact: true }).fill("hello world");
  const row = table.getByRole("row", { name: /^Input/ });
  // "hello world": two words, eleven characters, two tokens in both OpenAI encodings.
  await expect(row.getByRole("cell").nth(1)).toHaveText("2");
  await expect(row.getByRole("cell").nth(4)).toHaveText("2", { timeout: 60_000 });
  await expect(row.getByRole("cell").nth(5)).toHaveText("2");
  await expect(row.getByRole("cell").nth(3)).toHaveText(/^[1-9]\d*$/);

  const courtesy = page.getByRole("listitem").filter({ hasText: "Drop courtesy" });
  await expect(courtesy).toContainText(/−\d+ tokens/);
  await courtesy.getByRole("switch").uncheck();
  await expect(courtesy).toContainText("off");

  await page.getByLabel("Tokenizer").selectOption("cl100k");
  const ids = page.getByRole("group", { name: /: ids/ });
  await ids.focus();
  await ids.press("ArrowRight");
  await expect(page.getByText(/^token 0 · id \d+ · "/)).toBeVisible();
});

test("the sweet spot is measured, recommends a level and can be cancelled", async ({ page }) => {
  test.setTimeout(300_000);
  await open(page, "tokens");
  await page.getByRole("tab", { name: "The sweet spot" }).click();
  await page.getByLabel("Examples", { exact: true }).last().selectOption("2");
  await page.getByLabel("Rows").selectOption("200");
  await page.getByRole("button", { name: "Find the sweet spot" }).click();
  await expect(page.getByRole("progressbar", { name: "Answers" })).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByLabel("Rows").selectOption("5");
  await page.getByRole("button", { name: /Find the sweet spot|Run again/ }).click();
  const levels = page.getByRole("table", { name: "Levels of compression" });
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: 200_000 });
  await expect(page.getByText(/cancelled, what was done/)).toHaveCount(0);
  await expect(levels.getByRole("row")).toHaveCount(5);
  await expect(levels.getByText("recommended")).toHaveCount(1);
});

test("the calculator gives the guide's case to the cent", async ({ page }) => {
  await page.goto("/#/planner");
  for (const dollars of ["$100.00", "$14.50", "$85.50", "$2,565.00"]) {
    await expect(page.getByText(dollars, { exact: true })).toBeVisible();
  }
  await page.getByLabel("Provider", { exact: true }).selectOption("openai-gpt-5.4");
  await expect(
    page.getByText(/caches no prefix under 1,024 tokens: with 1,000 nothing is saved/),
  ).toBeVisible();
  await expect(page.getByText("$0.00", { exact: true })).toHaveCount(2);
});

test("a log of 10,000 requests is analysed while the page stays alive", async ({ page }, testInfo) => {
  const requests: string[] = [];
  page.on("request", (request) => {
    if (request.method() !== "GET") requests.push(request.url());
  });
  // The engine's own start is not what is looked at here.
  await open(page, "planner");
  await page.evaluate(() => {
    const measured = window as unknown as { longestGap: number };
    measured.longestGap = 0;
    let last = performance.now();
    setInterval(() => {
      measured.longestGap = Math.max(measured.longestGap, performance.now() - last);
      last = performance.now();
    }, 10);
  });
  // By its path: a buffer would be decoded on the page's thread.
  const file = testInfo.outputPath("requests.jsonl");
  writeFileSync(file, log(10_000));
  await page.getByLabel(/Drop a JSONL file/).setInputFiles(file);
  await expect(page.getByText(/9,998 requests to 1 model, analysed in/)).toBeVisible({ timeout: 110_000 });
  await page.getByText("2 bad lines", { exact: false }).last().click();
  await expect(
    page.getByRole("table", { name: "Bad lines" }).getByRole("cell", { name: "4001" }),
  ).toBeVisible();
  const breaks = page.getByRole("table", { name: "What breaks the prefix" });
  await expect(breaks.getByRole("row", { name: /^timestamp part 1, system after Now:/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /Radix tree of the traffic/ })).toBeVisible();
  const longest = await page.evaluate(() => (window as unknown as { longestGap: number }).longestGap);
  console.log(`the page's thread was held up for ${Math.round(longest)} ms at most, 10,000 requests`);
  expect(requests).toEqual([]);
});

/** Every second request carries the time in front; two lines are broken. */
function log(numLines: number): string {
  const rules = "Sort the letter by its sender and answer with one word, nothing else. ".repeat(20);
  return Array.from({ length: numLines }, (_, index) => {
    if (index === 4000 || index === 7000) return "{broken";
    const at = new Date(Date.UTC(2026, 10, 24) + index * 9000).toISOString();
    const messages = [
      { role: "system", content: index % 2 === 0 ? rules : `Now: ${at}\n${rules}` },
      { role: "user", content: `Letter ${index * 7919}: where is my parcel?` },
    ];
    return JSON.stringify({ timestamp: at, model: "gpt-4o", messages });
  }).join("\n");
}
