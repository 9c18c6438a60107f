/** A hundred texts that are code wherever a text is taken for something else, on each surface that shows foreign text. */
import { readFile } from "node:fs/promises";

import { expect, test as base, type Page } from "@playwright/test";

import { xssHost, xssPayloads } from "../app/lab/testing/xss-payloads.ts";
import { copyOf } from "../app/lab/workloads/own/starter.ts";
import { userAnalysis } from "../app/lab/workloads/built-in/user-analysis.ts";
import { engineStatus, openView, test as appTest } from "./app-fixture.ts";

const file = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
base.describe.configure({ timeout: 240_000 });

/** As a text field and a line of a file hold it. */
const oneLine = xssPayloads.map((payload) => payload.replaceAll(/[\r\n]/g, " "));
const payload = (index: number): string => oneLine[index % oneLine.length] ?? "";

interface Watching {
  /** What a payload made of the page since the watching began, also what was there for a moment only. */
  readonly injected: string[];
}

/** Notes elements, handlers and addresses that the app never writes. */
function watchDocument(host: string): void {
  const injected: string[] = [];
  const tags = new Set(
    "iframe,object,embed,video,audio,source,base,marquee,portal,track,applet,isindex,keygen,math,template,x,custom-element,animate,image,use,img,font,script,style,link,meta".split(
      ",",
    ),
  );
  const address = /^(?:href|src|srcdoc|data|action|formaction|background|ping|style|xlink:href)$/;
  const look = (element: Element) => {
    // The app's own chunks and their styles are in the head.
    if (!document.body.contains(element)) return;
    if (tags.has(element.localName)) injected.push(element.outerHTML.slice(0, 200));
    for (const { name, value } of element.attributes) {
      const isHostile = address.test(name) && (value.includes(host) || /xss|javascript:/i.test(value));
      if (name.startsWith("on") || isHostile) {
        injected.push(`${element.localName} ${name}=${value.slice(0, 100)}`);
      }
    }
  };
  const observer = new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      if (target instanceof Element) look(target);
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        look(node);
        node.querySelectorAll("*").forEach(look);
      }
    }
  });
  observer.observe(document.documentElement, { subtree: true, childList: true, attributes: true });
  Object.assign(window, { watching: { injected } satisfies Watching });
}

async function injected(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => [
    ...(window as unknown as { watching: Watching }).watching.injected,
    ...("xss" in window ? ["a script ran"] : []),
  ]);
}

/** Requests to the payloads' host, and what the policy had to stop. */
function leaks(page: Page): string[] {
  const found: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).hostname.endsWith(xssHost)) found.push(request.url());
  });
  page.on("console", (message) => {
    if (/Content.Security.Policy|violates/i.test(message.text())) found.push(message.text());
  });
  page.on("dialog", (dialog) => {
    found.push(dialog.message());
    void dialog.dismiss();
  });
  return found;
}

/** How many of the payloads stand on the page as they are, in text or in what fields hold. */
const shown = (page: Page) =>
  page.evaluate((payloads) => {
    const fields = [...document.querySelectorAll<HTMLInputElement>("input, textarea")].map(
      ({ value }) => value,
    );
    const labels = [...document.querySelectorAll("[aria-label],[title]")].map(
      (element) => `${element.getAttribute("aria-label") ?? ""} ${element.getAttribute("title") ?? ""}`,
    );
    const whole = [document.body.textContent, ...fields, ...labels].join("\n").replaceAll(/\s+/g, " ");
    return payloads.filter((text) => whole.includes(text.replaceAll(/\s+/g, " ").trim())).length;
  }, oneLine);

base.describe("on a page without a model", () => {
  const address = "http://localhost:8000";
  base.beforeEach(async ({ page }) => {
    await page.route("**/models/scope-2m-*/**", (route) => route.abort());
    // What is there before a text of somebody else's is the app's.
    await page.goto("/#/models");
    await expect(page.getByRole("alert").first()).toBeVisible();
    await page.evaluate(watchDocument, xssHost);
  });

  base("rows, column heads, plans and calls of a workload", async ({ page }) => {
    const found = leaks(page);
    await openView(page, "Plans");
    const copy = copyOf(userAnalysis, ["naive-chain", "structured"], "own-xss");
    const columns = oneLine.slice(0, 12);
    const rows = oneLine.map((_, line) => ({
      line: line + 1,
      values: Object.fromEntries(columns.map((column, index) => [column, payload(line + index)])),
    }));
    const plans = copy.plans.flatMap((plan) =>
      Array.from({ length: 15 }, (_, index) => ({
        ...plan,
        id: `${plan.id}-${index}`,
        title: payload(index),
        description: payload(index + 30),
        calls: plan.calls.map((call) => ({ ...call, system: oneLine.join("\n"), user: payload(index) })),
      })),
    );
    const problems = oneLine.map((reason, index) => ({ line: index + 1, reason }));
    const workload = {
      ...copy,
      title: payload(7),
      plans,
      table: { source: payload(8), columns, rows, problems },
    };
    await page.getByLabel("Workload files").setInputFiles(file("w.json", JSON.stringify(workload)));
    await expect(page.getByText("100 good rows of")).toBeVisible();
    expect(await shown(page)).toBe(oneLine.length);
    expect(await injected(page)).toEqual([]);

    // A hundred column heads, by a CSV file.
    const quoted = oneLine.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
    await page
      .getByLabel("Drop a CSV or JSON file of rows here, or choose one")
      .setInputFiles(file(`${payload(3).replaceAll("/", "")}.csv`, `${quoted}\n${quoted}\n`));
    await expect(page.getByText("1 good rows of")).toBeVisible();
    expect(await shown(page)).toBe(oneLine.length);
    expect(await injected(page)).toEqual([]);
    expect(found).toEqual([]);
  });

  base("a foreign report, and broken files", async ({ page }) => {
    const found = leaks(page);
    const recorded = JSON.parse(
      await readFile("public/traces/compare-user-analysis.json", "utf8"),
    ) as unknown;
    // Every text that the reader lets be anything.
    const kept =
      /^(?:kind|finishReason|cache|role|metric|id|planId|plan|from|to|fromPlan|toPlan|callId|date)$/;
    let index = 0;
    const foreign = (value: unknown, key: string): unknown => {
      if (typeof value === "string") return kept.test(key) ? value : payload(index++);
      if (Array.isArray(value))
        return key === "plans" && typeof value[0] === "string"
          ? value
          : value.map((item) => foreign(item, key));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, foreign(inner, name)]));
    };
    await openView(page, "Reports");
    const files = page.getByLabel("Report files");
    const text = JSON.stringify(foreign(recorded, ""));
    await files.setInputFiles([file("a.json", text), file("b.json", text)]);
    const open = page.getByRole("button", { name: /^Open / });
    await expect(open).toHaveCount(2);
    await open.first().click();
    await expect(page.getByRole("region", { name: "Plans", exact: true })).toBeVisible();
    await page
      .getByRole("button", { name: /^Baseline: / })
      .last()
      .click();
    await expect(page.getByRole("region", { name: "Differences from the baseline" })).toBeVisible();
    expect(await injected(page)).toEqual([]);

    await files.setInputFiles(
      oneLine.map((broken, number) =>
        file(`${number} ${broken}.json`, number % 2 === 0 ? broken : JSON.stringify({ kind: broken })),
      ),
    );
    await expect(page.getByRole("alert").filter({ hasText: /^99 / })).toBeVisible();
    expect(await injected(page)).toEqual([]);

    expect(found).toEqual([]);
  });

  base("share links and addresses", async ({ page }) => {
    const found = leaks(page);
    const shared = (workload: string) =>
      Buffer.from(JSON.stringify({ version: 1, experiment: "compare", workload })).toString("base64url");
    const fragments = [
      ...oneLine.map((hostile) => `#/reports/shared/${encodeURIComponent(hostile)}`),
      ...oneLine.map((hostile) => `#/reports/shared/${shared(hostile)}`),
      ...oneLine.map((hostile) => `#/plans/${encodeURIComponent(hostile)}`),
      ...oneLine.map((hostile) => `#/${hostile}`),
    ];
    for (let at = 0; at < fragments.length; at += 50) {
      await page.evaluate(
        async (some) => {
          for (const fragment of some) {
            window.location.hash = fragment;
            // The view is drawn in the event that this sends.
            await new Promise((resolve) => window.addEventListener("hashchange", resolve, { once: true }));
          }
        },
        fragments.slice(at, at + 50),
      );
      expect(await injected(page)).toEqual([]);
    }
    await page.goto(
      `/?workload=${encodeURIComponent(payload(1))}&from=${encodeURIComponent(payload(2))}#/compare`,
    );
    await page.evaluate(watchDocument, xssHost);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    expect(await injected(page)).toEqual([]);
    expect(found).toEqual([]);
  });

  base("a log of requests, and a prompt that is pasted", async ({ page }) => {
    const found = leaks(page);
    await openView(page, "Planner");
    const good = oneLine.map((text) =>
      JSON.stringify({
        model: text,
        messages: [{ role: text, content: `${text} ${text}` }],
        tools: [{ name: text }],
      }),
    );
    await page
      .getByLabel("Drop a JSONL file of requests here, or choose one")
      .setInputFiles(file(`${payload(1).replaceAll("/", "")}.jsonl`, [...good, ...oneLine].join("\n")));
    await expect(page.getByText(/100 requests to 100 models/)).toBeVisible();
    for (const summary of await page.locator("main summary").all()) await summary.click();
    expect(await injected(page)).toEqual([]);

    await openView(page, "Tokens");
    for (const name of ["System message", "Examples", "Input"]) {
      await page.getByRole("textbox", { name, exact: true }).fill(oneLine.join("\n"));
    }
    await expect(page.getByText(/tokens/).first()).toBeVisible();
    expect(await shown(page)).toBe(oneLine.length);
    expect(await injected(page)).toEqual([]);
    expect(found).toEqual([]);
  });

  base("a server: its models, its words, its errors", async ({ page }) => {
    const found = leaks(page);
    const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
    let isRefusing = false;
    await page.route(`${address}/**`, async (route) => {
      const request = route.request();
      if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers });
      if (request.url().endsWith("/models")) {
        return route.fulfill({ headers, json: { data: oneLine.map((id) => ({ id, owned_by: id })) } });
      }
      if (isRefusing) {
        return route.fulfill({
          status: 400,
          headers,
          json: { error: { message: oneLine.join(" "), type: payload(1) } },
        });
      }
      const pieces = xssPayloads.map((content) => ({ choices: [{ index: 0, delta: { content } }] }));
      const end = {
        choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
        usage: { prompt_tokens: 9, completion_tokens: 100 },
      };
      const body = [...pieces, end].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
      return route.fulfill({
        headers: { ...headers, "content-type": "text/event-stream" },
        body: `${body}data: [DONE]\n\n`,
      });
    });
    await openView(page, "Models");
    await page.getByRole("tab", { name: "Server" }).click();
    await page.getByRole("textbox", { name: "Address" }).fill(address);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    const offered = page.getByRole("list", { name: "Models of the server" });
    await expect(offered.getByRole("listitem")).toHaveCount(oneLine.length);
    expect(await shown(page)).toBe(oneLine.length);
    expect(await injected(page)).toEqual([]);
    await offered.getByRole("button").nth(2).click();
    await expect(engineStatus(page)).toContainText("openai");
    expect(await injected(page)).toEqual([]);

    await openView(page, "Playground");
    await page.getByRole("textbox", { name: "Message" }).fill(oneLine.join("\n"));
    await page.getByRole("button", { name: "Send" }).click();
    await expect(page.getByText(/n = 100/).first()).toBeVisible();
    expect(await shown(page)).toBe(oneLine.length);
    for (const token of (await page.locator("[data-index]").all()).slice(0, 5)) await token.hover();
    expect(await injected(page)).toEqual([]);
    isRefusing = true;
    await page.getByRole("textbox", { name: "Message" }).fill("again");
    await page.getByRole("button", { name: "Send" }).click();
    await expect(
      page
        .getByRole("main")
        .getByRole("alert")
        .filter({ hasText: payload(0) }),
    ).toBeVisible();
    expect(await injected(page)).toEqual([]);

    // Names and addresses of models, as a script or a link gives them.
    const errors = await page.evaluate(
      (all) =>
        Promise.all(
          all
            .flatMap((text) => [{ id: text }, { url: text }])
            .map((source) =>
              window.inferscope.load(source, { backend: "paged" }).then(
                () => "loaded",
                (error: unknown) => (error as { kind?: string }).kind ?? "none",
              ),
            ),
        ),
      oneLine.slice(0, 20),
    );
    expect(errors).not.toContain("loaded");
    for (const name of ["Models", "Diagnostics", "Compare"]) {
      await openView(page, name);
      expect(await injected(page)).toEqual([]);
    }
    expect(found).toEqual([]);
  });
});

appTest(
  "prompts in our engine: the cache's tree, the trace, the token strips",
  async ({ app: { page, problems } }) => {
    const found = leaks(page);
    await page.evaluate(watchDocument, xssHost);
    await page.evaluate(async (prompts) => {
      const sampling = { maxTokens: 1, ignoreEos: true };
      await Promise.all(prompts.map((prompt) => window.inferscope.generate({ prompt, sampling }).result));
    }, xssPayloads);
    for (const name of ["Cache", "Trace"]) {
      await openView(page, name);
      expect(await injected(page)).toEqual([]);
    }
    await openView(page, "Playground");
    await page.getByRole("textbox", { name: "Message" }).fill(oneLine.slice(0, 8).join("\n"));
    await page.getByRole("button", { name: "Send" }).click();
    await expect(page.getByText(/n = \d+ tokens/).first()).toBeVisible();
    for (const name of ["Playground", "Cache", "Trace"]) {
      await openView(page, name);
      for (const node of (await page.locator("main [data-index], main svg [tabindex]").all()).slice(0, 10)) {
        if (await node.isVisible()) await node.hover({ force: true });
      }
      expect(await injected(page)).toEqual([]);
    }
    expect(found).toEqual([]);
    expect(problems.filter((problem) => problem.includes(xssHost))).toEqual([]);
  },
);
