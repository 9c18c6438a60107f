import { chromium, expect, test, type Browser } from "@playwright/test";

import { browserLaunch } from "../scripts/browser.ts";
import { engineStatus, watchProblems } from "./app-fixture.ts";

const runTimeoutMs = 240_000;
const insecureHost = "inferscope.test";
let browser: Browser;

test.beforeAll(async () => {
  const launch = await browserLaunch("none");
  browser = await chromium.launch({
    ...launch,
    args: [...launch.args, `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`],
  });
});
test.afterAll(() => browser.close());

test("without an adapter the page says so and compares on the CPU, labelled", async ({ baseURL }) => {
  test.setTimeout(2 * runTimeoutMs);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const problems = watchProblems(page);
  await page.goto(baseURL ?? "/");
  await expect(page.getByText("the browser has WebGPU, but offers no adapter")).toBeVisible();
  await expect(engineStatus(page)).toContainText("CPU");
  await page.getByRole("button", { name: "Run the comparison" }).click();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible({ timeout: runTimeoutMs });
  await expect(page.getByText(/Model scope-2m-q4f16_1, runner cpu/)).toBeVisible();
  await expect(page.getByRole("figure", { name: "Causes of the difference" })).toBeVisible();
  expect(problems).toEqual([]);
  await page.close();
});

test("on an insecure origin the page says what is missing and how to get it", async ({ baseURL }) => {
  const page = await browser.newPage();
  // The server answers to local names alone.
  await page.route(`http://${insecureHost}:*/**`, async (route) => {
    const url = route.request().url().replace(insecureHost, "127.0.0.1");
    await route.fulfill({ response: await route.fetch({ url }) });
  });
  await page.goto((baseURL ?? "/").replace("127.0.0.1", insecureHost));
  await expect(page.getByText("browsers offer WebGPU on secure pages only")).toBeVisible();
  await expect(page.getByText(/Open the page over https/)).toBeVisible();
  await expect(engineStatus(page)).toContainText("CPU");
  await page.close();
});
