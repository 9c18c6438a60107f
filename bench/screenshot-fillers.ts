/** What fills a view with figures, as a person would, by its address. Small runs: they are looked at, not read. */
import type { Page } from "playwright";

type Shoot = (name: string) => Promise<void>;
type Filler = (page: Page, shoot: Shoot) => Promise<void>;

const click = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole("button", { name }).first().click();

/** A button that is there and enabled again once a run is over. */
async function ready(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("button", { name, disabled: false }).first().waitFor({ timeout: 300_000 });
}

async function set(page: Page, label: string, value: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true }).first();
  await field.fill(value);
  await field.press("Enter");
}

const lessons = ["latency", "tokens", "prefix-cache", "batching", "structured-prompt", "over-compression"];

export const fillers: Readonly<Record<string, Filler>> = {
  compare: async (page, shoot) => {
    await click(page, /^Run (the comparison|again)$/);
    await ready(page, "Run again");
    await shoot("filled");
  },
  plans: async (page, shoot) => {
    const text = 'text,label\n"Where is my parcel?",delivery\n"broken\n"I want my money back",refund\n';
    await page
      .getByLabel(/^Drop a CSV or JSON file of rows/)
      .setInputFiles({ name: "letters.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await page.getByText(/good rows? of letters.csv/).waitFor();
    await shoot("filled");
  },
  playground: async (page, shoot) => {
    await click(page, "Analyze a user record");
    await page.getByText(/ended by itself|reached the token limit/).waitFor();
    await click(page, "Prove it");
    await page.getByText(/token ids are equal/).waitFor();
    await shoot("filled");
  },
  cache: async (page, shoot) => {
    for (const name of ["Send the prompt", "Send it again", "Send it again"]) {
      await click(page, name);
      await ready(page, "Send it again");
    }
    await set(page, "Repeats", "2");
    await click(page, "Insert a timestamp and measure");
    await page.getByText(/n = 2 pairs/).waitFor();
    await page.getByLabel("Entries expire").selectOption({ label: "after 5 s" });
    await click(page, "Send it again");
    await page.waitForTimeout(7000);
    await click(page, "Send it again");
    await page
      .getByText(/unused for more than 5 s/)
      .first()
      .waitFor();
    await shoot("filled");
    await page.getByLabel("Entries expire").selectOption({ label: "Never" });
  },
  batch: async (page, shoot) => {
    await set(page, "Max tokens", "24");
    await click(page, /^Send \d+ requests/);
    await ready(page, "Continuous against static");
    await shoot("one-run");
    await click(page, "Continuous against static");
    await ready(page, "Continuous against static");
    await click(page, /^Run the sweep/);
    await ready(page, /^Run the sweep/);
    await set(page, "Requests to send", "8");
    await set(page, "Requests a minute", "120");
    await page.getByLabel("Enforced over").selectOption("1");
    await click(page, "Sequential against parallel");
    await ready(page, "Sequential against parallel");
    await shoot("filled");
  },
  trace: async (page, shoot) => {
    await page.evaluate(async () => {
      const request = { prompt: "Name: Ada", sampling: { maxTokens: 24, ignoreEos: true } };
      await Promise.all([1, 2, 3].map(() => window.inferscope.generate(request).result));
    });
    await page.getByRole("figure", { name: "Steps over time" }).waitFor();
    await click(page, "Profile kernels");
    await page.getByText("perturbed").waitFor();
    await shoot("filled");
  },
  tokens: async (page, shoot) => {
    await page.getByRole("tab", { name: "The sweet spot" }).click();
    await page.getByLabel("Rows").selectOption("5");
    await click(page, /^(Find the sweet spot|Run again)$/);
    await ready(page, "Run again");
    await shoot("filled");
  },
  planner: async (page, shoot) => {
    const rules = "Sort the letter by its sender and answer with one word, nothing else. ".repeat(20);
    const lines = Array.from({ length: 400 }, (_, index) => {
      const at = new Date(Date.UTC(2026, 10, 24) + index * 9000).toISOString();
      const system = index % 2 === 0 ? rules : `Now: ${at}\n${rules}`;
      const user = `Letter ${index * 7919}: where is my parcel?`;
      const messages = [
        { role: "system", content: system },
        { role: "user", content: user },
      ];
      return index === 40 ? "{broken" : JSON.stringify({ timestamp: at, model: "gpt-4o", messages });
    });
    const file = { name: "log.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(lines.join("\n")) };
    await page.getByLabel(/Drop a JSONL file/).setInputFiles(file);
    await page.getByText(/analysed in/).waitFor();
    await shoot("filled");
  },
  claims: async (page, shoot) => {
    await click(page, "Measure all");
    await ready(page, "Measure all");
    await shoot("filled");
  },
  learn: async (page, shoot) => {
    for (const lesson of lessons) {
      await page.evaluate((to) => (location.hash = `#/learn/${to}`), lesson);
      await page.getByRole("group", { name: "Guesses to pick from" }).getByRole("button").nth(1).click();
      await shoot(`${lesson}-predict`);
      await click(page, "Run it");
      await page.getByText("Measured here").waitFor({ timeout: 300_000 });
      await shoot(`${lesson}-explain`);
    }
    await page.evaluate(() => (location.hash += "/present"));
    await shoot("presenter");
  },
  reports: async (page, shoot) => {
    await click(page, /^Open /);
    await shoot("filled");
  },
  models: (_page, shoot) => shoot("filled"),
  diagnostics: (_page, shoot) => shoot("filled"),
};
