import type { ModelRecord } from "@mlc-ai/web-llm";
import { describe, expect, it } from "vitest";

import type { AdapterInfo, LoadParams } from "../../../protocol/index.ts";
import { loadEngine, type WebLlmPackage } from "./loader.ts";
import { scriptedId, scriptedPackage, scriptedRecord } from "./testing/scripted-package.ts";

const adapter = { features: [], limits: {} } as unknown as AdapterInfo;
const hosts = { models: "http://127.0.0.1:8080/hf/", libraries: "https://mirror.example/libs/" };

/** The record that WebLLM is handed. */
async function handed(source: LoadParams["source"], record = scriptedRecord): Promise<ModelRecord> {
  const scripted = scriptedPackage();
  const records: ModelRecord[] = [];
  class Noting extends scripted.MLCEngine {
    constructor(config: ConstructorParameters<WebLlmPackage["MLCEngine"]>[0]) {
      super(config);
      records.push(...config.appConfig.model_list);
    }
  }
  await loadEngine(
    {
      gpu: Object.create({ requestAdapter: () => Promise.resolve(null) }) as GPU,
      probeAdapter: () => Promise.resolve(adapter),
      importPackage: () =>
        Promise.resolve({ prebuiltAppConfig: { model_list: [record] }, MLCEngine: Noting }),
    },
    { source, backend: "web-llm", runner: "gpu", policy: {}, hosts },
    () => undefined,
    new AbortController().signal,
  );
  expect(records).toHaveLength(1);
  return records[0]!;
}

describe("what WebLLM is told to load", () => {
  it("takes a listed model from the user's hosts, the rest of its record as it is", async () => {
    const listed = {
      ...scriptedRecord,
      model: "https://huggingface.co/mlc-ai/Scripted",
      model_lib: "https://raw.githubusercontent.com/mlc-ai/binary-mlc-llm-libs/main/v1/s.wasm",
    };
    expect(await handed({ id: scriptedId }, listed)).toEqual({
      ...scriptedRecord,
      model: "http://127.0.0.1:8080/hf/mlc-ai/Scripted/resolve/main/",
      model_lib: "https://mirror.example/libs/v1/s.wasm",
    });
  });

  it("takes a folder with a library, at the address where our engine reads it too", async () => {
    expect(
      await handed({ url: "https://a.example/Tiny-q4f32_1", modelLib: "https://b.example/t.wasm" }),
    ).toEqual({
      model: "https://a.example/Tiny-q4f32_1/resolve/main/",
      model_id: "Tiny-q4f32_1",
      model_lib: "https://b.example/t.wasm",
    });
  });

  it("refuses a folder without one", async () => {
    await expect(handed({ url: "https://a.example/m/" })).rejects.toMatchObject({ kind: "unsupported" });
  });
});
