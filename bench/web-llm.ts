/** `npm run test:web-llm`: what every engine must do, checked for WebLLM with a model of one's choice. */
import path from "node:path";
import { fileURLToPath } from "node:url";

import type { ContractEvent, ContractRun } from "../protocol/index.ts";
import { buildIfNeeded } from "./build.ts";
import { openApp } from "./page.ts";
import { command, ownLoad, say, write } from "./session.ts";
import { parseWebLlmArguments, webLlmUsage, type WebLlmArguments } from "./web-llm-arguments.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

async function testWebLlm({ source, json }: WebLlmArguments): Promise<void> {
  say(`app: ${await buildIfNeeded(root)}`);
  const app = await openApp(path.join(root, "dist"), null);
  const { page } = app;
  try {
    say(`browser adapter: ${app.adapter}`);
    await page.exposeFunction("labProgress", say);
    await ownLoad(page);
    const report = (await page.evaluate(
      (given) =>
        window.inferscope.run("contract", {
          source: given,
          backend: "web-llm",
          onEvent: (event: ContractEvent) => {
            if (event.type === "check")
              void window.labProgress(`${event.done + 1} of ${event.total}: ${event.name}`);
          },
        }),
      source,
    )) as ContractRun;
    for (const { name, status, detail, ms } of report.checks) {
      console.log(`${status.padEnd(5)} ${name}  ${ms.toFixed(0)} ms  ${detail}`);
    }
    const count = (wanted: string) => report.checks.filter(({ status }) => status === wanted).length;
    console.log(`${count("pass")} passed, ${report.numFailed} failed, ${count("skip")} skipped`);
    if (json !== null) write(json, `${JSON.stringify(report, null, 1)}\n`);
    if (report.numFailed > 0) process.exitCode = report.model === null ? 2 : 1;
  } finally {
    await app.close();
  }
}

await command("test:web-llm", webLlmUsage, (args) => testWebLlm(parseWebLlmArguments(args)));
