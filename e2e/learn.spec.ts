import { expect, type Page } from "@playwright/test";

import { colorSchemes, findings, isLongRun } from "./accessibility.ts";
import { openView, test } from "./app-fixture.ts";

const ids = [
  "latency",
  "tokens",
  "prefix-cache",
  "batching",
  "structured-prompt",
  "over-compression",
] as const;

/** Tab until `name` has the focus. */
async function tabTo(page: Page, role: "textbox" | "button" | "link", name: string): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true });
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab never reaches the ${role} "${name}"`);
}

test("a lesson goes from the guess to its explanation by the keyboard alone", async ({
  app: { page, problems },
}) => {
  test.setTimeout(200_000);
  await openView(page, "Lessons");
  await tabTo(page, "link", "4. Batching");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#\/learn\/batching$/);
  await tabTo(page, "textbox", "Times the output tokens a second");
  await page.keyboard.type("40");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("progressbar", { name: "Lesson" })).toBeVisible();
  const explain = page.getByRole("group", { name: "Explain", exact: true });
  await expect(explain).toBeFocused({ timeout: 150_000 });
  await expect(explain.getByText("40 times", { exact: true })).toBeVisible();
  await expect(explain.getByText(/^Your guess was .* times too high\./)).toBeVisible();
  await expect(explain.getByText(/^8 at once gave/)).toBeVisible();
  await expect(explain.getByRole("figure", { name: "Output tokens a second" })).toBeVisible();
  await expect(explain.getByText(/Model scope-2m/)).toBeVisible();
  expect(await findings(page, "light")).toEqual([]);

  // What was measured is still there after another view.
  await openView(page, "Diagnostics");
  await openView(page, "Lessons");
  await page.getByRole("link", { name: /4\. Batching measured/ }).click();
  await expect(page.getByRole("group", { name: "Explain", exact: true })).toBeVisible();
  expect(problems).toEqual([]);
});

test("a run is cancelled, a bad guess is refused, tokens are counted", async ({ app: { page } }) => {
  test.setTimeout(200_000);
  await page.goto("/#/learn/structured-prompt");
  const guess = page.getByRole("textbox", { name: "Time saved with one call, %" });
  await guess.fill("much");
  await expect(page.getByRole("alert")).toContainText("whole number from -200 to 100");
  await expect(page.getByRole("button", { name: "Run it" })).toBeDisabled();
  await page.getByRole("button", { name: "67%", exact: true }).click();
  await page.getByRole("button", { name: "Run it" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("button", { name: "Run it" })).toBeEnabled();
  await expect(page.getByRole("alert")).toHaveCount(0);

  await page.getByRole("link", { name: /2\. Tokens/ }).click();
  await page.getByRole("button", { name: "75 tokens", exact: true }).click();
  await page.getByRole("button", { name: "Run it" }).click();
  await expect(page.getByText(/words are \d+ tokens for the loaded model/)).toBeVisible();
});

test("the presenter mode goes through all lessons by arrow keys, accessible in both themes", async ({
  app: { page },
}) => {
  test.setTimeout(200_000);
  await page.goto("/#/learn/latency/present");
  const dialog = page.getByRole("dialog");
  for (const [index, id] of ids.entries()) {
    await expect(page).toHaveURL(new RegExp(`#/learn/${id}/present$`));
    await expect(dialog.getByText(new RegExp(`^${index + 1} of 6:`))).toBeVisible();
    for (const colorScheme of colorSchemes) {
      const found = await findings(page, colorScheme, { within: '[role="dialog"]' });
      expect.soft(found, `${id}, ${colorScheme}`).toEqual([]);
    }
    if (index === 1) {
      await page.setViewportSize({ width: 390, height: 800 });
      const wide = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
      expect.soft(wide).toBe(0);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    // Lessons that were taken begin at their explanation.
    const at = await dialog
      .getByRole("button", { name: /^\d\. / })
      .evaluateAll((steps) => steps.findIndex((step) => step.getAttribute("aria-current") === "step"));
    for (let step = at; step < 3; step += 1) await page.keyboard.press("ArrowRight");
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(page).toHaveURL(/#\/learn\/over-compression$/);
  await page.emulateMedia({ colorScheme: null });
});

test("every lesson is accessible before, at and after its run, in both themes", async ({ app: { page } }) => {
  test.setTimeout(400_000);
  for (const id of ids) {
    await page.goto(`/#/learn/${id}`);
    const step = (name: RegExp) => page.getByRole("button", { name });
    const check = async (state: string) => {
      for (const colorScheme of colorSchemes) {
        const found = await findings(page, colorScheme, { within: "main" });
        expect.soft(found, `${id}, ${state}, ${colorScheme}`).toEqual([]);
      }
    };
    // All lessons have one screen for the guess and one for the run: the long run looks at each of them.
    const looksAtAll = isLongRun || id === ids[0];
    await step(/^1\. Predict/).click();
    await page.getByRole("group", { name: "Guesses to pick from" }).getByRole("button").first().click();
    if (looksAtAll) await check("predict");
    await step(/^2\. Run/).click();
    if (looksAtAll) await check("run");
    await page.getByRole("button", { name: /^Run it/ }).click();
    await expect(page.getByText("Measured here")).toBeVisible({ timeout: 200_000 });
    await check("explain");
  }
  await page.emulateMedia({ colorScheme: null });
});
