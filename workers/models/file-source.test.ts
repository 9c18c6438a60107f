import { describe, expect, it } from "vitest";

import type { LoadProgress } from "../../protocol/index.ts";
import { errorOf } from "../testing/error-of.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { randomModel } from "../testing/random-model.ts";
import { modelFolderUrl, UrlSource } from "./file-source.ts";
import { loadModel } from "./load-model.ts";

const never = new AbortController().signal;

describe("over HTTP", () => {
  const answer = (response: () => Response) =>
    loadModel(
      new UrlSource("https://a.test/m", { fetch: () => Promise.resolve(response()) }),
      () => undefined,
      never,
    );

  it.each<[string, string, () => Promise<unknown>]>([
    ["404", "http-status", () => answer(() => new Response("not found", { status: 404 }))],
    ["500", "http-status", () => answer(() => new Response("", { status: 500 }))],
    [
      "the start page of a single-page site",
      "http-status",
      () => answer(() => new Response("<html>", { headers: { "content-type": "text/html; charset=utf-8" } })),
    ],
    [
      "unreachable, or no CORS",
      "network",
      () =>
        loadModel(
          new UrlSource("https://a.test/m", {
            fetch: () => Promise.reject(new TypeError("Failed to fetch")),
          }),
          () => undefined,
          never,
        ),
    ],
    ["a page without its content type", "http-status", () => answer(() => new Response("<!doctype html>"))],
    ["no address", "network", () => Promise.resolve().then(() => new UrlSource("nonsense"))],
    ["no web address", "network", () => Promise.resolve().then(() => new UrlSource("file:///etc/passwd"))],
  ])("%s: %s", async (_, kind, action) => {
    expect((await errorOf(action())).kind).toBe(kind);
  });

  it("reads the files below the address, and tells where a download was cut", async () => {
    const files = await randomModel();
    const urls: string[] = [];
    const fetchFile = (url: string, cut: boolean) => {
      urls.push(url);
      const bytes = files.get(url.slice("https://a.test/m/".length));
      if (bytes === undefined) return Promise.resolve(new Response("", { status: 404 }));
      if (!cut || !url.endsWith(".bin")) return Promise.resolve(new Response(bytes));
      return Promise.resolve(
        new Response(new ReadableStream({ pull: (c) => c.error(new TypeError("terminated")) })),
      );
    };
    await loadModel(
      new UrlSource("https://a.test/m", { fetch: (url) => fetchFile(url, false) }),
      () => undefined,
      never,
    );
    expect(urls[0]).toBe("https://a.test/m/mlc-chat-config.json");
    const cut = new UrlSource("https://a.test/m", { fetch: (url) => fetchFile(url, true) });
    const error = await errorOf(loadModel(cut, () => undefined, never));
    expect([error.kind, error.message]).toEqual(["network", expect.stringContaining("params_shard_0.bin")]);
  });

  it("is cancelled at once, even while the server hangs", async () => {
    const abort = new AbortController();
    const source = new UrlSource("https://a.test/m", { fetch: () => new Promise(() => undefined) });
    const loading = errorOf(loadModel(source, () => undefined, abort.signal));
    abort.abort();
    expect((await loading).kind).toBe("aborted");
    expect((await errorOf(loadModel(source, () => undefined, abort.signal))).kind).toBe("aborted");
  });

  it("is cancelled in the middle of a shard", async () => {
    const abort = new AbortController();
    const source = new MemorySource(await randomModel(), { chunkSize: 64 });
    const stopAtWeights = ({ loadedBytes }: LoadProgress) => {
      if (loadedBytes > 0) abort.abort();
    };
    expect((await errorOf(loadModel(source, stopAtWeights, abort.signal))).kind).toBe("aborted");
  });

  it.each([
    ["https://a.test/models/m", "https://a.test/models/m/"],
    ["https://a.test/models/m//?x=1#y", "https://a.test/models/m/"],
    ["https://a.test/m/mlc-chat-config.json", "https://a.test/m/"],
    ["https://huggingface.co/mlc-ai/SmolLM2", "https://huggingface.co/mlc-ai/SmolLM2/resolve/main/"],
    ["https://huggingface.co/mlc-ai/SmolLM2/tree/dev/", "https://huggingface.co/mlc-ai/SmolLM2/resolve/dev/"],
    [
      "https://huggingface.co/mlc-ai/SmolLM2/resolve/main/",
      "https://huggingface.co/mlc-ai/SmolLM2/resolve/main/",
    ],
  ])("takes %s as %s", (given, expected) => {
    expect(modelFolderUrl(given)).toBe(expected);
  });

  it("takes a relative address from the page, and the model's name from the address", () => {
    expect(modelFolderUrl("models/m", "https://a.test/app/")).toBe("https://a.test/app/models/m/");
    expect(new UrlSource("https://huggingface.co/mlc-ai/SmolLM2%20x").id).toBe("SmolLM2 x");
  });
});
