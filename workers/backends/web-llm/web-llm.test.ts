/** The adapter's own duties, over a scripted engine: no model of WebLLM runs here. See docs/web-llm.md. */
import { afterEach, describe, expect, it } from "vitest";

import type { AdapterInfo, EngineEvent, LoadParams, Prompt } from "../../../protocol/index.ts";
import { finished, request, run } from "../contract/requests.ts";
import { contract } from "../testing/contract.ts";
import { scriptedId, scriptedPackage, type Script } from "./testing/scripted-package.ts";
import { WebLlmBackend, type WebLlmOptions } from "./web-llm.ts";

const adapter: AdapterInfo = {
  vendor: "test",
  architecture: "",
  description: "",
  isSoftware: false,
  features: [],
  limits: {},
};
const params: LoadParams = { source: { id: scriptedId }, backend: "web-llm", runner: "gpu", policy: {} };

interface LostDevice {
  readonly gpu: GPU;
  readonly lose: () => void;
  destroyed: boolean;
}

/** The part of WebGPU that the adapter itself touches. */
function fakeGpu(): LostDevice {
  let lose = (): void => undefined;
  const result: LostDevice = { gpu: {} as GPU, lose: () => lose(), destroyed: false };
  const device = {
    lost: new Promise((resolve) => (lose = () => resolve({ reason: "unknown", message: "pulled out" }))),
    destroy: () => (result.destroyed = true),
  };
  const prototype = {
    requestAdapter: () => Promise.resolve({ requestDevice: () => Promise.resolve(device) }),
  };
  return Object.assign(result, { gpu: Object.create(prototype) as GPU });
}

function create(script: Script = {}, more: Partial<WebLlmOptions> = {}) {
  const fake = fakeGpu();
  const scripted = scriptedPackage({ gpu: fake.gpu, ...script });
  const losses: EngineEvent[] = [];
  const backend = new WebLlmBackend({
    gpu: fake.gpu,
    probeAdapter: () => Promise.resolve(adapter),
    importPackage: () => Promise.resolve(scripted),
    isOnline: () => true,
    onDeviceLost: (event) => losses.push(event),
    ...more,
  });
  return { backend, fake, losses, calls: scripted.calls };
}

const load = (backend: WebLlmBackend, change: Partial<LoadParams> = {}) =>
  backend.load({ ...params, ...change }, () => undefined, new AbortController().signal);
const chat = (...contents: string[]): Prompt => ({
  type: "messages",
  messages: contents.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })),
});

contract("WebLLM's adapter over a scripted engine", () => ({ backend: create().backend, params }));

describe("WebLlmBackend", () => {
  let backend: WebLlmBackend;
  afterEach(() => backend.unload());

  it("runs one request at a time, in order, and tells how long each waited", async () => {
    ({ backend } = create());
    await load(backend);
    const order: string[] = [];
    const all = ["a", "b", "c"].map(async (word) => {
      const ended = await run(backend, request(chat(word)), () => {
        if (order.at(-1) !== word) order.push(word);
      });
      return finished(ended).metrics;
    });
    const [first, second, third] = await Promise.all(all);
    expect(order).toEqual(["a", "b", "c"]);
    expect(first!.queueTimeMs!).toBeLessThan(second!.queueTimeMs!);
    expect(second!.queueTimeMs!).toBeLessThan(third!.queueTimeMs!);
  });

  it("ends a waiting request that is aborted, without running it", async () => {
    const made = create();
    ({ backend } = made);
    await load(backend);
    const running = run(backend, request(chat("a")));
    const waiting = request(chat("b"));
    const dropped = run(backend, waiting);
    backend.abort(waiting.id);
    expect(finished(await dropped).choices[0]).toMatchObject({ finishReason: "abort", text: "" });
    expect(finished(await running).choices[0]?.finishReason).toBe("stop");
    expect(made.calls.filter((call) => call === "chat")).toHaveLength(1);
  });

  it("counts what the last conversation left, and forgets it when told to", async () => {
    const made = create();
    ({ backend } = made);
    await load(backend);
    const cached = async (prompt: Prompt, usePrefixCache = true) =>
      finished(await run(backend, { ...request(prompt), usePrefixCache })).metrics;
    expect((await cached(chat("hi"))).numCachedTokens).toBe(0);
    // 7 prompt tokens and 5 letters, less the last.
    const second = await cached(chat("hi", "hello", "more"));
    expect(second).toMatchObject({ numCachedTokens: 11, numPromptTokens: 18 });
    expect((await cached(chat("hi", "hello", "more", "hello", "x"), false)).numCachedTokens).toBe(0);
    expect(made.calls.filter((call) => call === "resetChat")).toHaveLength(1);
    backend.clearCache();
    expect((await cached(chat("hi"))).numCachedTokens).toBe(0);
    expect(made.calls.filter((call) => call === "resetChat")).toHaveLength(2);
  });

  it("completes raw text, and refuses what WebLLM cannot do", async () => {
    const made = create();
    ({ backend } = made);
    await load(backend);
    expect(finished(await run(backend, request({ type: "text", text: "Once" }))).choices[0]?.text).toBe(
      "hello",
    );
    expect(made.calls).toContain("completion");
    const refused = expect.objectContaining({ kind: "unsupported" }) as unknown;
    expect(() => backend.submit(request(chat("a"), { topK: 3 }), () => undefined)).toThrow(refused);
    expect(() => backend.submit(request({ type: "tokens", tokenIds: [1] }), () => undefined)).toThrow(
      refused,
    );
    expect(() => backend.encode()).toThrow(refused);
    expect(() => backend.decode()).toThrow(refused);
    expect(() => backend.applyTemplate()).toThrow(refused);
    await expect(backend.configure()).rejects.toEqual(refused);
  });

  it("fails a request with what it had said, and serves the next one afresh", async () => {
    const made = create({
      streamError: Object.assign(new Error("too long"), { name: "ContextWindowSizeExceededError" }),
    });
    ({ backend } = made);
    await load(backend);
    const { terminal } = await run(backend, request(chat("a")));
    expect(terminal).toMatchObject({
      type: "failed",
      error: { kind: "request-too-large" },
      choices: [{ text: "h" }],
    });
    await run(backend, request(chat("b")));
    expect(made.calls.filter((call) => call !== "unload")).toEqual(["reload", "chat", "resetChat", "chat"]);
  });

  it("reports a lost device, fails what runs and waits, and says so until the next load", async () => {
    const made = create();
    ({ backend } = made);
    await load(backend);
    const long = { maxTokens: 500, ignoreEos: true };
    const running = run(backend, request(chat("a"), long), made.fake.lose);
    const waiting = run(backend, request(chat("b")));
    for (const { terminal } of await Promise.all([running, waiting])) {
      expect(terminal).toMatchObject({ type: "failed", error: { kind: "device-lost" } });
    }
    expect(made.losses).toEqual([
      { type: "device-lost", reason: "unknown", message: "pulled out", recovering: false },
    ]);
    expect(backend.status().model).toBeNull();
    expect(() => backend.submit(request(chat("c")), () => undefined)).toThrow(
      expect.objectContaining({ kind: "device-lost" }),
    );
  });

  it("frees the device of a load that failed, and says which host was not reached", async () => {
    const made = create({ reloadError: new TypeError("Failed to fetch") });
    ({ backend } = made);
    await expect(load(backend)).rejects.toMatchObject({
      kind: "network",
      message: expect.stringContaining("configuration from models.example") as string,
    });
    expect(made.fake.destroyed).toBe(true);
    expect(Object.hasOwn(made.fake.gpu, "requestAdapter")).toBe(false);
    expect(backend.status().model).toBeNull();
  });

  describe("an engine that never settles", () => {
    const patience = { silenceMs: 60, obeyMs: 30 };

    it.each([
      ["answer", ""],
      ["middle", "h"],
      ["resetChat", ""],
    ] as const)("%s: what runs and waits fails, and the next load answers", async (hangs, said) => {
      const still: NonNullable<Script["hangs"]>[number][] = [hangs];
      const made = create({ hangs: still }, { patience });
      ({ backend } = made);
      await load(backend);
      if (hangs === "resetChat") backend.clearCache();
      const [running, waiting] = await Promise.all([
        run(backend, request(chat("a"))),
        run(backend, request(chat("b"))),
      ]);
      const error = { kind: "stream-interrupted", message: expect.stringContaining("given up") as string };
      expect(running.terminal).toMatchObject({ type: "failed", error, choices: [{ text: said }] });
      expect(waiting.terminal).toMatchObject({ type: "failed", error });
      expect(made.losses).toMatchObject([{ type: "device-lost", recovering: false }]);
      expect(made.fake.destroyed).toBe(true);
      expect(() => backend.submit(request(chat("c")), () => undefined)).toThrow("given up");
      still.length = 0;
      await load(backend);
      expect(finished(await run(backend, request(chat("d")))).choices[0]?.text).toBe("hello");
    });

    it("an answer that was stopped ends as an abort with its text, once", async () => {
      const made = create({ hangs: ["middle"] }, { patience: { ...patience, silenceMs: 10_000 } });
      ({ backend } = made);
      await load(backend);
      const asked = request(chat("a"));
      const ended = await run(backend, asked, () => backend.abort(asked.id));
      expect(finished(ended).choices[0]).toMatchObject({ finishReason: "abort", text: "h" });
      expect(backend.status().model).toBeNull();
    });

    it("unloads in the middle of it, and without being obeyed", async () => {
      const made = create({ hangs: ["answer", "unload"] }, { patience: { ...patience, silenceMs: 10_000 } });
      ({ backend } = made);
      await load(backend);
      const running = run(backend, request(chat("a")));
      await backend.unload();
      expect(finished(await running).choices[0]?.finishReason).toBe("abort");
      expect(made.fake.destroyed).toBe(true);
      await load(backend);
      await backend.unload();
      expect(backend.status().model).toBeNull();
    });

    it.each([
      ["its script", { importPackage: () => new Promise<never>(() => undefined) }],
      ["the adapter", { probeAdapter: () => new Promise<never>(() => undefined) }],
      ["its load", {}],
    ])("a load is cancelled while %s does not come", async (_, more) => {
      const made = create({ hangs: ["reload", "unload"] }, { patience, ...more });
      ({ backend } = made);
      const controller = new AbortController();
      const cancelled = backend.load(params, () => undefined, controller.signal);
      setTimeout(() => controller.abort(), 10);
      await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
      expect(backend.status().model).toBeNull();
    });
  });

  it.each([
    ["no-webgpu", {}, { gpu: undefined }],
    ["no-adapter", {}, { probeAdapter: () => Promise.resolve(null) }],
    [
      "device-limit",
      {},
      { probeAdapter: () => Promise.resolve({ ...adapter, limits: { maxBufferSize: 1 } }) },
    ],
    ["invalid-request", { source: { id: "no-such" } }, {}],
    ["unsupported", { source: { url: "http://localhost/unlisted/" } }, {}],
    ["unsupported", { source: { folder: {} } }, {}],
    ["unsupported", { runner: "cpu" }, {}],
    ["unsupported", { policy: { maxNumSeqs: 4 } }, {}],
  ] as [string, Partial<LoadParams>, Partial<WebLlmOptions>][])(
    "refuses with %s before WebLLM fetches anything (%o)",
    async (kind, change, more) => {
      const made = create({}, more);
      ({ backend } = made);
      await expect(load(backend, change)).rejects.toMatchObject({ kind });
      expect(made.calls).toEqual([]);
    },
  );
});
