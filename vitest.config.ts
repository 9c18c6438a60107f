import react from "@vitejs/plugin-react";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

import { browserLaunch } from "./scripts/browser.ts";
import type { RunLength } from "./workers/testing/soak.ts";

export default defineConfig(async () => {
  // The software adapter: right results everywhere, no timing worth a word.
  const launch = await browserLaunch("swiftshader");
  // Vitest writes the project's name into it: one each.
  const browser = () => ({
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider: playwright({ launchOptions: launch }),
    instances: [{ browser: "chromium" as const }],
  });
  return {
    test: {
      // Finding and bundling the dependencies for the first time takes a busy machine minutes.
      browser: { enabled: false, connectTimeout: 600_000 },
      provide: { runLength: runLength() },
      projects: [
        {
          test: {
            name: "unit",
            environment: "node",
            include: ["{app,workers,protocol,node,bench,scripts}/**/*.test.{ts,tsx}"],
            exclude: ["**/*.gpu.test.ts", "**/*.ui.test.tsx", "**/node_modules/**"],
            testTimeout: 60_000,
            // Style sheets are stubbed unless named; the contrast of the tokens is tested.
            css: { include: [/tokens\.css/] },
            // A UMD script that calls itself an ES module: Node alone cannot import it.
            server: { deps: { inline: ["@mlc-ai/web-xgrammar"] } },
          },
        },
        {
          // Found during a run, they would reload the page in the middle of a test.
          optimizeDeps: {
            include: [
              "@huggingface/jinja",
              "@huggingface/tokenizers",
              "@mlc-ai/web-xgrammar",
              "hash-wasm",
              "zod",
            ],
          },
          test: {
            name: "gpu",
            include: ["workers/**/*.gpu.test.ts"],
            testTimeout: 120_000,
            fileParallelism: false,
            browser: browser(),
          },
        },
        {
          plugins: [react()],
          optimizeDeps: {
            include: [
              "@base-ui/react/dialog",
              "@base-ui/react/tabs",
              "@base-ui/react/tooltip",
              "axe-core",
              "lucide-react",
              "react",
              "react-dom",
              "react-dom/client",
              "react/jsx-dev-runtime",
              "recharts",
              "vitest-browser-react",
              "wouter",
              "wouter/memory-location",
            ],
          },
          test: {
            name: "ui",
            include: ["app/**/*.ui.test.tsx"],
            testTimeout: 60_000,
            // Times and layouts of one page do not mix with those of another.
            fileParallelism: false,
            browser: { ...browser(), viewport: { width: 1000, height: 800 } },
          },
        },
      ],
    },
  };
});

/** Longer where `npm run soak` asks for it. */
function runLength(): RunLength {
  if (process.env["INFERSCOPE_SOAK"] !== "1") return { kind: "ci" };
  const minutes = process.env["INFERSCOPE_SOAK_MINUTES"];
  return { kind: "soak", minutes: minutes === undefined ? null : Number(minutes) };
}
