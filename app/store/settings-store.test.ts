import { describe, expect, it } from "vitest";

import { defaultModelHosts, defaultSampling } from "../../protocol/index.ts";
import { createSettingsStore, defaultPrices } from "./settings-store.ts";

function memory(initial?: string) {
  const items = new Map(initial === undefined ? [] : [["inferscope.settings", initial]]);
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}

describe("settings", () => {
  it("survive a visit", () => {
    const storage = memory();
    createSettingsStore(storage).setState({ theme: "dark", sampling: { ...defaultSampling, topK: 40 } });
    const next = createSettingsStore(storage).getState();
    expect(next).toEqual({
      theme: "dark",
      sampling: { ...defaultSampling, topK: 40 },
      prices: defaultPrices,
      hosts: defaultModelHosts,
    });
  });

  it.each(["not json", "[]", '{"theme":"neon"}', '{"sampling":{"temperature":-1}}', "null"])(
    "falls back to defaults for %s",
    (text) => {
      expect(createSettingsStore(memory(text)).getState()).toEqual({
        theme: "system",
        sampling: defaultSampling,
        prices: defaultPrices,
        hosts: defaultModelHosts,
      });
    },
  );

  it("keeps a good theme beside bad sampling", () => {
    const text = JSON.stringify({ theme: "light", sampling: { ...defaultSampling, n: 900 } });
    expect(createSettingsStore(memory(text)).getState()).toEqual({
      theme: "light",
      sampling: defaultSampling,
      prices: defaultPrices,
      hosts: defaultModelHosts,
    });
  });

  it("keeps the hosts that can be fetched from, each alone", () => {
    const kept = (hosts: unknown) => createSettingsStore(memory(JSON.stringify({ hosts }))).getState().hosts;
    const models = "http://127.0.0.1:8080/hf/";
    expect(kept({ models, libraries: "https://mirror.example/libs/" })).toEqual({
      models,
      libraries: "https://mirror.example/libs/",
    });
    expect(kept({ models, libraries: "javascript:alert(1)" })).toEqual({ ...defaultModelHosts, models });
    for (const bad of ["http://mirror.example/", "https://mirror.example", "https://a:b@c.example/", 7]) {
      expect(kept({ models: bad })).toEqual(defaultModelHosts);
    }
  });

  it("works without storage", () => {
    const store = createSettingsStore(null);
    store.setState({ theme: "dark" });
    expect(store.getState().theme).toBe("dark");
  });
});
