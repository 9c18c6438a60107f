/** A view whose chunk does not arrive, or that throws: it says so in its place, and everything else goes on. */
import { expect, test, type Page } from "@playwright/test";

const rail = (page: Page) => page.getByRole("navigation", { name: "Views" });
const open = (page: Page, name: string) => rail(page).getByRole("link", { name, exact: true }).click();
const question = (page: Page) => page.getByRole("heading", { level: 1 });

test("a chunk that does not arrive costs its view alone, until a reload", async ({ page }) => {
  await page.goto("/#/claims");
  await expect(question(page)).toBeVisible();
  await page.route(/PlannerView-[^/]*\.js$/, (route) => route.abort());
  await open(page, "Planner");
  const alert = page.getByRole("alert").filter({ hasText: "A part of the app did not load." });
  await expect(alert).toContainText("Planner cannot be shown. Everything else goes on.");
  await expect(question(page)).toHaveCount(0);
  await open(page, "Diagnostics");
  await expect(alert).toBeHidden();
  await expect(page.getByRole("row", { name: /view.*A part of the app did not load/ })).toBeVisible();
  await open(page, "Planner");
  await page.unroute(/PlannerView-[^/]*\.js$/);
  await alert.getByRole("button", { name: "Reload the page" }).click();
  await expect(question(page)).toBeVisible();
  await expect(page).toHaveURL(/#\/planner$/);
});

test("a view that throws says so, is in the error log, and comes back", async ({ page }) => {
  // No model that loads meanwhile: the header writes its figures, too.
  await page.route("**/models/scope-2m-*/**", (route) => route.abort());
  await page.goto("/#/claims");
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(question(page)).toBeVisible();
  const alert = page.getByRole("alert").filter({ hasText: "cannot be shown" });
  // What every figure on the page is written with.
  const fail = () => {
    Object.assign(window, { original: Object.getOwnPropertyDescriptors(Number.prototype) });
    const injected = () => {
      throw new Error("injected <img src=x>");
    };
    Object.assign(Number.prototype, { toPrecision: injected, toLocaleString: injected, toFixed: injected });
  };
  const mend = () => {
    const { original } = window as unknown as { original: PropertyDescriptorMap };
    Object.defineProperties(Number.prototype, original);
  };
  // Their code is there, so that what throws is the drawing.
  for (const name of ["Models", "Claims"]) {
    await open(page, name);
    await expect(question(page)).toBeVisible();
  }
  await page.evaluate(fail);
  await open(page, "Models");
  await expect(alert).toContainText("Models cannot be shown: injected <img src=x>");
  await expect(alert.locator("img")).toHaveCount(0);
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(alert).toBeVisible();
  await page.evaluate(mend);
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(question(page)).toBeVisible();

  // Another address begins anew.
  await open(page, "Claims");
  await page.evaluate(fail);
  await open(page, "Models");
  await expect(alert).toContainText("Models cannot be shown");
  await page.evaluate(mend);
  await open(page, "Diagnostics");
  await expect(alert).toBeHidden();
  await expect(page.getByRole("row", { name: /view.*injected/ }).first()).toBeVisible();
});

test("an experiment whose code does not arrive rejects with a typed error", async ({ page }) => {
  await page.goto("/#/claims");
  await expect(question(page)).toBeVisible();
  await page.route(/bridge-[^/]*\.js$/, (route) => route.abort());
  const kind = await page.evaluate(() =>
    window.inferscope.run("claims").then(
      () => "none",
      (error: unknown) => (error as { kind?: string }).kind,
    ),
  );
  expect(kind).toBe("app-part");
});
