import { afterEach, describe, expect, it } from "vitest";

import type { LoadParams } from "../../protocol/index.ts";
import { readFolder } from "../testing/disk.ts";
import { MemorySource, type Files } from "../testing/memory-source.ts";
import { changeJson } from "../testing/random-model.ts";
import { contract, finished, request, run } from "./contract.ts";
import { PagedBackend } from "./paged.ts";

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

contract("paged on the CPU", () => Promise.resolve({ backend: create(), params }));

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

  it("refuses what it cannot do", async () => {
    backend = create();
    await load(backend);
    const sink = () => undefined;
    const refused = (kind: string) => expect.objectContaining({ kind }) as unknown;
    const schema = { type: "json_schema", schema: {} } as const;
    const prompt = { type: "tokens", tokenIds: [1] } as const;
    expect(() => backend.submit({ ...request(prompt), responseFormat: schema }, sink)).toThrow(
      refused("unsupported"),
    );
    expect(() => backend.submit(request({ type: "tokens", tokenIds: [99_999] }), sink)).toThrow(
      refused("invalid-request"),
    );
    expect(() =>
      backend.submit(request({ type: "tokens", tokenIds: Array(5000).fill(9) as number[] }), sink),
    ).toThrow(refused("request-too-large"));
    expect(() => backend.decode([-1])).toThrow(refused("invalid-request"));
    expect(backend.decode(backend.encode("hiking, music"))).toBe("hiking, music");
  });
});
