import { expect, type Locator, type Page } from "@playwright/test";

import { openView, test } from "./app-fixture.ts";

/** The view with short answers, and the card of the limits. */
async function open(page: Page): Promise<Locator> {
  test.setTimeout(300_000);
  await openView(page, "Batch");
  await set(page, "Max tokens", "8");
  return page.getByRole("group", { name: "Rate limits" });
}

async function set(scope: Page | Locator, label: string, value: string): Promise<void> {
  const field = scope.getByRole("textbox", { name: label, exact: true });
  await field.fill(value);
  await field.press("Enter");
}

/** Starts the run and waits for its table. */
async function run(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Sequential against parallel" }).click();
  await expect(page.getByRole("progressbar", { name: "Requests answered" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Sequential against parallel" })).toBeEnabled({
    timeout: 200_000,
  });
  return page.getByRole("table", { name: "Sequential against parallel" });
}

test("parallel and sequential run side by side within limits that do not bind", async ({ app: { page } }) => {
  const form = await open(page);
  await expect(form.getByRole("textbox", { name: "Requests to send" })).toHaveValue("100");
  await set(form, "Requests to send", "4");
  await set(form, "In flight", "4");
  const table = await run(page);
  for (const name of [
    /^wall time/,
    /^output tok\/s/,
    /^TTFT p95/,
    /^E2E p50/,
    /^arrival to last token p95/,
  ]) {
    await expect(table.getByRole("row", { name })).toContainText(/\d.*\d/);
  }
  await expect(table.getByRole("row", { name: /^waited for the request limit/ })).toContainText("none");
  await expect(table.getByRole("row", { name: /^finished/ })).toContainText("44");
  await expect(page.getByText(/No request had to wait for a limit: the engine set the pace/)).toBeVisible();
  for (const name of ["Requests over time, one after another", "Requests over time, in parallel"]) {
    await expect(page.getByRole("figure", { name })).toBeVisible();
  }
});

test("a limit that binds is a phase of its own; what never fits is refused and counted apart", async ({
  app: { page },
}) => {
  const form = await open(page);
  await set(form, "Requests to send", "3");
  await set(form, "Requests a minute", "60");
  await form.getByRole("combobox", { name: "Enforced over" }).selectOption("1");
  const table = await run(page);
  await expect(page.getByText(/\d of 3 requests waited for the request limit, up to/)).toBeVisible();
  await expect(table.getByRole("row", { name: /^most in 1 s/ })).toContainText("1 requests");
  const lanes = page.getByRole("figure", { name: "Requests over time, in parallel" });
  await lanes.getByRole("button", { name: /as a table/ }).click();
  await expect(lanes.getByRole("cell", { name: "request-limit" }).first()).toBeVisible();

  await set(form, "Tokens a minute", "60");
  await page.getByRole("button", { name: "Sequential against parallel" }).click();
  await expect(page.getByRole("alert")).toContainText(
    /A call of \d+ tokens never fits the limit of 1 tokens/,
  );
  await set(form, "Tokens a minute", "");
  await set(form, "Requests a minute", "0");
  await expect(page.getByRole("alert").filter({ hasText: "requestsPerMinute is 0" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Sequential against parallel" })).toBeDisabled();
  await set(form, "Requests a minute", "500");
  await form.getByRole("combobox", { name: "Enforced over" }).selectOption("60");
});
