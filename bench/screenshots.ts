/**
 * `npm run screenshots`: every view as it opens and after a run, in both themes, wide and narrow, as
 * PNG files to look at. Says what scrolls sideways and what axe finds on the way.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";

import { buildIfNeeded } from "./build.ts";
import { openApp } from "./page.ts";
import { fillers } from "./screenshot-fillers.ts";
import { command, say } from "./session.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const themes = ["light", "dark"] as const;
const widths = [1440, 390] as const;

const usage = `npm run screenshots [-- options]     every view, empty and filled, light and dark, wide and narrow

  --out DIR        folder of the files (test-results/screenshots)
  --only A,B       views, by the last part of their address
  --filled         only after a run
  --adapter A      default or swiftshader (swiftshader)`;

await command("screenshots", usage, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: "string", default: path.join(root, "test-results", "screenshots") },
      only: { type: "string" },
      filled: { type: "boolean", default: false },
      adapter: { type: "string", default: "swiftshader" },
    },
  });
  say(`app: ${await buildIfNeeded(root)}`);
  const adapter = values.adapter === "default" ? "default" : "swiftshader";
  const app = await openApp(path.join(root, "dist"), adapter);
  const { page } = app;
  page.setDefaultTimeout(300_000);
  mkdirSync(values.out, { recursive: true });
  try {
    await page.waitForFunction(() => window.inferscope.capabilities() !== null);
    const links = page.getByRole("navigation", { name: "Views" }).getByRole("link");
    const addresses = await links.evaluateAll((found) =>
      found.map((link) => link.getAttribute("href") ?? ""),
    );
    const views = addresses.map((address) => address.split("/").at(-1) ?? "");
    const wanted = values.only?.split(",") ?? views;
    const unknown = wanted.find((view) => !views.includes(view));
    if (unknown !== undefined)
      throw new Error(`there is no view "${unknown}", there are ${views.join(", ")}`);
    for (const view of values.filled ? [] : wanted) {
      await open(page, view);
      await shoot(page, path.join(values.out, `${view}-empty`));
    }
    for (const view of wanted) {
      await open(page, view);
      await fillers[view]?.(page, (name) => shoot(page, path.join(values.out, `${view}-${name}`)));
    }
  } finally {
    await app.close();
  }
});

async function open(page: Page, view: string): Promise<void> {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.evaluate((to) => (location.hash = `#/${to}`), view);
  await page.getByRole("heading", { level: 1 }).waitFor();
}

/** Four files, and a line for each thing that is wrong. */
async function shoot(page: Page, file: string): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      // Charts follow the new width some frames later.
      await page.waitForTimeout(400);
      await page.screenshot({ path: `${file}-${colorScheme}-${width}.png`, fullPage: true });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflow > 0) say(`${path.basename(file)}, ${width} px: scrolls sideways by ${overflow} px`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa"]).analyze();
    for (const { id, impact, nodes } of violations) {
      say(
        `${path.basename(file)}, ${colorScheme}: ${id} (${String(impact)}): ${nodes.map(({ html }) => html).join(" ")}`,
      );
    }
  }
  say(file);
}
