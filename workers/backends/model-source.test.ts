import { describe, expect, it } from "vitest";

import { defaultModelHosts, hostedUrl, webLlmFolder, type LoadParams } from "../../protocol/index.ts";
import { fileSource, loadAddresses } from "./model-source.ts";

const hosts = { models: "http://127.0.0.1:8080/hf/", libraries: "https://mirror.example/libs/" };
const load = (source: LoadParams["source"]): LoadParams => ({
  source,
  backend: "paged",
  runner: "cpu",
  policy: {},
  hosts,
});

describe("where a model comes from", () => {
  it("puts the user's hosts in the place of the usual ones, and of nothing else", () => {
    expect(hostedUrl("https://huggingface.co/mlc-ai/X", hosts)).toBe(
      "http://127.0.0.1:8080/hf/mlc-ai/X/resolve/main/",
    );
    expect(hostedUrl("https://huggingface.co/a/X/resolve/v2/", hosts)).toBe(
      "http://127.0.0.1:8080/hf/a/X/resolve/v2/",
    );
    expect(hostedUrl("https://huggingface.co/mlc-ai/X", defaultModelHosts)).toBe(
      "https://huggingface.co/mlc-ai/X",
    );
    expect(hostedUrl(`${defaultModelHosts.libraries}v1/x.wasm`, hosts)).toBe(
      "https://mirror.example/libs/v1/x.wasm",
    );
    expect(hostedUrl("https://huggingface.co.example/mlc-ai/X", hosts)).toBe(
      "https://huggingface.co.example/mlc-ai/X",
    );
  });

  it("follows WebLLM to the folder that it reads", () => {
    expect(webLlmFolder("https://huggingface.co/mlc-ai/X")).toBe(
      "https://huggingface.co/mlc-ai/X/resolve/main/",
    );
    expect(webLlmFolder("https://a.example/X/resolve/v2/")).toBe("https://a.example/X/resolve/v2/");
  });

  it("allows a load its own folder and library, or the hosts, and not more", () => {
    expect(loadAddresses(load({ id: "X" }))).toEqual([hosts.models, hosts.libraries]);
    expect(loadAddresses(load({ url: "https://a.example/m/config.json" }))).toEqual(["https://a.example/m/"]);
    expect(loadAddresses(load({ url: "https://a.example/m", modelLib: "https://b.example/m.wasm" }))).toEqual(
      ["https://a.example/m/", "https://b.example/m.wasm"],
    );
    expect(loadAddresses(load({ url: "javascript:alert(1)" }))).toEqual([]);
    expect(loadAddresses({ ...load({ id: "X" }), hosts: undefined } as unknown as LoadParams)).toEqual(
      Object.values(defaultModelHosts),
    );
  });

  it("finds a model of WebLLM's list by id, for our engine", async () => {
    const source = await fileSource(
      { id: "SmolLM2-360M-Instruct-q4f32_1-MLC" },
      "https://app.example/",
      hosts,
    );
    expect(source.id).toBe("SmolLM2-360M-Instruct-q4f32_1-MLC");
    await expect(fileSource({ id: "no-such" }, "https://app.example/", hosts)).rejects.toMatchObject({
      kind: "invalid-request",
    });
  });
});
