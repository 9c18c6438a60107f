/** A model folder whose template and pattern do not end: the real threads of the page. */
import { readFile } from "node:fs/promises";

import { chromium, expect, test, type Browser, type Page } from "@playwright/test";

import type { Inferscope } from "../protocol/index.ts";
import { browserLaunch } from "../scripts/browser.ts";
import { engineStatus, modelTimeoutMs } from "./app-fixture.ts";

type Json = Record<string, unknown>;

const folder = "public/models/scope-2m-q4f16_1";
const template =
  "{% for m in messages %}{% if m.content == 'loop' %}{% for i in range(1000000) %}{% for j in range(1000000) %}" +
  "{% endfor %}{% endfor %}{% endif %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}<|assistant|>";
const split = { type: "Split", pattern: { Regex: "(a+)+b|[^a]+" }, behavior: "Isolated", invert: false };
const changes: Readonly<Record<string, (json: Json) => Json>> = {
  "tokenizer_config.json": (json) => ({ ...json, chat_template: template }),
  "tokenizer.json": (json) => ({
    ...json,
    pre_tokenizer: { type: "Sequence", pretokenizers: [split, json["pre_tokenizer"]] },
  }),
};

let browser: Browser;
let page: Page;

test.beforeAll(async ({ baseURL }) => {
  browser = await chromium.launch(await browserLaunch("none"));
  const context = await browser.newContext({
    serviceWorkers: "block",
    ...(baseURL === undefined ? {} : { baseURL }),
  });
  page = await context.newPage();
  await page.route("**/models/foreign/**", async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    const change = changes[name];
    const bytes = await readFile(`${folder}/${name}`).catch(() => null);
    if (bytes === null) await route.fulfill({ status: 404 });
    else if (change === undefined) await route.fulfill({ body: bytes });
    else await route.fulfill({ json: change(JSON.parse(bytes.toString()) as Json) });
  });
  await page.goto("/#/playground");
  await expect(engineStatus(page)).toContainText("CPU", { timeout: modelTimeoutMs });
});
test.afterAll(() => browser.close());

test("a template and a pattern that do not end cost their requests; the model stays and answers", async () => {
  const told = await page.evaluate(async () => {
    const { inferscope } = window as unknown as { inferscope: Inferscope };
    const encodeMs = async () => {
      const startMs = performance.now();
      for (let round = 0; round < 100; round += 1) await inferscope.encode("Tell me of Anna.");
      return (performance.now() - startMs) / 100;
    };
    const here = await encodeMs();
    await inferscope.load({ url: "models/foreign/" }, { runner: "cpu" });
    const elsewhere = await encodeMs();
    const ask = async (content: string) => {
      const generation = inferscope.generate({
        messages: [{ role: "user", content }],
        sampling: { maxTokens: 4, ignoreEos: true },
      });
      return generation.result.then(
        ({ text, metrics }) => ({ text, numCached: metrics.numCachedTokens }),
        (error: unknown) => {
          const { kind, message } = error as { kind: string; message: string };
          return { kind, message };
        },
      );
    };
    const question = "Tell me about Anna, who likes hiking and tea.";
    const answers = [await ask(question)];
    for (const bad of ["loop", "a".repeat(60)]) answers.push(await ask(bad), await ask(question));
    const kindOfEncode = await inferscope
      .encode("a".repeat(60))
      .catch((error: unknown) => (error as { kind: string }).kind);
    const { model } = await inferscope.status();
    return { here, elsewhere, answers, kindOfEncode, model: model?.id };
  });
  console.log(
    `encode, a round trip: ${told.here.toFixed(2)} ms in the engine's thread, ${told.elsewhere.toFixed(2)} ms in a sandbox`,
  );
  const [first, loop, second, regex, third] = told.answers;
  const words = (answer: typeof loop) => (answer !== undefined && "kind" in answer ? answer : null);
  expect(words(loop)?.kind).toBe("bad-template");
  expect(words(loop)?.message).toContain("within 1 s");
  expect(words(regex)?.kind).toBe("bad-tokenizer");
  expect(words(regex)?.message).toContain("(a+)+b");
  expect(told.kindOfEncode).toBe("bad-tokenizer");
  expect(first).toMatchObject({ numCached: 0 });
  const text = "text" in first! ? first.text : "";
  for (const answer of [second, third]) {
    expect(answer).toMatchObject({ text });
    expect("numCached" in answer! ? answer.numCached : 0).toBeGreaterThan(0);
  }
  expect(told.model).toBe("foreign");
  await expect(page.getByRole("alert")).toBeHidden();
});
