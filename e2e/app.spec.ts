import { expect, test } from "@playwright/test";

test("the page opens without an error and names its views", async ({ page }) => {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto("/");
  await expect(page).toHaveTitle(/Inferscope/);
  await expect(page.getByRole("link", { name: "Compare" }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Playground" }).first()).toBeVisible();
  expect(errors).toEqual([]);
});
