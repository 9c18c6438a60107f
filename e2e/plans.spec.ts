import { expect, type Page } from "@playwright/test";

import { twoHundredLines } from "../app/lab/testing/own-rows.ts";
import { colorSchemes, findings } from "./accessibility.ts";
import { openView, test } from "./app-fixture.ts";

const runTimeoutMs = 120_000;
const file = (name: string, text: string) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const rowsInput = (page: Page) => page.getByLabel("Drop a CSV or JSON file of rows here, or choose one");
const user = (page: Page) => page.getByRole("textbox", { name: "User message" });

test("a CSV of 200 rows with three broken lines becomes a workload of 197", async ({ app: { page } }) => {
  await openView(page, "Plans");
  await rowsInput(page).setInputFiles(file("tickets.csv", twoHundredLines()));
  await expect(page.getByText("197 good rows of tickets.csv")).toBeVisible();
  const left = page.getByRole("region", { name: "Lines that were left out" }).getByRole("row");
  await expect(left).toHaveText([
    /line.*why/,
    /18.*1 value where the head names 2/,
    /90.*quote is opened and never closed/,
    /151.*3 values where the head names 2/,
  ]);
  await expect(page.getByRole("checkbox", { name: "label", exact: true })).toBeChecked();
});

test("a mistake in a prompt is said at its place, and keeps the plans from running", async ({
  app: { page },
}) => {
  const compare = page.getByRole("button", { name: "Compare these plans" });
  await expect(compare).toBeEnabled();
  await user(page).fill("{{txt}} is what?");
  await expect(user(page)).toHaveAccessibleDescription(/Line 1: there is no {{txt}}. Known: text\./);
  await expect(compare).toBeDisabled();
  await user(page).fill("{{text}} is what?");
  await expect(compare).toBeEnabled();
  // A second call over the answer of the first.
  await page.getByRole("button", { name: "Add a call" }).click();
  const second = page.getByRole("region", { name: "Call 2" });
  await expect(second).toContainText("waits for answer");
  await second.getByRole("button", { name: "Remove call 2" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(second).toBeVisible();
  await second.getByRole("button", { name: "Remove call 2" }).click();
});

test("what cannot be read costs nothing that was there", async ({ app: { page } }) => {
  await rowsInput(page).setInputFiles(file("broken.csv", 'a,"b\n1,2'));
  await expect(page.getByRole("alert")).toContainText("These rows cannot be read");
  await expect(page.getByText("197 good rows of tickets.csv")).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByLabel("Workload files").setInputFiles(file("w.json", '{"kind": "other"}'));
  await expect(page.getByRole("alert")).toContainText("w.json: This is no workload of version 1");
  await page.getByRole("button", { name: "Dismiss" }).click();
});

test("the view is accessible and fits in both themes", async ({ app: { page } }) => {
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      const overflow = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await expect.poll(overflow, `${colorScheme}, ${width} px`).toBe(0);
    }
    expect(await findings(page, colorScheme)).toEqual([]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: null });
});

test("two own plans run over the rows, offline, and the run is among the reports", async ({
  app: { page, problems },
}) => {
  test.setTimeout(2 * runTimeoutMs);
  for (const plan of ["Short instruction", "Full instruction"]) {
    await page.getByRole("combobox", { name: "Open" }).selectOption({ label: plan });
    await page.getByRole("spinbutton", { name: "Max tokens" }).fill("4");
  }
  await page.getByRole("button", { name: "Compare these plans" }).click();
  await expect(
    page.getByText("197 good rows of tickets.csv. Lines 18, 90, 151 were left out."),
  ).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Rows" }).getByRole("option")).toHaveText([
    "1 row",
    "5 rows",
    "20 rows",
    "100 rows",
    "all 197 rows",
  ]);
  // The first run fetches the code that judges answers; the service worker, blocked here, has it anyway.
  await page.getByRole("combobox", { name: "Rows" }).selectOption("1 row");
  await page.getByRole("button", { name: "Run the comparison" }).click();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: runTimeoutMs });
  await page.getByRole("combobox", { name: "Rows" }).selectOption("5 rows");
  await page.context().setOffline(true);
  try {
    await page.getByRole("button", { name: "Run again" }).click();
    await expect(page.getByRole("progressbar", { name: "Runs done" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: runTimeoutMs });
  } finally {
    await page.context().setOffline(false);
  }
  await expect(page.getByRole("heading", { level: 1 })).toContainText(
    "tickets: Full instruction (1 call) or Short",
  );
  await expect(page.getByRole("heading", { name: /^The race: line \d+: Message/ })).toBeVisible();
  await expect(page.getByText("row 1 of 5")).toBeVisible();
  await page.getByRole("tab", { name: "Are the answers right?" }).click();
  await expect(page.getByRole("region", { name: /Full instruction: parsed answer/ })).toContainText(
    /billing|support/,
  );
  await openView(page, "Reports");
  await expect(
    page.getByRole("region", { name: "Reports", exact: true }).getByRole("row", { name: /tickets/ }),
  ).toHaveCount(2);
  expect(problems).toEqual([]);
});

test("a call's answer is held to its JSON Schema, which is judged before it runs", async ({
  app: { page, problems },
}) => {
  test.setTimeout(2 * runTimeoutMs);
  await openView(page, "Plans");
  const compare = page.getByRole("button", { name: "Compare these plans" });
  await page.getByRole("combobox", { name: "Open" }).selectOption({ label: "Short instruction" });
  await page.getByRole("spinbutton", { name: "Max tokens" }).fill("40");
  await page.getByRole("combobox", { name: "The answer is read" }).selectOption("as a JSON object");
  await page.getByRole("switch", { name: "Hold the answer to a JSON Schema" }).check();
  const schema = page.getByRole("textbox", { name: "JSON Schema of the answer" });
  await expect(schema).toHaveValue(/"answer": {\s+"type": "string"/);
  await expect(compare).toBeEnabled();
  await schema.fill('{"type": "object",');
  await expect(schema).toHaveAccessibleDescription(/The schema is no JSON: /);
  await expect(compare).toBeDisabled();
  await schema.fill('{"type": "object", "properties": {"answer": {"not": {"type": "null"}}}}');
  await expect(schema).toHaveAccessibleDescription(
    /cannot constrain an answer: .*#\/properties\/answer.*not/,
  );
  await expect(compare).toBeDisabled();
  await schema.fill(
    '{"type": "object", "properties": {"answer": {"enum": ["neither", "both"]}}, "required": ["answer"]}',
  );
  await expect(compare).toBeEnabled();
  await compare.click();
  await page.getByRole("combobox", { name: "Rows" }).selectOption("1 row");
  await page
    .getByRole("button", { name: "Run the comparison" })
    .or(page.getByRole("button", { name: "Run again" }))
    .click();
  await expect(page.getByRole("progressbar", { name: "Runs done" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: runTimeoutMs });
  await page.getByRole("tab", { name: "Are the answers right?" }).click();
  // The rows say neither word: only the schema brings one.
  await expect(page.getByRole("region", { name: /Short instruction: parsed answer/ })).toContainText(
    /neither|both/,
  );
  await expect(page.getByText(/grammar .*, masks .* a token/).first()).toBeVisible();
  expect(problems).toEqual([]);
});

test("a pattern that never ends fails its rows, and the page goes on", async ({
  app: { page, problems },
}) => {
  test.setTimeout(2 * runTimeoutMs);
  await openView(page, "Plans");
  await page.getByLabel("Workload files").setInputFiles(
    file(
      "endless.json",
      JSON.stringify({
        ...{ kind: "inferscope.workload", version: 1, id: "own-endless", revision: 0, title: "endless" },
        table: {
          ...{ source: "two rows", columns: ["text", "label"], problems: [] },
          rows: ["a", "b"].map((label, index) => ({ line: index + 2, values: { text: "a row", label } })),
        },
        expectedColumns: ["label"],
        checks: [{ field: "answer", evaluator: "regex", expected: "{{label}}|(a+)+$", ignoreCase: false }],
        plans: [endlessPlan("held", `${"a".repeat(40)}!`), endlessPlan("free", "b")],
      }),
    ),
  );
  await expect(page.getByText("2 good rows of two rows")).toBeVisible();
  await page.getByRole("button", { name: "Compare these plans" }).click();
  await page.getByRole("combobox", { name: "Rows" }).selectOption("all 2 rows");
  await page.getByRole("button", { name: /^Run/ }).click();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: runTimeoutMs });
  // The first row's label stops the search early; the second's does not.
  await page.getByRole("button", { name: "Next row" }).click();
  await expect(page.getByText(/a pattern took longer than 2 s on it and was stopped/)).toBeVisible();
  expect(problems).toEqual([]);
  await openView(page, "Plans");
  await page.getByRole("button", { name: "Delete" }).click();
});

/** Its answer is that text, whatever the model would say. */
const endlessPlan = (id: string, answer: string) => ({
  ...{ id, title: id, description: "", parser: { type: "text" }, checks: null },
  calls: [
    {
      ...{ id: "answer", system: "", user: "{{text}}", maxTokens: 64, temperature: 0, stop: [] },
      schema: { const: answer },
    },
  ],
});

test("workloads survive a reload, and come back from an exported file", async ({ app: { page } }) => {
  await openView(page, "Plans");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export JSON" }).click();
  const path = await (await download).path();
  const other = await page.context().newPage();
  try {
    await other.goto("/#/plans");
    await expect(other.getByRole("textbox", { name: "Name", exact: true }).first()).toHaveValue("tickets");
    await expect(user(other)).toHaveValue("{{text}} is what?");
    await other.getByRole("button", { name: "Delete" }).click();
    await expect(other.getByText("“tickets” was deleted.")).toBeVisible();
    await other.getByLabel("Workload files").setInputFiles(path);
    await expect(other.getByText("197 good rows of tickets.csv")).toBeVisible();
    await expect(user(other)).toHaveValue("{{text}} is what?");
    await other.getByRole("combobox", { name: "Open" }).selectOption({ label: "Short instruction" });
    await expect(other.getByRole("textbox", { name: "JSON Schema of the answer" })).toHaveValue(/neither/);
  } finally {
    await other.close();
  }
});

test("a built-in workload is looked at, copied, and chosen to compare", async ({ app: { page } }) => {
  await page.getByRole("combobox", { name: "Workload" }).selectOption("Email extraction (built-in)");
  await expect(
    page.getByText("Please read the text below and find every email address in it."),
  ).toBeVisible();
  await page.getByRole("button", { name: "Copy 2 plans" }).click();
  await expect(page.getByText("100 good rows of 100 rows of Email extraction")).toBeVisible();
  await expect(page.getByRole("button", { name: "Compare these plans" })).toBeEnabled();
  await openView(page, "Compare");
  await page.getByRole("combobox", { name: "Workload" }).selectOption("Email extraction");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Email extraction: verbose");
  await page.getByRole("combobox", { name: "Workload" }).selectOption("User analysis");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("User analysis: naive chain");
});
