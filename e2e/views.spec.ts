import { gzipSync } from "node:zlib";

import { expect } from "@playwright/test";

import { colorSchemes, findings } from "./accessibility.ts";
import { openView, test } from "./app-fixture.ts";

const widths = [1440, 390] as const;
const softly = expect.configure({ soft: true });

test("every view fits, is accessible and is quiet in both themes", async ({ app: { page, problems } }) => {
  test.setTimeout(300_000);
  const names = await page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts();
  expect(names.length).toBeGreaterThan(3);
  await expect(page).toHaveTitle(/Inferscope/);
  for (const name of names) {
    // On a phone the views are behind their groups.
    await page.setViewportSize({ width: 1440, height: 900 });
    await openView(page, name);
    await page.waitForLoadState("networkidle");
    for (const colorScheme of colorSchemes) {
      await page.emulateMedia({ colorScheme });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = (): Promise<number> =>
          page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        // Charts follow the new width a frame later.
        await softly.poll(overflow, `${name}, ${colorScheme}, ${width} px: scrolls sideways`).toBe(0);
      }
      expect.soft(await findings(page, colorScheme), `${name}, ${colorScheme}`).toEqual([]);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: null });
  expect(problems).toEqual([]);
});

test("what a field does is said to the keyboard too", async ({ app: { page } }) => {
  await openView(page, "Batch");
  await page.getByRole("textbox", { name: "Max tokens", exact: true }).focus();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("textbox", { name: "Seed" })).toBeFocused();
  await expect(page.getByText("Of rows, arrival times and drawn lengths")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByText("Of rows, arrival times and drawn lengths")).toBeHidden();
});

test("the focus goes on into the view that the palette led to, and back where it led nowhere", async ({
  app: { page },
}) => {
  await openView(page, "Reports");
  const help = page.getByRole("button", { name: "Help" });
  await help.focus();
  const palette = page.getByRole("combobox", { name: "Command" });
  await page.keyboard.press("Control+k");
  await palette.fill("dark");
  await page.keyboard.press("Enter");
  await expect(help).toBeFocused();
  await page.keyboard.press("Control+k");
  await palette.fill("models which");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#\/models$/);
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("Control+k");
  await palette.fill("theme system");
  await page.keyboard.press("Enter");
});

test("on a phone every view is two touches away, and the page says where one is", async ({
  app: { page },
}) => {
  await page.setViewportSize({ width: 390, height: 800 });
  const views = page.getByRole("navigation", { name: "Views" });
  await views.getByRole("button", { name: "Set up" }).click();
  await views.getByRole("link", { name: "Diagnostics" }).click();
  await expect(page).toHaveURL(/#\/diagnostics$/);
  await expect(views.getByRole("link")).toHaveCount(0);
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(views.getByRole("link", { name: "Diagnostics" })).toHaveAttribute("aria-current", "page");
});

test("the first load stays under 300 kB of compressed script", async ({ app: { firstScripts } }) => {
  expect(firstScripts.some((url) => url.includes("worker"))).toBe(true);
  const sizes = await Promise.all(
    firstScripts.map(async (url) => gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total, firstScripts.join("\n")).toBeLessThan(300_000);
});
