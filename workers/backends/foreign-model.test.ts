/** A model whose template and patterns are foreign, in the whole engine: what does not end costs its request alone. */
import { afterEach, describe, expect, it } from "vitest";

import type { LoadParams, Prompt } from "../../protocol/index.ts";
import { finished, request, run } from "./contract/requests.ts";
import { PagedBackend } from "./paged.ts";
import { readFolder } from "../testing/disk.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { nodeSandbox } from "../testing/node-sandbox.ts";

const id = "scope-2m-q4f16_1";
const params: LoadParams = { source: { id }, backend: "paged", runner: "cpu", policy: {} };

type Json = Record<string, unknown>;

/** The embedded model with other files in front of the same weights. */
function create(change: { template?: string; Regex?: string }, isSandboxed = true) {
  const files = readFolder(`public/models/${id}`);
  const edit = (name: string, own: (json: Json) => Json) => {
    const json = JSON.parse(new TextDecoder().decode(files.get(name))) as Json;
    files.set(name, new TextEncoder().encode(JSON.stringify(own(json))));
  };
  const { template, Regex } = change;
  if (template !== undefined) edit("tokenizer_config.json", (json) => ({ ...json, chat_template: template }));
  if (Regex !== undefined) {
    const split = { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false };
    edit("tokenizer.json", (json) => ({
      ...json,
      pre_tokenizer: { type: "Sequence", pretokenizers: [split, json["pre_tokenizer"]] },
    }));
  }
  const { spawn, counts } = nodeSandbox();
  const backend = new PagedBackend({
    gpu: undefined,
    baseUrl: "http://localhost/",
    onDeviceLost: () => undefined,
    openSource: () => new MemorySource(files, { id }),
    ...(isSandboxed ? { spawnSandbox: spawn } : {}),
  });
  return { backend, counts };
}

const load = (backend: PagedBackend, signal = new AbortController().signal) =>
  backend.load(params, () => undefined, signal);
const chat = (content: string): Prompt => ({ type: "messages", messages: [{ role: "user", content }] });
const template =
  "{% for message in messages %}{{ '<|' + message.role + '|>' + message.content + '<|end|>' }}{% endfor %}{{ '<|assistant|>' | trim }}";
const looping = `{% for m in messages %}{% if m.content == 'loop' %}{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}{% endif %}{% endfor %}${template}`;
const story = "Tell me about Anna, who likes hiking and tea, and of her last holiday in the mountains.";

let backend: PagedBackend;
afterEach(() => backend.unload());

describe("a model with foreign code", () => {
  it("answers as it does without a sandbox, at once and held to a schema", async () => {
    const answers = [];
    for (const isSandboxed of [true, false]) {
      ({ backend } = create({ template, Regex: "\\s+|\\S+" }, isSandboxed));
      await load(backend);
      const schema = { type: "object", properties: { a: { enum: ["x"] } }, required: ["a"] };
      const free = finished(await run(backend, request(chat(story), { maxTokens: 12 })));
      const held = { ...request(chat(story)), responseFormat: { type: "json_schema", schema } as const };
      answers.push([free.choices, finished(await run(backend, held)).choices]);
      await backend.unload();
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  it.each([
    ["template", { template: looping }, "loop", "bad-template"],
    ["pattern", { Regex: "(a+)+b|[^a]+" }, "a".repeat(60), "bad-tokenizer"],
  ] as const)(
    "a %s that does not end costs its request, and neither model nor cache",
    async (_, change, bad, kind) => {
      const made = create(change);
      ({ backend } = made);
      await load(backend);
      const before = finished(await run(backend, request(chat(story))));
      const [ended, beside] = await Promise.all([
        run(backend, request(chat(bad))),
        run(backend, request({ type: "tokens", tokenIds: [9, 10, 11] })),
      ]);
      expect(ended.terminal).toMatchObject({ type: "failed", error: { kind }, choices: [] });
      finished(beside);
      await expect(backend.applyTemplate(chat(bad))).rejects.toMatchObject({ kind });
      const after = finished(await run(backend, request(chat(story))));
      expect(after.choices).toEqual(before.choices);
      expect(after.metrics.numCachedTokens).toBeGreaterThan(0);
      expect(made.counts).toEqual({ made: 3, ended: 2 });
    },
  );

  it("ends a request that waits for its template, by an abort and by an unload", async () => {
    ({ backend } = create({ template: looping }));
    await load(backend);
    const aborted = request(chat("loop"));
    const running = run(backend, aborted);
    backend.abort(aborted.id);
    expect(finished(await running)).toMatchObject({
      choices: [{ finishReason: "abort", text: "" }],
      metrics: { numPromptTokens: null, ttftMs: null },
    });
    const unloaded = run(backend, request(chat("loop")));
    await backend.unload();
    expect(finished(await unloaded).choices[0]).toMatchObject({ finishReason: "abort" });
    await load(backend);
    finished(await run(backend, request(chat(story))));
  });

  it("is not loaded with a template that cannot be read, and leaves no thread", async () => {
    const made = create({ template: "{% for %}{{ x | y }}" });
    ({ backend } = made);
    await expect(load(backend)).rejects.toMatchObject({ kind: "bad-template" });
    expect(made.counts).toEqual({ made: 1, ended: 1 });
    const cancelled = create({ template });
    const controller = new AbortController();
    const loading = load(cancelled.backend, controller.signal);
    setTimeout(() => controller.abort(), 150);
    await expect(loading).rejects.toBeDefined();
    expect(cancelled.counts.made).toBe(cancelled.counts.ended);
  });
});
