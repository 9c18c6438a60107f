/** One page for all tests that only look at the app: the embedded model loads once a test run. */
import { expect, test as base, type Page, type Request } from "@playwright/test";

export interface App {
  readonly page: Page;
  /** Console errors, uncaught errors, failed and refused requests since the test began. */
  readonly problems: string[];
  /** Addresses of the scripts that were loaded until the model was ready, the worker's included. */
  readonly firstScripts: readonly string[];
}

/** A software adapter on a busy machine takes long to compile and check its kernels. */
export const modelTimeoutMs = 180_000;

interface TestFixtures {
  /** The shared page with no problem noted yet. */
  readonly app: App;
}

interface WorkerFixtures {
  readonly sharedApp: App;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  sharedApp: [
    async ({ browser }, use, { project }) => {
      const { baseURL, viewport } = project.use;
      const context = await browser.newContext({
        serviceWorkers: "block",
        ...(baseURL === undefined ? {} : { baseURL }),
        ...(viewport === undefined ? {} : { viewport }),
      });
      const page = await context.newPage();
      const problems = watchProblems(page);
      const scripts = new Set<string>();
      const noteScript = (request: Request) => {
        if (new URL(request.url()).pathname.endsWith(".js")) scripts.add(request.url());
      };
      page.on("request", noteScript);
      await page.goto("/");
      await expect(engineStatus(page)).toContainText("paged", { timeout: modelTimeoutMs });
      page.off("request", noteScript);
      await use({ page, problems, firstScripts: [...scripts] });
      await context.close();
    },
    { scope: "worker", timeout: 2 * modelTimeoutMs },
  ],
  app: async ({ sharedApp }, use) => {
    sharedApp.problems.length = 0;
    await use(sharedApp);
  },
});

/** The status bar; it names the engine once a model is ready. */
export const engineStatus = (page: Page) => page.getByRole("status", { name: "Engine status" });

/** Goes to a view without a reload, so that the model stays loaded. */
export async function openView(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

export function watchProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("requestfailed", (request) => problems.push(`request failed: ${request.url()}`));
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  return problems;
}
