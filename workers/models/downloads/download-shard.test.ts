import { md5 as md5Of } from "hash-wasm";
import { describe, expect, it } from "vitest";

import { errorOf } from "../../testing/error-of.ts";
import { downloadShard, type ShardDownload } from "./download-shard.ts";

/** What arrived, in memory, and every write that was asked for. */
class MemoryPartial {
  writes = 0;
  bytes = new Uint8Array(0);
  get size(): number {
    return this.bytes.length;
  }
  append(chunk: Uint8Array): void {
    this.writes += 1;
    this.bytes = new Uint8Array([...this.bytes, ...chunk]);
  }
  clear(): void {
    this.bytes = new Uint8Array(0);
  }
  forEach(visit: (chunk: Uint8Array) => void): void {
    if (this.size > 0) visit(this.bytes);
  }
}

const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const md5 = await md5Of(content);

function download(change: Partial<ShardDownload> & Pick<ShardDownload, "fetch">) {
  const partial = new MemoryPartial();
  const promise = downloadShard({
    url: "https://a.test/m/shard.bin",
    shard: { path: "shard.bin", nbytes: content.length, md5 },
    pin: undefined,
    partial,
    signal: new AbortController().signal,
    onBytes: () => undefined,
    ...change,
  });
  return { partial, promise };
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
};

describe("cancelling", () => {
  it("ends within a turn while the server stands still, and nothing is written or told after it", async () => {
    const controller = new AbortController();
    let push: (chunk: Uint8Array<ArrayBuffer>) => void = () => undefined;
    let told = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (stream) => {
        push = (chunk) => stream.enqueue(chunk);
        push(content.slice(0, 100));
      },
    });
    // A server, and a fetch, that do not notice the signal.
    const { partial, promise } = download({
      fetch: () => Promise.resolve(new Response(body)),
      signal: controller.signal,
      onBytes: () => (told += 1),
    });
    await expect.poll(() => partial.writes).toBe(1);
    const events: string[] = [];
    const ended = errorOf(promise).then((error) => events.push(error.kind));
    const toldBefore = told;
    controller.abort();
    try {
      push(content.slice(100, 200));
    } catch {
      // The stream was cancelled already.
    }
    await turns(1);
    expect(events).toEqual(["aborted"]);
    await ended;
    await turns(20);
    expect(partial.writes).toBe(1);
    expect(told).toBe(toldBefore);
  });

  it("ends a pause between two tries as well", async () => {
    const controller = new AbortController();
    let asked = 0;
    const { promise } = download({
      signal: controller.signal,
      fetch: () => {
        asked += 1;
        return Promise.reject(new TypeError("unreachable"));
      },
    });
    await expect.poll(() => asked).toBeGreaterThan(0);
    controller.abort();
    expect((await errorOf(promise)).kind).toBe("aborted");
    const before = asked;
    await turns(20);
    expect(asked).toBe(before);
  });
});

describe("a file without a hash", () => {
  const ranged = (version: () => string | null, cutAt: (start: number) => number) => {
    const starts: number[] = [];
    const fetch = (_url: string, init: RequestInit) => {
      const range = new Headers(init.headers).get("range");
      const start = Number(/\d+/.exec(range ?? "0")?.[0]);
      starts.push(start);
      const end = cutAt(start);
      const said = version();
      const headers = new Headers(said === null ? {} : { "last-modified": said });
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (stream) => stream.enqueue(content.slice(start, end)),
        pull: (stream) => (end < content.length ? stream.error(new TypeError("cut")) : stream.close()),
      });
      return Promise.resolve(new Response(body, { status: range === null ? 200 : 206, headers }));
    };
    return { starts, fetch };
  };
  const shard = { path: "model.safetensors", nbytes: content.length, md5: null };

  it("goes on where it was cut while the server tells the same version", async () => {
    const { starts, fetch } = ranged(
      () => "monday",
      (start) => (start === 0 ? 300 : 1000),
    );
    const { partial, promise } = download({ fetch, shard: { ...shard, version: "monday" } });
    await promise;
    expect(starts).toEqual([0, 300]);
    expect(partial.bytes).toEqual(content);
  });

  it("starts again where the version changed in between", async () => {
    const { starts, fetch } = ranged(
      () => (starts.length === 1 ? "monday" : "tuesday"),
      () => (starts.length === 1 ? 300 : 1000),
    );
    const { partial, promise } = download({ fetch, shard: { ...shard, version: "monday" } });
    await promise;
    expect(starts).toEqual([0, 300, 0]);
    expect(partial.bytes).toEqual(content);
  });
});

it("a file that differs from its pin is fetched once more, then named", async () => {
  let asked = 0;
  const { partial, promise } = download({
    pin: "0".repeat(64),
    fetch: () => {
      asked += 1;
      return Promise.resolve(new Response(content));
    },
  });
  const error = await errorOf(promise);
  expect(error.kind).toBe("corrupt-shard");
  expect(error.message).toMatch(/^shard\.bin has SHA-256 /);
  expect(asked).toBe(2);
  expect(partial.size).toBe(0);
});
