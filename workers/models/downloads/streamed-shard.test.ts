import { md5 as md5Of } from "hash-wasm";
import { expect, it } from "vitest";

import { errorOf } from "../../testing/error-of.ts";
import { streamShard } from "./streamed-shard.ts";

const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const md5 = await md5Of(content);

/** A server that cuts its first answers after so many bytes each. */
function server(cuts: readonly number[], { ranges = true, bytes = content } = {}) {
  const starts: number[] = [];
  const fetch = (_url: string, init: RequestInit) => {
    const asked = new Headers(init.headers).get("range");
    const start = ranges ? Number(/\d+/.exec(asked ?? "0")?.[0]) : 0;
    const cut = cuts[starts.length];
    starts.push(start);
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (stream) => stream.enqueue(bytes.slice(start, cut === undefined ? undefined : start + cut)),
      pull: (stream) => (cut === undefined ? stream.close() : stream.error(new TypeError("cut"))),
    });
    return Promise.resolve(new Response(body, { status: asked !== null && ranges ? 206 : 200 }));
  };
  return { starts, fetch };
}

const open = (fetch: ReturnType<typeof server>["fetch"], signal = new AbortController().signal) =>
  streamShard({
    fetch,
    url: "https://a.test/m/shard.bin",
    shard: { path: "shard.bin", nbytes: content.length, md5 },
    pin: undefined,
    signal,
  });

const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  new Uint8Array(await new Response(stream).arrayBuffer());

it("goes on where it was cut, and hands each byte on once", async () => {
  const { fetch, starts } = server([300, 1, 600]);
  expect(await read(open(fetch))).toEqual(content);
  expect(starts).toEqual([0, 300, 301, 901]);
});

it("does not start again: a wrong hash, and a server without ranges, are told", async () => {
  const wrong = server([], { bytes: content.map((byte) => byte ^ 1) });
  expect((await errorOf(read(open(wrong.fetch)))).kind).toBe("corrupt-shard");
  expect(wrong.starts).toEqual([0]);
  const plain = server([300], { ranges: false });
  expect((await errorOf(read(open(plain.fetch)))).kind).toBe("truncated-shard");
});

it("ends with the reader, and with the load", async () => {
  const { fetch } = server([]);
  const reader = open(fetch).getReader();
  await reader.read();
  await reader.cancel();
  const load = new AbortController();
  const other = open(server([]).fetch, load.signal).getReader();
  load.abort();
  const drain = async () => {
    while (!(await other.read()).done);
  };
  expect((await errorOf(drain())).kind).toBe("aborted");
});
