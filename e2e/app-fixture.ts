/**
 * One page for the tests of a file, which may go on where the one before ended: the embedded model
 * loads once for them. Each file begins with a fresh profile, and with nothing that another one chose.
 */
import {
  expect,
  test as base,
  type Browser,
  type Page,
  type PlaywrightTestOptions,
  type Request,
} from "@playwright/test";

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
  /** The file's page with no problem noted yet, at its usual size and in its usual theme. */
  readonly app: App;
}

interface WorkerFixtures {
  readonly appOfFile: (file: string) => Promise<App>;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  appOfFile: [
    async ({ browser }, use, { project }) => {
      const opened = new Map<string, App>();
      const closeAll = async () => {
        for (const { page } of opened.values()) await page.context().close();
        opened.clear();
      };
      await use(async (file) => {
        const known = opened.get(file);
        if (known !== undefined) return known;
        await closeAll();
        const app = await openApp(browser, project.use);
        opened.set(file, app);
        return app;
      });
      await closeAll();
    },
    { scope: "worker" },
  ],
  app: [
    async ({ appOfFile }, use, { file, project }) => {
      const app = await appOfFile(file);
      const { page } = app;
      await page.emulateMedia({ colorScheme: null });
      if (project.use.viewport != null) await page.setViewportSize(project.use.viewport);
      app.problems.length = 0;
      await use(app);
    },
    { timeout: 2 * modelTimeoutMs },
  ],
});

async function openApp(
  browser: Browser,
  { baseURL, viewport }: Partial<Pick<PlaywrightTestOptions, "baseURL" | "viewport">>,
): Promise<App> {
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
  return { page, problems, firstScripts: [...scripts] };
}

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
