import { describe, expect, it } from "vitest";

import { forgetServer, keepServer, readServer, type SessionValues } from "./server-key.ts";

function memory(): SessionValues & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

const server = { baseUrl: "https://host.example/v1", apiKey: "sk-1" };

describe("the kept server", () => {
  it("comes back, and goes when it is forgotten", () => {
    const storage = memory();
    expect(keepServer(storage, server)).toBe(true);
    expect(readServer(storage)).toEqual(server);
    forgetServer(storage);
    expect([...storage.values]).toEqual([]);
  });

  it("keeps how long to wait, and reads nothing else for it", () => {
    const storage = memory();
    keepServer(storage, { ...server, limits: { answerMs: 1000 } });
    expect(readServer(storage)).toEqual({ ...server, limits: { answerMs: 1000 } });
    const odd = '{"baseUrl":"https://h/","limits":{"silenceMs":-1,"answerMs":"9","toString":3}}';
    storage.setItem("inferscope.server", odd);
    expect(readServer(storage)).toEqual({ baseUrl: "https://h/" });
  });

  it("gives its key to no other origin, even when the storage says so", () => {
    const storage = memory();
    keepServer(storage, server);
    const [[name, text] = ["", ""]] = [...storage.values];
    storage.setItem(name, text.replace("host.example", "other.example"));
    expect(readServer(storage)).toEqual({ baseUrl: "https://other.example/v1" });
  });

  it.each(["{", "7", "[]", '{"baseUrl":7}', "null"])("reads nothing from %s", (text) => {
    const storage = memory();
    storage.setItem("inferscope.server", text);
    expect(readServer(storage)).toBeNull();
    expect(readServer(null)).toBeNull();
    expect(keepServer(null, server)).toBe(false);
  });
});
