import { sha256 } from "hash-wasm";
import { expect, it } from "vitest";

import { errorOf } from "../testing/error-of.ts";
import { readFolder } from "../testing/disk.ts";
import { MemorySource } from "../testing/memory-source.ts";
import { loadModel } from "../models/load-model.ts";
import { embeddedPins } from "./embedded-pins.ts";

it.each(Object.entries(embeddedPins))("the pins of %s are those of its files", async (id, pins) => {
  const files = readFolder(`public/models/${id}`);
  const names = Object.keys(pins);
  const sums = await Promise.all(names.map((name) => sha256(files.get(name)!)));
  expect(pins).toEqual(Object.fromEntries(names.map((name, index) => [name, sums[index]])));
});

it.each(["mlc-chat-config.json", "tokenizer.json", "params_shard_0.bin"])(
  "a changed %s of the embedded model is fetched once more and then named",
  async (name) => {
    const id = "scope-2m-q4f16_1";
    const files = new Map(readFolder(`public/models/${id}`));
    const bytes = files.get(name)!.slice();
    bytes[bytes.length - 1]! ^= name.endsWith(".json") ? 0 : 1;
    // White space keeps the JSON what it is: only the pin tells.
    files.set(name, name.endsWith(".json") ? new Uint8Array([...bytes, 32]) : bytes);
    const source = new MemorySource(files, { id });
    const pinned = Object.assign(source, { pins: new Map(Object.entries(embeddedPins[id])) });
    const error = await errorOf(loadModel(pinned, () => undefined, new AbortController().signal));
    expect(error.kind).toBe("corrupt-shard");
    expect(error.message).toContain(name);
    expect(source.opened.filter((path) => path === name)).toHaveLength(2);
  },
);
