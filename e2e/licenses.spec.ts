/** Whatever package is in the build, its licence is too. The source maps are a list that the build's own is not made from. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "@playwright/test";

import { test } from "./app-fixture.ts";

const files = readdirSync("dist", { recursive: true, encoding: "utf8" });

function bundledPackages(): readonly string[] {
  const names = new Set<string>();
  for (const file of files.filter((name) => name.endsWith(".map"))) {
    const { sources } = JSON.parse(readFileSync(path.join("dist", file), "utf8")) as { sources: string[] };
    for (const source of sources) {
      const match = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source);
      if (match?.[1] !== undefined) names.add(match[1]);
    }
  }
  return [...names];
}

test("every bundled package has its licence in licenses.txt, which Help links to", async ({
  app: { page },
}) => {
  const response = await page.request.get("/licenses.txt");
  expect(response.headers()["content-type"]).toBe("text/plain; charset=utf-8");
  const text = await response.text();
  const names = bundledPackages();
  expect(names.length).toBeGreaterThan(30);
  // The service worker and the style sheets have no map.
  const withoutMap = [
    "workbox-core",
    "workbox-precaching",
    "@fontsource-variable/inter",
    "@fontsource-variable/jetbrains-mono",
  ];
  expect(files.some((name) => /inter-.*woff2$/.test(name))).toBe(true);
  const lacking = [...names, ...withoutMap].filter((name) => !text.includes(`\n${name} `));
  expect(lacking).toEqual([]);
  for (const words of ["picojson", "SIL OPEN FONT LICENSE", "scope-2m", "Apache License"]) {
    expect(text).toContain(words);
  }
  await page.getByRole("button", { name: "Help" }).click();
  await expect(page.getByRole("link", { name: /Licences/ })).toHaveAttribute("href", "./licenses.txt");
  await page.keyboard.press("Escape");
});
