/** A headless browser on the built app, with the adapter that was asked for. */
import { chromium, type Browser, type Page } from "playwright";

import { startServer } from "../node/server.ts";
import { browserLaunch, type AdapterChoice } from "../scripts/browser.ts";

export interface AppPage {
  readonly page: Page;
  readonly adapter: AdapterChoice;
  close(): Promise<void>;
}

/**
 * Opens the app and waits for `window.inferscope`. Without a choice of adapter, the real one is
 * taken where the browser offers one, else the software adapter.
 */
export async function openApp(root: string, choice: AdapterChoice | null): Promise<AppPage> {
  const server = await startServer({ root, port: 0 });
  let browser: Browser | null = null;
  const close = async (): Promise<void> => {
    await browser?.close();
    await server.close();
  };
  const open = async (adapter: AdapterChoice): Promise<Page> => {
    browser = await chromium.launch({ ...(await browserLaunch(adapter)), headless: true });
    // axe wants a context that was made by itself.
    const context = await browser.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    // tsx wraps named functions in this helper, which functions sent to the page then look for.
    await page.addInitScript("globalThis.__name = (value) => value;");
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(server.url);
    try {
      await page.waitForFunction(() => "inferscope" in window, undefined, { timeout: 30_000 });
    } catch {
      throw new Error(`the app did not start: ${problems.join("; ") || "window.inferscope never appeared"}`);
    }
    return page;
  };
  try {
    if (choice !== null) return { page: await open(choice), adapter: choice, close };
    const page = await open("default");
    if (await hasRealAdapter(page)) return { page, adapter: "default", close };
    await page.context().browser()?.close();
    return { page: await open("swiftshader"), adapter: "swiftshader", close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A software adapter (SwiftShader, llvmpipe) does not count as real. */
function hasRealAdapter(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    interface Gpu {
      requestAdapter(): Promise<{
        info: { description: string; architecture: string; isFallbackAdapter?: boolean };
      } | null>;
    }
    const adapter = await (navigator as unknown as { gpu?: Gpu }).gpu?.requestAdapter();
    if (adapter == null) return false;
    const { description, architecture, isFallbackAdapter } = adapter.info;
    return isFallbackAdapter !== true && !/swiftshader|llvmpipe/i.test(`${description} ${architecture}`);
  });
}
