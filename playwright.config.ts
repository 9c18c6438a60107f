import { defineConfig } from "@playwright/test";

import { browserLaunch } from "./scripts/browser.ts";

const port = Number(process.env["INFERSCOPE_E2E_PORT"] ?? 4183);
const { channel, ...launch } = await browserLaunch("swiftshader");

export default defineConfig({
  testDir: "e2e",
  timeout: 120_000,
  expect: { timeout: 60_000 },
  workers: 1,
  fullyParallel: false,
  reporter: [["list"], ["json", { outputFile: "test-results/e2e.json" }]],
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    ...(channel === undefined ? {} : { channel }),
    launchOptions: launch,
    // Tests see the build as it is now; what the service worker keeps is offline.spec.ts's matter.
    serviceWorkers: "block",
    viewport: { width: 1440, height: 900 },
  },
  webServer: {
    command: `npx tsx node/server.ts --port ${port}`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: true,
  },
});
