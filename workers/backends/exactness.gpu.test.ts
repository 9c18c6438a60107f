/**
 * Whatever the engine does with a request, its greedy tokens are those of the request served
 * alone: on the embedded model, on the GPU.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { EnginePolicy } from "../../protocol/index.ts";
import { Harness, type RequestSpec } from "../engine/testing/harness.ts";
import { testDevice } from "../gpu/testing/device.ts";
import type { GpuModelRunner } from "../models/gpu-runner.ts";
import { embeddedRunner } from "../models/testing/embedded.ts";
import type { Goldens } from "../models/testing/goldens.ts";
import { fetchJson } from "../testing/served.ts";

const name = "scope-2m-q4f16_1";
const device = testDevice();
let runner: GpuModelRunner;
let goldens: Goldens;
/** Every engine of a test, to look at its pool at the end. */
const engines: Harness<GpuModelRunner>[] = [];

beforeAll(async () => {
  ({ runner } = await embeddedRunner(await device(), name));
  goldens = (await fetchJson(`models/${name}/goldens.json`)) as Goldens;
});
afterAll(async () => {
  runner.destroy();
  (await device()).destroy();
});
afterEach(() => {
  for (const { engine, integrityErrors } of engines.splice(0)) {
    expect(integrityErrors).toEqual([]);
    engine.checkIntegrity();
    const { used, cached, free, total } = engine.snapshot().kv;
    expect([used, cached + free]).toEqual([0, total]);
  }
});

async function open(policy: Partial<EnginePolicy>): Promise<Harness<GpuModelRunner>> {
  const harness = await Harness.over(runner, policy);
  engines.push(harness);
  return harness;
}

/** Each request by itself, with the cache off and its prompt in one piece. */
async function alone(specs: readonly RequestSpec[]): Promise<(readonly number[])[]> {
  const harness = await open({ prefixCache: false, chunkedPrefill: false, batching: "none" });
  const tokens: (readonly number[])[] = [];
  for (const [index, spec] of specs.entries()) {
    harness.submit(`alone ${index}`, spec);
    await harness.engine.whenIdle();
    tokens.push(harness.tokens(`alone ${index}`));
  }
  return tokens;
}

const submitAll = (harness: Harness<GpuModelRunner>, specs: readonly RequestSpec[]) =>
  specs.forEach((spec, index) => harness.submit(`r${index}`, spec));

describe("sixteen requests with one prefix of 256 tokens, submitted at once", () => {
  let specs: readonly RequestSpec[];
  let expected: readonly (readonly number[])[];
  beforeAll(async () => {
    const text = goldens.cases.flatMap(({ promptIds }) => promptIds);
    specs = Array.from({ length: 16 }, (_, i) => ({
      // Suffixes differ from their first token on.
      prompt: [...text.slice(0, 256), 40 + i, ...text.slice(300 + 7 * i, 307 + 7 * i)],
      maxTokens: 16,
      ignoreEos: true,
    }));
    expected = await alone(specs);
  }, 240_000);

  const tokensOf = (harness: Harness<GpuModelRunner>) => specs.map((_, index) => harness.tokens(`r${index}`));

  it("share steps, compute the prefix once, and answer as alone", async () => {
    const harness = await open({});
    submitAll(harness, specs);
    await harness.engine.whenIdle();
    expect(tokensOf(harness)).toEqual(expected);
    const { steps } = harness;
    expect(Math.max(...steps.map(({ sequences }) => sequences.length))).toBe(16);
    const numPrefillTokens = steps.reduce((sum, step) => sum + step.numPrefillTokens, 0);
    expect(numPrefillTokens).toBe(256 + 16 * 8);
    // The first, which computes it, ends a step earlier than the others.
    expect(steps.length).toBe(17);
  }, 120_000);

  it("are preempted in a small pool, and answer as alone", async () => {
    const harness = await open({ numBlocks: 30 });
    submitAll(harness, specs);
    await harness.engine.whenIdle();
    expect(tokensOf(harness)).toEqual(expected);
    const preemptions = harness.steps.flatMap((step) => step.preemptions);
    expect(preemptions.length).toBeGreaterThan(3);
    expect(preemptions[0]?.reason).toMatch(/^1 block wanted by r\d+, 0 free, 0 evictable$/);
  }, 120_000);

  const numDrawn = (harness: Harness<GpuModelRunner>, id: string) =>
    harness.streamed.get(`${id}/0`)?.length ?? 0;
  it.each<[string, readonly number[], (harness: Harness<GpuModelRunner>) => boolean]>([
    ["at once", [0, 5], ({ steps }) => steps.length === 0],
    ["while the prefix is being computed", [0, 7], ({ steps }) => steps.length === 2],
    ["while suffixes are being computed", [1, 15], ({ steps }) => steps.length === 5],
    ["while decoding", [0, 3, 9], (harness) => numDrawn(harness, "r9") === 4],
    ["before the last token", [4], (harness) => numDrawn(harness, "r4") === 15],
  ])(
    "aborted %s, leave the others as they were",
    async (_, aborted, isMoment) => {
      const harness = await open({ maxNumBatchedTokens: 72 });
      const abortAtMoment = () => isMoment(harness) && aborted.forEach((index) => harness.abort(`r${index}`));
      harness.onStep = abortAtMoment;
      submitAll(harness, specs);
      abortAtMoment();
      await harness.engine.whenIdle();
      for (const [index, tokens] of tokensOf(harness).entries()) {
        const wanted = expected[index]!;
        if (!aborted.includes(index)) expect(tokens).toEqual(wanted);
        else {
          expect(harness.end(`r${index}`).choices?.[0]?.finishReason).toBe("abort");
          expect(tokens.length).toBeLessThan(wanted.length);
          expect(tokens).toEqual(wanted.slice(0, tokens.length));
        }
      }
    },
    120_000,
  );
});

describe("the 40 goldens", () => {
  const whole = { chunkedPrefill: false, maxNumBatchedTokens: 4096 };
  const chunked = { chunkedPrefill: true, maxNumBatchedTokens: 40 };
  const uncached = { prefixCache: false };
  /** Tokens beyond the golden's last, so that sequences outgrow a small pool. */
  const numExtra = 16;
  let numPreemptions = 0;
  type Cases = Goldens["cases"];
  /** The largest request fits, and little beside it. */
  const tightPool = (cases: Cases) => {
    const sizes = cases.map(({ promptIds, outputIds }) => promptIds.length + outputIds.length + numExtra);
    return { blockSize: 4, numBlocks: Math.ceil(Math.max(...sizes) / 4) };
  };

  // Every pair of settings occurs, and each prompt is served under two of the eight.
  it.each<[number, string, "tight" | "roomy", Partial<EnginePolicy>]>([
    [1, "cached, chunked", "roomy", chunked],
    [2, "cached, whole", "tight", whole],
    [3, "uncached, chunked", "tight", { ...uncached, ...chunked }],
    [4, "uncached, chunked", "roomy", { ...uncached, ...chunked }],
    [5, "cached, chunked", "tight", chunked],
    [6, "cached, whole, longest prefix first", "roomy", { ...whole, order: "longest-prefix" }],
    [7, "uncached, whole, static", "tight", { ...uncached, ...whole, batching: "static" }],
    [8, "uncached, whole", "roomy", { ...uncached, ...whole }],
  ])(
    "%i at a time, %s, %s pool: PyTorch's tokens",
    async (maxNumSeqs, _, pool, policy) => {
      const cases = goldens.cases.filter((__, index) => index % 4 === maxNumSeqs % 4);
      const isTight = pool === "tight";
      const harness = await open({ ...policy, ...(isTight ? tightPool(cases) : {}), maxNumSeqs });
      submitAll(
        harness,
        cases.map(({ promptIds, outputIds }) => ({
          prompt: promptIds,
          ignoreEos: true,
          maxTokens: outputIds.length + (isTight ? numExtra : 0),
        })),
      );
      await harness.engine.whenIdle();
      for (const [index, { outputIds }] of cases.entries()) {
        expect(harness.tokens(`r${index}`).slice(0, outputIds.length)).toEqual(outputIds);
      }
      const most = Math.max(...harness.steps.map(({ sequences }) => sequences.length));
      if (policy.chunkedPrefill === false && !isTight) expect(most).toBe(maxNumSeqs);
      else expect(most).toBeGreaterThanOrEqual(Math.min(maxNumSeqs, 2));
      numPreemptions += harness.steps.flatMap(({ preemptions }) => preemptions).length;
    },
    240_000,
  );

  it("were preempted in the tight pools", () => {
    expect(numPreemptions).toBeGreaterThan(3);
  });
});
