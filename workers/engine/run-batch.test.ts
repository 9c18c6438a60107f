/** What the model is asked, what counts as an answer, and what a step says of its times. */
import { expect, test } from "vitest";

import type { RunnerOutput, SequenceInput } from "./model-runner.ts";
import { range } from "./testing/alone.ts";
import { FakeRunner } from "./testing/fake-runner.ts";
import { Harness, request } from "./testing/harness.ts";

/** A runner whose answers are altered; times as a GPU would have them. */
class OddRunner extends FakeRunner {
  readonly asked: SequenceInput[][] = [];
  alter: (output: RunnerOutput) => Partial<RunnerOutput> = () => ({});

  override async run(batch: readonly SequenceInput[]): Promise<RunnerOutput> {
    this.asked.push([...batch]);
    const output = await super.run(batch);
    const timed = { ...output, encodeMs: 7, maskUploadMs: 3, gpuMs: 11, readbackMs: 2, numDispatches: 5 };
    return { ...timed, ...this.alter(timed) };
  }
}

const serve = (runner: OddRunner, policy = {}) =>
  Harness.over(runner, { numBlocks: 64, blockSize: 4, maxNumBatchedTokens: 8, ...policy });

test.each<[string, (output: RunnerOutput) => Partial<RunnerOutput>]>([
  ["a token is missing", ({ samples }) => ({ samples: samples.map(() => null) })],
  ["an answer is missing", ({ samples }) => ({ samples: samples.slice(1) })],
  ["there is an answer too many", ({ samples }) => ({ samples: [...samples, null] })],
])("the step fails where %s", async (_, alter) => {
  const runner = new OddRunner();
  const harness = await serve(runner);
  runner.alter = alter;
  harness.submit("r", { prompt: [1, 2, 3] });
  await harness.engine.whenIdle();
  expect(harness.end("r")).toMatchObject({
    type: "failed",
    error: { kind: "internal", message: expect.stringContaining("did not draw a token") as string },
    choices: [{ tokenIds: [] }],
  });
});

test("the step fails where a token comes that was not asked for", async () => {
  const runner = new OddRunner();
  const harness = await serve(runner);
  runner.alter = () => ({ samples: [{ tokenId: 1, topLogprobs: [] }] });
  harness.submit("r", { prompt: range(12) });
  await harness.engine.whenIdle();
  expect(runner.asked[0]?.[0]?.sampler).toBeNull();
  expect(harness.end("r")).toMatchObject({ type: "failed", error: { kind: "internal" } });
});

test("the model is given each sequence's next tokens, its place, its blocks and how to draw", async () => {
  const runner = new OddRunner();
  const harness = await serve(runner);
  const sampling = { temperature: 0.5, topK: 9, topP: 0.8, seed: 100, logprobs: 2, maxTokens: 2 };
  harness.submit("r", { prompt: range(10), ...sampling });
  await harness.engine.whenIdle();
  const [first, second, third] = runner.asked.map((batch) => batch[0]!);
  expect(first).toMatchObject({ tokenIds: range(8), startPosition: 0, sampler: null });
  expect(second).toMatchObject({ tokenIds: [9, 10], startPosition: 8 });
  expect(second!.sampler).toEqual({
    temperature: 0.5,
    topK: 9,
    topP: 0.8,
    seed: 100,
    outputIndex: 0,
    logprobs: 2,
    allowedTokens: null,
  });
  expect(third).toMatchObject({ tokenIds: harness.tokens("r").slice(0, 1), startPosition: 10 });
  expect(third!.sampler).toMatchObject({ outputIndex: 1 });
  expect([first, second, third].map((input) => input!.blockTable.length)).toEqual([2, 3, 3]);
});

test("each choice draws with a seed of its own", async () => {
  const runner = new OddRunner();
  const harness = await serve(runner, { maxNumBatchedTokens: 64 });
  harness.submit("r", { prompt: [1, 2], n: 3, seed: 50, maxTokens: 1 });
  await harness.engine.whenIdle();
  expect(runner.asked.flat().map(({ sampler }) => sampler?.seed)).toEqual([50, 51, 52]);
});

test("a step tells its times and counts, the upload of masks among the masks'", async () => {
  const runner = new OddRunner();
  const harness = await serve(runner, { maxNumBatchedTokens: 12 });
  harness.submit("one", { prompt: [1, 2, 3], maxTokens: 4 });
  await Promise.resolve();
  harness.onStep = ({ step }) => step === 1 && harness.submit("two", { prompt: range(20, 40), maxTokens: 1 });
  await harness.engine.whenIdle();
  expect(
    harness.steps.map(({ numPrefillTokens, numDecodeTokens }) => [numPrefillTokens, numDecodeTokens]),
  ).toEqual([
    [3, 0],
    [11, 1],
    [9, 1],
    [0, 1],
  ]);
  expect(harness.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  expect(harness.steps.map(({ numRunning }) => numRunning)).toEqual([1, 2, 2, 1]);
  for (const trace of harness.steps) {
    expect(trace).toMatchObject({ maskMs: 3, encodeMs: 4, gpuMs: 11, readbackMs: 2, numDispatches: 5 });
    // Every look at the clock is a millisecond later: at the start, once more before the run, once after it.
    expect(trace.scheduleMs).toBeGreaterThan(0);
    expect(trace.totalMs).toBe(trace.scheduleMs + 1);
    expect(trace.numWaiting).toBe(0);
  }
});

test("masks are computed for what draws, and their upload is shared out", async () => {
  const runner = new OddRunner();
  const harness = await serve(runner);
  const constraint = () => ({
    allowed: () => Promise.resolve(new Uint32Array(4).fill(0xffffffff)),
    accept: () => false,
    dispose: () => undefined,
  });
  const submit = (id: string, prompt: readonly number[]): void =>
    harness.engine.submit({
      ...request(id, { prompt, maxTokens: 1 }),
      constraint: { compileMs: 4, choices: [constraint()] },
    });
  submit("a", [1, 2]);
  submit("b", [3, 4]);
  // Its prompt takes a second step: no mask in the first.
  submit("long", range(8, 20));
  await harness.engine.whenIdle();
  const costs = ["a", "b", "long"].map((id) => {
    const end = harness.end(id);
    return end.type === "finished" ? end.metrics.constraint : null;
  });
  // One look at the clock lies between a mask's start and end.
  expect(costs).toEqual([
    { compileMs: 4, maskMs: 1 + 3 / 2, numMasks: 1 },
    { compileMs: 4, maskMs: 1 + 3 / 2, numMasks: 1 },
    { compileMs: 4, maskMs: 1 + 3, numMasks: 1 },
  ]);
  expect(harness.steps.map(({ maskMs }) => maskMs)).toEqual([2 + 3, 1 + 3]);
});
