/**
 * The n-th call to the device fails, of every kind, by an exception or in silence, in a load and in
 * a request: the outcome is the right tokens or a typed error, and what follows is right.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { ErrorKind, InferscopeError, LoadParams } from "../../protocol/index.ts";
import { type CallKind, callKinds, failCall, type Manner } from "../gpu/testing/failing-calls.ts";
import { mix32 } from "../kernels/sample.reference.ts";
import { scale, soakTimeoutMs, startSoak } from "../testing/soak.ts";
import { request, run, text } from "./contract/requests.ts";
import { PagedBackend } from "./paged.ts";

const typed: readonly ErrorKind[] = ["gpu-failure", "out-of-memory", "kernel-compile"];
const params: LoadParams = {
  source: { id: "scope-2m-q4f16_1" },
  backend: "paged",
  runner: "gpu",
  // The prompt takes several steps, and several blocks of the cache.
  policy: { numBlocks: 64, maxNumBatchedTokens: 24 },
};
const prompt = text("Write about hiking and music in the mountains, please.");
/** Seeds of which calls fail, and of how many: all of them in the soak. */
const seed = 11;
const kinds = Object.keys(callKinds) as CallKind[];

let backend: PagedBackend;
let right: readonly number[];

const openBackend = () =>
  new PagedBackend({ gpu: navigator.gpu, baseUrl: `${location.origin}/`, onDeviceLost: () => undefined });
/** Made once a device; their number is fixed, the machine's speed has no say in it. */
const isOfShaders = (kind: CallKind) => /^create.*(?:Layout|Shader|Pipeline)/.test(kind);
const load = () => backend.load(params, () => undefined, new AbortController().signal);
const ask = () => run(backend, request(prompt, { maxTokens: 6, ignoreEos: true, logprobs: 3 }));

async function expectRight(): Promise<void> {
  const { terminal } = await ask();
  expect(terminal).toMatchObject({ type: "finished" });
  expect(terminal.choices?.[0]?.tokenIds).toEqual(right);
}

/** Of another size than the one before: an empty cache, step buffers and bind groups that are still to be made. */
async function freshPool(): Promise<void> {
  numBlocks = numBlocks === 64 ? 66 : 64;
  await backend.configure({ numBlocks });
}
let numBlocks = 64;

interface Fault {
  readonly n: number;
  readonly manner: Manner;
}

/** Of `count` calls, those to fail: all in the soak, a few otherwise. */
function faultsOf(kind: CallKind, count: number, few: number): readonly Fault[] {
  const manners: readonly Manner[] = callKinds[kind].refused === null ? ["throws"] : ["throws", "is refused"];
  const all = manners.flatMap((manner) => Array.from({ length: count }, (_, i) => ({ manner, n: i + 1 })));
  const wanted = scale(Math.min(few, all.length), all.length);
  if (wanted === all.length) return all;
  // One of each manner, as far as that goes.
  return Array.from({ length: wanted }, (_, i) => {
    const manner = manners[(kinds.indexOf(kind) + i) % manners.length] ?? "throws";
    return { manner, n: 1 + (mix32(mix32(seed + i) + kinds.indexOf(kind)) % count) };
  });
}

/** Calls of each kind that the work makes. */
async function countCalls(work: () => Promise<unknown>): Promise<(kind: CallKind) => number> {
  const counted = new Map(kinds.map((kind) => [kind, failCall(kind, 0, "throws")]));
  await work();
  const counts = new Map([...counted].map(([kind, { count }]) => [kind, count()]));
  for (const { restore } of [...counted.values()].reverse()) restore();
  return (kind) => counts.get(kind) ?? 0;
}

let callsOfLoad: (kind: CallKind) => number;
let callsOfRequest: (kind: CallKind) => number;

beforeAll(async () => {
  backend = openBackend();
  const callsOfFirst = await countCalls(load);
  const callsOfNext = await countCalls(load);
  callsOfLoad = (kind) => (isOfShaders(kind) ? callsOfFirst : callsOfNext)(kind);
  const { terminal } = await ask();
  await freshPool();
  callsOfRequest = await countCalls(ask);
  right = terminal.choices?.[0]?.tokenIds ?? [];
  expect(right).toHaveLength(6);
});
afterAll(() => backend.unload());

describe("the n-th call of a request fails", () => {
  it.each(kinds)(
    "%s",
    async (kind) => {
      const soak = startSoak();
      const faults = faultsOf(kind, callsOfRequest(kind), 1);
      let numFailed = 0;
      for (const { n, manner } of faults) {
        if (soak.isOver()) break;
        await freshPool();
        const failing = failCall(kind, n, manner);
        const { terminal } = await ask();
        failing.restore();
        const tokenIds = terminal.choices?.[0]?.tokenIds ?? [];
        const context = `${kind} ${n} ${manner}`;
        if (terminal.type === "failed") {
          numFailed += 1;
          expect(typed, context).toContain(terminal.error.kind);
          expect(right.slice(0, tokenIds.length), context).toEqual(tokenIds);
        } else {
          expect(tokenIds, context).toEqual(right);
        }
        await expectRight();
      }
      // A fault that changes nothing tests nothing.
      expect(numFailed > 0).toBe(faults.length > 0);
      expect(backend.snapshot()?.kv.used).toBe(0);
      soak.report(faults.length, `failures of ${kind} in a request`);
    },
    soakTimeoutMs,
  );
});

it.each(["writeBuffer", "submit"] as const)("a step whose %s did nothing fails", async (kind) => {
  // The first and the last step: whichever it is, its number is missing.
  for (const n of [1, callsOfRequest(kind)]) {
    const failing = failCall(kind, n, "does nothing");
    const { terminal } = await ask();
    failing.restore();
    expect(terminal).toMatchObject({ type: "failed", error: { kind: "gpu-failure" } });
    await expectRight();
    backend.clearCache();
  }
});

describe("the n-th call of a load fails", () => {
  it.each(kinds)(
    "%s",
    async (kind) => {
      const soak = startSoak();
      const faults = faultsOf(kind, callsOfLoad(kind), 1);
      for (const { n, manner } of faults) {
        if (soak.isOver()) break;
        const context = `${kind} ${n} ${manner}`;
        if (isOfShaders(kind)) {
          // The device keeps what it has compiled. The load after this one is on the same device.
          await backend.unload();
          backend = openBackend();
        }
        const failing = failCall(kind, n, manner);
        const error = await load().then(
          () => null,
          (reason: unknown) => reason as InferscopeError,
        );
        failing.restore();
        if (isOfShaders(kind)) expect(error, context).not.toBeNull();
        if (error !== null) {
          expect(typed, `${context}: ${String(error)}`).toContain(error.kind);
          expect(backend.status().gpuMemory, context).toBeNull();
          await load();
        }
        await expectRight();
      }
      soak.report(faults.length, `failures of ${kind} in a load`);
    },
    soakTimeoutMs,
  );
});
