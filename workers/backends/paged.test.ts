import { afterEach, describe, expect, it } from "vitest";

import type { LoadParams, ResponseFormat, SamplingParams, SubmittedRequest } from "../../protocol/index.ts";
import { readFolder } from "../testing/disk.ts";
import { MemorySource, type Files } from "../testing/memory-source.ts";
import { changeJson } from "../testing/random-model.ts";
import { finished, request, run } from "./contract/requests.ts";
import { PagedBackend } from "./paged.ts";
import { contract } from "./testing/contract.ts";

const id = "scope-2m-q4f16_1";
const files: Files = readFolder(`public/models/${id}`);
const params: LoadParams = { source: { id }, backend: "paged", runner: "cpu", policy: {} };

const create = (from: Files = files) =>
  new PagedBackend({
    gpu: undefined,
    baseUrl: "http://localhost/",
    onDeviceLost: () => undefined,
    openSource: () => new MemorySource(from, { id }),
  });
const load = (backend: PagedBackend, change: Partial<LoadParams> = {}) =>
  backend.load({ ...params, ...change }, () => undefined, new AbortController().signal);

contract("paged on the CPU", () => ({ backend: create(), params }), ["refuses what it says that it lacks"]);

describe("PagedBackend", () => {
  let backend: PagedBackend;
  afterEach(() => backend.unload());

  it("serves a shared prefix from the cache with the same tokens", async () => {
    backend = create();
    await load(backend);
    const tokenIds = Array.from({ length: 50 }, (_, i) => 40 + ((i * 7) % 300));
    const prompt = { type: "tokens", tokenIds } as const;
    const first = finished(await run(backend, request(prompt)));
    const second = finished(await run(backend, request(prompt)));
    expect(first.metrics.numCachedTokens).toBe(0);
    expect(second.metrics.numCachedTokens).toBe(48);
    expect(second.choices[0]!.tokenIds).toEqual(first.choices[0]!.tokenIds);
    const { kv } = backend.snapshot()!;
    expect(kv.free + kv.cached + kv.used).toBe(kv.total);
    expect(kv.used).toBe(0);
  });

  it("says that there is no WebGPU before it downloads anything", async () => {
    backend = create();
    await expect(load(backend, { runner: "gpu" })).rejects.toMatchObject({ kind: "no-webgpu" });
  });

  it.each([
    ["missing-tokenizer", (broken: Map<string, Uint8Array<ArrayBuffer>>) => broken.delete("tokenizer.json")],
    ["bad-config", (broken) => broken.delete("mlc-chat-config.json")],
    ["bad-config", (broken) => broken.set("mlc-chat-config.json", new TextEncoder().encode("{"))],
    ["bad-manifest", (broken) => broken.delete("tensor-cache.json")],
    [
      "truncated-shard",
      (broken) => broken.set("params_shard_0.bin", broken.get("params_shard_0.bin")!.slice(0, -1)),
    ],
    [
      "corrupt-shard",
      (broken) => {
        const bytes = broken.get("params_shard_0.bin")!.slice();
        bytes[1000]! ^= 1;
        broken.set("params_shard_0.bin", bytes);
      },
    ],
  ] as [string, (broken: Map<string, Uint8Array<ArrayBuffer>>) => void][])(
    "refuses a broken folder with %s, and loads the next",
    async (kind, breakIt) => {
      const broken = new Map(files);
      breakIt(broken);
      let current: Files = broken;
      backend = new PagedBackend({
        gpu: undefined,
        baseUrl: "http://localhost/",
        onDeviceLost: () => undefined,
        openSource: () => new MemorySource(current, { id }),
      });
      await expect(load(backend)).rejects.toMatchObject({ kind });
      expect(backend.status().model).toBeNull();
      current = files;
      expect((await load(backend)).model.id).toBe(id);
    },
  );

  it("loads a tokenizer with added tokens that the model lacks, and refuses prompts with them", async () => {
    const extra = { id: 1280, content: "<pad>", special: true };
    const added = changeJson(new Map(files), "tokenizer.json", (json: { added_tokens: object[] }) => ({
      ...json,
      added_tokens: [...json.added_tokens, extra],
    }));
    backend = create(added);
    await load(backend);
    const answer = finished(await run(backend, request({ type: "text", text: "hiking" })));
    expect(answer.choices[0]!.tokenIds.length).toBeGreaterThan(0);
    expect(() => backend.submit(request({ type: "text", text: "a<pad>" }), () => undefined)).toThrow(
      expect.objectContaining({ kind: "invalid-request" }) as unknown,
    );
  });

  const structured = (
    sampling: Partial<SamplingParams>,
    responseFormat: ResponseFormat,
  ): SubmittedRequest => ({
    ...request({ type: "messages", messages: [{ role: "user", content: "Who are you?" }] }, sampling),
    responseFormat,
  });
  const inEnum = (...values: unknown[]): ResponseFormat => ({
    type: "json_schema",
    schema: { type: "object", properties: { a: { enum: values } }, required: ["a"] },
  });

  it("answers by the schema, hot or cold, all samples, and tells what it cost", async () => {
    backend = create();
    await load(backend);
    for (const temperature of [0, 1, 2]) {
      const asked = structured({ temperature, n: 3, maxTokens: 64 }, inEnum("red", 12, null));
      const { choices, metrics } = finished(await run(backend, asked));
      for (const { text, finishReason } of choices) {
        expect(finishReason).toBe("stop");
        expect(['{"a": "red"}', '{"a": 12}', '{"a": null}']).toContain(text);
      }
      expect(metrics.constraint?.numMasks).toBe(metrics.numOutputTokens);
      expect(metrics.queueTimeMs).toBeGreaterThanOrEqual(metrics.constraint!.compileMs);
    }
    const any = finished(
      await run(backend, structured({ temperature: 1, maxTokens: 40 }, { type: "json_object" })),
    );
    expect(any.choices[0]!.text).toMatch(/^\{/);
  });

  it("ends a request that waits for its grammar, by an abort and by an unload", async () => {
    backend = create();
    await load(backend);
    const aborted = structured({ n: 2 }, inEnum("aborted"));
    const ended = run(backend, aborted);
    backend.abort(aborted.id);
    const { choices } = finished(await ended);
    expect(choices.map(({ finishReason }) => finishReason)).toEqual(["abort", "abort"]);
    const unloaded = run(backend, structured({}, inEnum("unloaded")));
    await backend.unload();
    expect(finished(await unloaded).choices[0]).toMatchObject({ finishReason: "abort", tokenIds: [] });
  });

  it("fails, and serves on, when a waiting request turns out to be too large", async () => {
    backend = create();
    await load(backend);
    const large = {
      ...structured({}, inEnum(1)),
      prompt: { type: "tokens", tokenIds: Array(5000).fill(9) as number[] },
    } as const;
    const { terminal } = await run(backend, large);
    expect(terminal).toMatchObject({ type: "failed", error: { kind: "request-too-large" } });
    expect(finished(await run(backend, structured({ maxTokens: 32 }, inEnum(1)))).choices[0]!.text).toBe(
      '{"a": 1}',
    );
  });

  it("refuses what it cannot do", async () => {
    backend = create();
    await load(backend);
    const sink = () => undefined;
    const refused = (kind: string) => expect.objectContaining({ kind }) as unknown;
    const schema = { type: "json_schema", schema: { type: "string", not: {} } } as const;
    const prompt = { type: "tokens", tokenIds: [1] } as const;
    const { terminal } = await run(backend, { ...request(prompt), responseFormat: schema });
    expect(terminal).toMatchObject({ type: "failed", error: { kind: "invalid-request" }, choices: [] });
    expect(() => backend.submit(request({ type: "tokens", tokenIds: [99_999] }), sink)).toThrow(
      refused("invalid-request"),
    );
    expect(() =>
      backend.submit(request({ type: "tokens", tokenIds: Array(5000).fill(9) as number[] }), sink),
    ).toThrow(refused("request-too-large"));
    expect(() => backend.decode([-1])).toThrow(refused("invalid-request"));
    expect(backend.decode(await backend.encode("hiking, music"))).toBe("hiking, music");
  });
});
