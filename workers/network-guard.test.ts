import { describe, expect, it } from "vitest";

import { NetworkGuard } from "./network-guard.ts";

describe("NetworkGuard", () => {
  const guard = new NetworkGuard("https://app.example/lab/");
  const refused = (url: string) => {
    try {
      guard.check(url);
      return null;
    } catch (error) {
      return error;
    }
  };

  it("lets the app's own files through, and nothing else", () => {
    expect(refused("https://app.example/lab/models/a/x.json")).toBeNull();
    expect(refused("models/a/x.json")).toBeNull();
    expect(refused("blob:https://app.example/1")).toBeNull();
    expect(refused("https://huggingface.co/mlc-ai/x/resolve/main/a.json")).toMatchObject({ kind: "network" });
  });

  it("lets through what a load was asked for, as long as it lasts", async () => {
    const prefixes = ["https://mirror.example/hf/"];
    await guard.during(prefixes, () => {
      expect(refused("https://mirror.example/hf/a/b.bin")).toBeNull();
      expect(refused("https://mirror.example/other/b.bin")).not.toBeNull();
      expect(refused("https://mirror.example/hf/../other/b.bin")).not.toBeNull();
      expect(refused("http://mirror.example/hf/a/b.bin")).not.toBeNull();
      expect(refused("https://mirror.example.evil.example/hf/a")).not.toBeNull();
      return Promise.resolve();
    });
    expect(refused("https://mirror.example/hf/a/b.bin")).not.toBeNull();
    await expect(guard.during(prefixes, () => Promise.reject(new Error("broke")))).rejects.toThrow("broke");
    expect(refused("https://mirror.example/hf/a/b.bin")).not.toBeNull();
  });

  it("stands before fetch and the Cache API", async () => {
    const asked: unknown[] = [];
    const note = (input: unknown) => (asked.push(input), Promise.resolve(new Response()));
    const scope = { fetch: note as typeof fetch, Cache: { prototype: { add: note, addAll: note } } };
    guard.install(scope as unknown as Parameters<NetworkGuard["install"]>[0]);
    const url = "https://elsewhere.example/x";
    await expect(scope.fetch(url)).rejects.toMatchObject({ kind: "network" });
    await expect(scope.Cache.prototype.add(new Request(url))).rejects.toMatchObject({ kind: "network" });
    await expect(scope.Cache.prototype.addAll([url])).rejects.toMatchObject({ kind: "network" });
    expect(asked).toEqual([]);
    await scope.fetch("https://app.example/a");
    expect(asked).toEqual(["https://app.example/a"]);
  });
});
